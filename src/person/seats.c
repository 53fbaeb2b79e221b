/*
 * Seats are given twice: at the end of the first seconds, to the two with the most presence, each on his
 * side; and a seat that is still open then, to the next who stays long enough. They are taken from nobody but a
 * picture on a wall that has been mistaken for somebody. A face much smaller than
 * that of the seated person has to stay much longer: it is likely to be the audience.
 */
#include "person/seats.h"

#include <math.h>

/* Seconds that somebody must have been seen to take a seat. */
static const double dwell_least = 0.5, dwell_unrecognised = 5;
/* The smaller face may be this many times smaller (area) before it has to wait longer. */
static const double area_ratio_free = 3;
/* Seconds together that make the order of two people known better than each one's own place. */
static const double joint_least = 0.2;

/* Share of a picture's time on the wall that somebody must be there to be taken instead. */
static const double as_long = 0.4;

/* Who is always seen together with the first counts so many times more on top. */
static const double together_bonus = 2;

void df_seats_init(struct df_seats *seats, double settle, bool swap)
{
  *seats = (struct df_seats){.settle = settle, .swap = swap, .owner = {DF_NOBODY, DF_NOBODY}};
}

void df_seats_take(struct df_seats *seats, struct df_people *people, enum df_seat seat, int slot)
{
  seats->owner[seat] = slot;
  people->slots[slot].seated = true;
}

static enum df_seat other_seat(enum df_seat seat)
{
  return seat == DF_LEFT ? DF_RIGHT : DF_LEFT;
}

static enum df_seat own_side(const struct df_person *person)
{
  if (person->side_time[DF_LEFT] == person->side_time[DF_RIGHT])
    return person->side;
  return person->side_time[DF_LEFT] > person->side_time[DF_RIGHT] ? DF_LEFT : DF_RIGHT;
}

static double place(const struct df_person *person, bool joint)
{
  if (joint)
    return person->joint_x_sum / person->joint_time;
  return person->dwell > 0 ? person->x_sum / person->dwell : 0.5;
}

static bool is_left_of(const struct df_person *a, const struct df_person *b)
{
  bool joint = a->joint_time > joint_least && b->joint_time > joint_least;
  double xa = place(a, joint), xb = place(b, joint);
  return xa != xb ? xa < xb : a->id < b->id;
}

/* What speaks for a person sitting beside `other` (or DF_NOBODY): more, the more they are seen together. */
static double weight_beside(const struct df_people *people, int person, int other)
{
  const struct df_person *p = &people->slots[person];
  double share = other != DF_NOBODY && p->dwell > 0 ? (double)p->together[other] / p->dwell : 0;
  return df_person_weight(p) * (1 + together_bonus * fmin(share, 1));
}

/* Who of those without seat was there most, after `dwell` seconds at least; `beside` has been chosen. */
static int most_present(const struct df_people *people, double dwell, int beside)
{
  int most = DF_NOBODY;
  double weight = -1;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *p = &people->slots[i];
    if (i == beside || !p->known || p->seated || p->dwell < dwell || p->dwell <= 0)
      continue;
    double own = weight_beside(people, i, beside);
    if (own > weight) {
      weight = own;
      most = i;
    }
  }
  return most;
}

/* How many times larger one's face is: where both were seen, else as each was seen for himself. */
static double area_ratio(const struct df_people *people, int a, int b)
{
  const struct df_person *pa = &people->slots[a], *pb = &people->slots[b];
  if (df_people_distinct(people, a, b) && pb->together_area[a] > 0)
    return (double)pa->together_area[b] / (double)pb->together_area[a];
  if (!(pa->dwell > 0) || !(pb->dwell > 0) || !(pb->area_sum > 0))
    return 1;
  return (pa->area_sum / pa->dwell) / (pb->area_sum / pb->dwell);
}

/* How long somebody must have been seen to sit beside `seated`. */
static double dwell_needed(const struct df_people *people, int seated, int person)
{
  double excess = fmax(1, area_ratio(people, seated, person) / area_ratio_free);
  return dwell_least * excess * excess;
}

/* The two seats for one or two people, by place. */
static void place_people(const struct df_seats *seats, const struct df_people *people, int first,
    int second, int ret_owner[DF_SEATS])
{
  const struct df_person *a = &people->slots[first];
  enum df_seat side = second == DF_NOBODY                     ? own_side(a)
                      : is_left_of(a, &people->slots[second]) ? DF_LEFT
                                                              : DF_RIGHT;
  if (seats->swap)
    side = other_seat(side);
  ret_owner[side] = first;
  ret_owner[other_seat(side)] = second;
}

/* Both seats are open: the two with the most presence, or the one there is. */
static void guess_both(const struct df_seats *seats, const struct df_people *people, double dwell,
    int ret_owner[DF_SEATS])
{
  ret_owner[DF_LEFT] = ret_owner[DF_RIGHT] = DF_NOBODY;
  int first = most_present(people, dwell, DF_NOBODY);
  if (first == DF_NOBODY)
    return;
  int second = most_present(people, fmin(dwell, joint_least), first);
  if (second != DF_NOBODY) {
    double needed = dwell_needed(people, first, second);
    if (needed > dwell_least && people->slots[second].dwell < needed)
      second = DF_NOBODY;
  }
  place_people(seats, people, first, second, ret_owner);
}

