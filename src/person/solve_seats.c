/*
 * Numbers the people in the order in which they come and gives the seats: to whom the photos name, then to those with
 * the most presence in all of the video (seats.h); who of two sits left is decided by the first second in which both
 * are seen.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "person/solve.h"

/* Cosine, added to the threshold: enough for whom a photo names. */
static const float photo_extra = -0.06f;
/* Share of the time of one who never leaves his place that somebody livelier must be there to be taken for him. */
static const double as_long = 0.63;
/* How far from his place, in heights of the face, leaves no doubt that he lives. */
static const double far_enough = 1;
/* Seconds together over which the sides are averaged. */
static const double side_seconds = 1;

struct seating {
  struct df_solver *s;
  struct df_plan *plan;
  struct df_people *people; /* those with the most presence */
  double *presence;         /* seconds, of each person */
  int *person, *slot;       /* of clusters, by the tracklet that stands for them */
  int person_of_slot[DF_PEOPLE_MAX];
};

static void number_people(struct seating *g)
{
  const struct df_tracklets *ts = g->s->tracklets;
  for (size_t i = 0; i < ts->count; i++)
    g->person[i] = DF_NOBODY;
  for (size_t k = 0; k < ts->count; k++) {
    size_t i = g->s->by_time[k];
    int cluster = g->s->cluster[i];
    if (cluster < 0)
      continue;
    if (g->person[cluster] == DF_NOBODY)
      g->person[cluster] = (int)g->plan->people_count++;
    g->presence[g->person[cluster]] += ts->kept[i].dwell;
  }
}

/* Of so many that there is no room for all, those seen least are left out. */
static bool has_room(const struct seating *g, int person)
{
  size_t before = 0;
  for (size_t i = 0; i < g->plan->people_count; i++) {
    double more = g->presence[i] - g->presence[person];
    before += more > 0 || (more == 0 && (int)i < person);
  }
  return before < DF_PEOPLE_MAX;
}

static void choose_people(struct seating *g)
{
  for (size_t i = 0; i < g->s->tracklets->count; i++) {
    g->slot[i] = DF_NOBODY;
    if (g->person[i] == DF_NOBODY || !has_room(g, g->person[i]))
      continue;
    g->slot[i] = df_people_found(g->people);
    g->person_of_slot[g->slot[i]] = g->person[i];
  }
}

static int slot_of(const struct seating *g, size_t tracklet)
{
  int cluster = g->s->cluster[tracklet];
  return cluster < 0 ? DF_NOBODY : g->slot[cluster];
}

static void add_look(struct df_person *person, const struct df_tracklet *t)
{
  struct df_embedding *mean = &person->gallery.exemplars[0].embedding;
  if (!t->sum || (person->gallery.count > 0 && mean->dimensions != t->dimensions))
    return;
  person->gallery.count = 1;
  mean->dimensions = t->dimensions;
  for (int i = 0; i < t->dimensions; i++)
    mean->values[i] += t->sum[i];
  float *quality = &person->gallery.exemplars[0].quality;
  *quality = fmaxf(*quality, t->best_quality);
}

static void count_together(struct seating *g, int a, int b, size_t i, size_t other)
{
  const struct df_tracklet *x = &g->s->tracklets->kept[i], *y = &g->s->tracklets->kept[other];
  double seconds = fmin(x->ends, y->ends) - fmax(x->begins, y->begins);
  if (!(seconds > 0))
    return;
  struct df_person *p = &g->people->slots[a], *q = &g->people->slots[b];
  p->together[b] += (float)seconds;
  q->together[a] += (float)seconds;
  p->together_area[b] += (float)(seconds * x->area_sum / fmax(x->dwell, 1e-9));
  q->together_area[a] += (float)(seconds * y->area_sum / fmax(y->dwell, 1e-9));
}

