/*
 * Who a track is that no embedding can be had of: too small, in profile, or there is no embedder. Such a
 * track is taken for an absent person by place, or for a new one; both are held loosely, so that the first
 * usable look corrects them.
 */
#include <math.h>

#include "person/internal.h"
#include "person/quality.h"

/* Seconds a track must have been seen; the latter where no look is to be had or needed. */
static const double wait_for_look = 1.0, wait_when_blind = 0.3;
/* Smallest face (displayed pixels) and score that can found a person without an embedding. */
static const float width_least = 16, score_least = 0.55f;
/* In shares of the picture: how far from where a person was last seen, and how fast that grows. */
static const double reach = 0.2, reach_a_second = 0.2, reach_after_cut = 1.0;
/* How much a face may grow or shrink (area) from one shot to another. */
static const double size_change_most = 4;
/* The face that is left must be this large, in shares of the absent owner's usual area. */
static const double area_share_least = 0.35;
/* Faces that many times smaller (area) are not taken for company. */
static const float crowd_size = 6;

bool df_identifier_blind(const struct df_identifier *id)
{
  return id->usable == 0 && id->unusable > 0;
}

/* Whether, at the begin, another face is somebody new: who is known is in the picture already. */
static bool is_newcomer(const struct df_identifier *id)
{
  size_t here = 0;
  if (id->seats.settled)
    return false;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    if (id->people.slots[i].known && !id->people.slots[i].visible)
      return false;
    here += id->people.slots[i].known;
  }
  return here > 0;
}

/* Seconds that a face is seen before it is somebody without having been looked at. */
static double wait_of(const struct df_identifier *id)
{
  return df_identifier_blind(id) || is_newcomer(id) ? wait_when_blind : wait_for_look;
}

static bool is_waiting(const struct df_identifier *id, const struct df_watch *watch, double wait)
{
  if (watch->track == 0 || !watch->visible || watch->person != DF_NOBODY || watch->looks > 0)
    return false;
  if (watch->box.w < width_least || watch->usual_score < score_least)
    return false;
  if (df_identifier_blind(id) && id->cut)
    return true;
  return watch->seen_time >= wait;
}

/* How far a face is from where an absent person was last seen; INFINITY beyond reach. */
static double place_cost(
    const struct df_identifier *id, const struct df_watch *watch, const struct df_person *person)
{
  struct df_point a = df_box_centre(watch->box), b = df_box_centre(person->box);
  double dx = (double)(a.x - b.x) / (double)id->options.picture_width;
  double dy = (double)(a.y - b.y) / (double)id->options.picture_height;
  double size = fabs(log((double)df_box_area(watch->box) / (double)df_box_area(person->box)));
  double cost = sqrt(dx * dx + dy * dy) + 0.05 * size;
  double most = person->shot == id->shot ? reach + reach_a_second * (id->t - person->seen_at)
                                         : reach_after_cut;
  return cost <= most ? cost : INFINITY;
}

/* The one seat owner who is not in the picture while the other is; DF_NOBODY when there is no such. */
static int missing_owner(const struct df_identifier *id)
{
  int left = id->seats.owner[DF_LEFT], right = id->seats.owner[DF_RIGHT];
  if (left == DF_NOBODY || right == DF_NOBODY)
    return DF_NOBODY;
  bool left_here = id->people.slots[left].visible, right_here = id->people.slots[right].visible;
  if (left_here == right_here)
    return DF_NOBODY;
  return left_here ? right : left;
}

/* Whether there are more faces of about this size than the two of whom one is looked for. */
static bool is_crowded(const struct df_identifier *id, const struct df_watch *watch)
{
  int others = 0;
  for (int i = 0; i < DF_WATCHES; i++) {
    const struct df_watch *other = &id->watches.watches[i];
    if (other != watch && other->track > 0 && other->visible &&
        df_box_area(other->box) >= df_box_area(watch->box) / crowd_size)
      others++;
  }
  return others > 1;
}

/* With one of two at the table, a second face as large as the other's used to be is likely his. */
static bool is_likely_missing(
    const struct df_identifier *id, const struct df_watch *watch, const struct df_person *missing)
{
  if (!(missing->dwell > 0) || is_crowded(id, watch))
    return false;
  double area = (double)df_box_area(watch->box) /
                ((double)id->options.picture_width * (double)id->options.picture_height);
  return area >= area_share_least * missing->area_sum / missing->dwell;
}

/* Between shots a place says little; but for a seat owner of whom nothing else is known it is all there is. */
static bool may_be_by_place(
    const struct df_identifier *id, const struct df_watch *watch, const struct df_person *person)
{
  if (df_identifier_blind(id) || person->shot == id->shot)
    return true;
  double growth = (double)df_box_area(watch->box) / (double)df_box_area(person->box);
  return person->seated && growth < size_change_most && growth > 1 / size_change_most;
}

static double cost_of(const struct df_identifier *id, const struct df_watch *watch, int slot)
{
  const struct df_person *person = &id->people.slots[slot];
  if (!person->known || person->visible || !(person->dwell > 0))
    return INFINITY;
  if (person->gallery.count == 0)
    return may_be_by_place(id, watch, person) ? place_cost(id, watch, person) : INFINITY;
  if (slot == missing_owner(id) && is_likely_missing(id, watch, person))
    return fmin(place_cost(id, watch, person), reach_after_cut);
  return INFINITY;
}

static void found(struct df_identifier *id, struct df_watch *watch, double wait)
{
  if (watch->seen_time < wait)
    return;
  int person = df_people_found(&id->people);
  if (person == DF_NOBODY)
    return;
  id->people.slots[person].visible = true;
  df_watch_assign(watch, person, false);
}

int df_identifier_continue(struct df_identifier *id)
{
  struct df_watch *waiting[DF_FRAME_FACES];
  size_t count = 0;
  double wait = wait_of(id);
  for (int i = 0; i < DF_WATCHES && count < DF_FRAME_FACES; i++)
    if (is_waiting(id, &id->watches.watches[i], wait))
      waiting[count++] = &id->watches.watches[i];
  if (count == 0)
    return 0;
  for (size_t i = 0; i < count; i++)
    for (int p = 0; p < DF_PEOPLE_MAX; p++)
      id->cost[i * DF_PEOPLE_MAX + (size_t)p] = cost_of(id, waiting[i], p);
  int person_of[DF_FRAME_FACES];
  int result = df_assignment_solve(&id->assignment, id->cost, count, DF_PEOPLE_MAX, 10, person_of);
  if (result < 0)
    return result;
  for (size_t i = 0; i < count; i++) {
    if (person_of[i] < 0) {
      found(id, waiting[i], wait);
      continue;
    }
    id->people.slots[person_of[i]].visible = true;
    df_watch_assign(waiting[i], person_of[i], false);
  }
  return 0;
}