/*
 * A face that no embedding has been had of may be the seated person himself, seen badly, unless they were
 * seen together: it has to stay for long.
 */
static bool may_sit_beside(const struct df_people *people, int seated, int person)
{
  const struct df_person *p = &people->slots[person];
  if (!p->known || p->seated || p->dwell < dwell_needed(people, seated, person))
    return false;
  return p->gallery.count > 0 || people->slots[seated].gallery.count == 0 ||
         df_people_distinct(people, seated, person) || p->dwell >= dwell_unrecognised;
}

static int guess_one(const struct df_people *people, int seated)
{
  int best = DF_NOBODY;
  double weight = -1;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    if (!may_sit_beside(people, seated, i))
      continue;
    double own = weight_beside(people, i, seated);
    if (own > weight) {
      weight = own;
      best = i;
    }
  }
  return best;
}

static void guess(const struct df_seats *seats, const struct df_people *people, double dwell,
    int ret_owner[DF_SEATS])
{
  for (int i = 0; i < DF_SEATS; i++)
    ret_owner[i] = seats->owner[i];
  if (ret_owner[DF_LEFT] == DF_NOBODY && ret_owner[DF_RIGHT] == DF_NOBODY)
    guess_both(seats, people, dwell, ret_owner);
  else if (ret_owner[DF_LEFT] == DF_NOBODY)
    ret_owner[DF_LEFT] = guess_one(people, ret_owner[DF_RIGHT]);
  else if (ret_owner[DF_RIGHT] == DF_NOBODY)
    ret_owner[DF_RIGHT] = guess_one(people, ret_owner[DF_LEFT]);
}

void df_seats_guess(
    const struct df_seats *seats, const struct df_people *people, int ret_owner[DF_SEATS])
{
  guess(seats, people, 0, ret_owner);
}

/*
 * Who is alive without doubt and there for a good part of a picture's time, and counts most of such but `first`; one
 * who may sit beside the owner of the other seat, where it has one.
 */
static int livelier(const struct df_people *people, int picture, int seated, int first)
{
  int best = DF_NOBODY;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *p = &people->slots[i];
    if (!p->known || p->seated || i == first || !df_life_is_alive(&p->life) ||
        p->dwell < as_long * people->slots[picture].dwell)
      continue;
    if (seated != DF_NOBODY && !may_sit_beside(people, seated, i))
      continue;
    if (best == DF_NOBODY || df_person_weight(p) > df_person_weight(&people->slots[best]))
      best = i;
  }
  return best;
}

/* Whether the seat was given unasked to what proves to be a picture on the wall. */
static bool is_pictures(
    const struct df_seats *seats, const struct df_people *people, enum df_seat seat)
{
  int owner = seats->owner[seat];
  return owner != DF_NOBODY && !people->slots[owner].named &&
         df_life_hangs(&people->slots[owner].life);
}

static void give_way(
    struct df_seats *seats, struct df_people *people, enum df_seat seat, int person)
{
  people->slots[seats->owner[seat]].seated = false;
  df_seats_take(seats, people, seat, person);
}

/* Two pictures give way to two people, or to one, who sit where they are. */
static void pass_over_both(struct df_seats *seats, struct df_people *people)
{
  int owner[DF_SEATS], picture = seats->owner[DF_LEFT];
  int first = livelier(people, picture, DF_NOBODY, DF_NOBODY);
  if (first == DF_NOBODY)
    return;
  place_people(seats, people, first, livelier(people, picture, DF_NOBODY, first), owner);
  for (int seat = 0; seat < DF_SEATS; seat++)
    if (owner[seat] != DF_NOBODY)
      give_way(seats, people, (enum df_seat)seat, owner[seat]);
}

static void pass_over_pictures(struct df_seats *seats, struct df_people *people)
{
  bool left = is_pictures(seats, people, DF_LEFT), right = is_pictures(seats, people, DF_RIGHT);
  if (left && right) {
    pass_over_both(seats, people);
  } else if (left || right) {
    enum df_seat seat = left ? DF_LEFT : DF_RIGHT;
    int other = livelier(people, seats->owner[seat], seats->owner[other_seat(seat)], DF_NOBODY);
    if (other != DF_NOBODY)
      give_way(seats, people, seat, other);
  }
}

void df_seats_update(struct df_seats *seats, struct df_people *people, double t)
{
  if (!seats->begun) {
    seats->begun = true;
    seats->began_at = t;
  }
  bool time_is_up = t - seats->began_at >= seats->settle;
  if (time_is_up) {
    int owner[DF_SEATS];
    guess(seats, people, seats->settle > 0 ? fmin(dwell_least, seats->settle / 4) : 0, owner);
    for (int i = 0; i < DF_SEATS; i++)
      if (seats->owner[i] == DF_NOBODY && owner[i] != DF_NOBODY)
        df_seats_take(seats, people, (enum df_seat)i, owner[i]);
  }
  pass_over_pictures(seats, people);
  seats->settled =
      time_is_up || (seats->owner[DF_LEFT] != DF_NOBODY && seats->owner[DF_RIGHT] != DF_NOBODY);
}