static void count_presence(struct seating *g)
{
  const struct df_tracklets *ts = g->s->tracklets;
  for (size_t k = 0; k < ts->count; k++) {
    size_t i = g->s->by_time[k];
    int slot = slot_of(g, i);
    if (slot == DF_NOBODY)
      continue;
    const struct df_tracklet *t = &ts->kept[i];
    struct df_person *person = &g->people->slots[slot];
    person->dwell += t->dwell;
    person->presence += t->presence;
    person->area_sum += t->area_sum;
    df_life_add(&person->life, &t->life);
    add_look(person, t);
    for (size_t m = k; m-- > 0 && g->s->longest[m] >= t->begins;) {
      size_t other = g->s->by_time[m];
      int beside = slot_of(g, other);
      if (beside != DF_NOBODY && beside != slot)
        count_together(g, slot, beside, i, other);
    }
  }
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    if (g->people->slots[i].gallery.count > 0)
      df_embedding_normalise(&g->people->slots[i].gallery.exemplars[0].embedding);
}

/* Who is most like the photos of a seat, and of whom the other seat's photos are not better. */
static int named(const struct seating *g, enum df_seat seat)
{
  const struct df_gallery *photos = &g->s->photos[seat];
  const struct df_gallery *others = &g->s->photos[seat == DF_LEFT ? DF_RIGHT : DF_LEFT];
  int best = DF_NOBODY;
  float most = g->s->threshold + photo_extra;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *person = &g->people->slots[i];
    if (!person->known || person->gallery.count == 0)
      continue;
    float match = df_gallery_match(photos, &person->gallery.exemplars[0].embedding);
    if (match < most || df_gallery_match(others, &person->gallery.exemplars[0].embedding) > match)
      continue;
    most = match;
    best = i;
  }
  return best;
}

/* Seats of photos are for whom they name and for nobody else. */
static void name_seats(struct seating *g, struct df_seats *seats)
{
  for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
    if (g->s->photos[seat].count == 0)
      continue;
    int slot = named(g, seat);
    if (slot == DF_NOBODY) {
      slot = df_people_found(g->people);
      g->person_of_slot[slot] = DF_NOBODY;
      g->people->slots[slot].named = true;
    }
    df_seats_take(seats, g->people, seat, slot);
  }
}

static double mean_place(const struct df_tracklet *t, long first, long last)
{
  double sum = 0;
  for (long cell = first; cell <= last; cell++)
    sum += (double)t->places[cell - t->place_first];
  return sum;
}

struct sides {
  double seconds, difference;
};

/* Adds what two stretches say, as far as both lasted. */
static void compare_places(
    const struct df_tracklet *a, const struct df_tracklet *b, struct sides *sides)
{
  long a_last = a->place_first + (long)a->place_count - 1;
  long b_last = b->place_first + (long)b->place_count - 1;
  long first = a->place_first > b->place_first ? a->place_first : b->place_first;
  long last = a_last < b_last ? a_last : b_last;
  long most = first + (long)ceil((side_seconds - sides->seconds) / DF_PLACE_STEP) - 1;
  last = last < most ? last : most;
  if (last < first)
    return;
  sides->difference += mean_place(a, first, last) - mean_place(b, first, last);
  sides->seconds += (double)(last - first + 1) * DF_PLACE_STEP;
}

/* x of the first second of a person. */
static double first_place(const struct seating *g, int slot)
{
  for (size_t k = 0; k < g->s->tracklets->count; k++) {
    const struct df_tracklet *t = &g->s->tracklets->kept[g->s->by_time[k]];
    if (slot_of(g, g->s->by_time[k]) != slot)
      continue;
    size_t count = (size_t)(side_seconds / DF_PLACE_STEP);
    count = count < t->place_count ? count : t->place_count;
    return mean_place(t, t->place_first, t->place_first + (long)count - 1) / (double)count;
  }
  return 0.5;
}

static bool is_left_of(const struct seating *g, int a, int b)
{
  const struct df_tracklets *ts = g->s->tracklets;
  struct sides sides = {0};
  for (size_t k = 0; k < ts->count && sides.seconds < side_seconds; k++) {
    size_t i = g->s->by_time[k];
    int slot = slot_of(g, i);
    for (size_t m = k; (slot == a || slot == b) && m-- > 0 && sides.seconds < side_seconds;) {
      size_t other = g->s->by_time[m];
      if (g->s->longest[m] < ts->kept[i].begins)
        break;
      if (slot_of(g, other) == (slot == a ? b : a))
        compare_places(&ts->kept[slot == a ? i : other], &ts->kept[slot == a ? other : i], &sides);
    }
  }
  if (sides.seconds > 0)
    return sides.difference < 0;
  return first_place(g, a) < first_place(g, b);
}

/* Who has a seat by presence alone sits where he was at first. */
static void choose_sides(const struct seating *g, int owner[DF_SEATS])
{
  int a = owner[DF_LEFT], b = owner[DF_RIGHT];
  if (a == DF_NOBODY && b == DF_NOBODY)
    return;
  bool right = a == DF_NOBODY   ? first_place(g, b) < 0.5
               : b == DF_NOBODY ? first_place(g, a) >= 0.5
                                : !is_left_of(g, a, b);
  if (right != g->s->swap) {
    owner[DF_LEFT] = b;
    owner[DF_RIGHT] = a;
  }
}

/*
 * Who is there about as long as that one, has left his place, by a face's height or looking as alive, and counts most of
 * such; or nobody.
 */
static int livelier(const struct seating *g, int slot, const int owner[DF_SEATS])
{
  const struct df_person *still = &g->people->slots[slot];
  int best = DF_NOBODY;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *person = &g->people->slots[i];
    if (!person->known || i == owner[DF_LEFT] || i == owner[DF_RIGHT] ||
        df_life_may_hang(&person->life) || person->dwell < as_long * still->dwell ||
        (person->life.far < far_enough &&
            df_life_weight(&person->life) < df_life_weight(&still->life)))
      continue;
    if (best == DF_NOBODY || df_person_weight(person) > df_person_weight(&g->people->slots[best]))
      best = i;
  }
  return best;
}

/* A picture on the wall is there all the time; in a noisy video it seems to live. */
static void pass_over_pictures(const struct seating *g, int owner[DF_SEATS])
{
  for (int s = 0; s < DF_SEATS; s++) {
    int slot = owner[s];
    if (slot == DF_NOBODY || g->people->slots[slot].seated ||
        !df_life_may_hang(&g->people->slots[slot].life))
      continue;
    int other = livelier(g, slot, owner);
    owner[s] = other != DF_NOBODY ? other : slot;
  }
}

static void give_seats(struct seating *g)
{
  struct df_seats seats;
  int owner[DF_SEATS];
  df_seats_init(&seats, 0, false);
  name_seats(g, &seats);
  bool by_photo = seats.owner[DF_LEFT] != DF_NOBODY || seats.owner[DF_RIGHT] != DF_NOBODY;
  df_seats_guess(&seats, g->people, owner);
  pass_over_pictures(g, owner);
  if (!by_photo)
    choose_sides(g, owner);
  for (int seat = 0; seat < DF_SEATS; seat++) {
    g->plan->seat_person[seat] =
        owner[seat] == DF_NOBODY ? DF_NOBODY : g->person_of_slot[owner[seat]];
  }
}

int df_solver_seat(struct df_solver *s, struct df_plan *plan, int *ret_person)
{
  struct seating g = {.s = s, .plan = plan, .person = ret_person};
  g.people = calloc(1, sizeof *g.people);
  g.slot = malloc((s->tracklets->count + 1) * sizeof *g.slot);
  g.presence = calloc(s->tracklets->count + 1, sizeof *g.presence);
  bool has_room = g.people && g.slot && g.presence;
  if (has_room) {
    number_people(&g);
    choose_people(&g);
    count_presence(&g);
    give_seats(&g);
  }
  free(g.people);
  free(g.slot);
  free(g.presence);
  return has_room ? 0 : DF_ENOMEM;
}
