/* The register of people.h. Founded and merged by decisions made elsewhere. */
#include "person/people.h"

#include <assert.h>
#include <string.h>

/* A wrong track may put a person beside himself for a moment. */
static const float together_least = 0.15f; /* seconds */

/* Whom to forget first: who has been seen least, of those whom nothing keeps. */
static int least_present(const struct df_people *people)
{
  int least = DF_NOBODY;
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *p = &people->slots[i];
    if (!p->known || p->named || p->seated || p->visible)
      continue;
    if (least == DF_NOBODY || p->presence < people->slots[least].presence)
      least = i;
  }
  return least;
}

static void clear(struct df_people *people, int slot)
{
  memset(&people->slots[slot], 0, sizeof people->slots[slot]);
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    people->slots[i].together[slot] = people->slots[i].together_area[slot] = 0;
}

int df_people_found(struct df_people *people)
{
  int slot = 0;
  while (slot < DF_PEOPLE_MAX && people->slots[slot].known)
    slot++;
  if (slot == DF_PEOPLE_MAX)
    slot = least_present(people);
  if (slot == DF_NOBODY)
    return DF_NOBODY;
  clear(people, slot);
  people->slots[slot].known = true;
  people->slots[slot].id = people->next_id++;
  return slot;
}

double df_person_weight(const struct df_person *person)
{
  float best = 0;
  for (int i = 0; i < person->gallery.count; i++)
    if (person->gallery.exemplars[i].quality > best)
      best = person->gallery.exemplars[i].quality;
  double share = person->gallery.count > 0 ? 0.3 + 0.7 * (double)best : 0.05;
  return share * person->presence * df_life_weight(&person->life);
}

bool df_people_distinct(const struct df_people *people, int a, int b)
{
  return people->slots[a].together[b] >= together_least;
}

int df_people_twin(const struct df_people *people, int slot, float least)
{
  const struct df_person *person = &people->slots[slot];
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *other = &people->slots[i];
    if (i == slot || !other->known || (other->named && person->named) ||
        (other->visible && person->visible) || df_people_distinct(people, slot, i))
      continue;
    float needed = other->seated && person->seated ? least + 0.1f : least;
    if (df_gallery_likeness(&person->gallery, &other->gallery) >= needed)
      return i;
  }
  return DF_NOBODY;
}

/* Whether `a` is the one to stay. */
static bool stays(const struct df_person *a, const struct df_person *b)
{
  if (a->named != b->named)
    return a->named;
  if (a->seated != b->seated)
    return a->seated;
  return a->id < b->id;
}

static void add_times(struct df_person *person, const struct df_person *from)
{
  person->dwell += from->dwell;
  person->presence += from->presence;
  person->x_sum += from->x_sum;
  person->area_sum += from->area_sum;
  df_life_add(&person->life, &from->life);
  person->joint_time += from->joint_time;
  person->joint_x_sum += from->joint_x_sum;
  for (int i = 0; i < DF_SEATS; i++)
    person->side_time[i] += from->side_time[i];
}

int df_people_merge(struct df_people *people, int a, int b)
{
  assert(a != b && people->slots[a].known && people->slots[b].known);
  int kept = stays(&people->slots[a], &people->slots[b]) ? a : b, gone = kept == a ? b : a;
  struct df_person *person = &people->slots[kept], *from = &people->slots[gone];
  df_gallery_merge(&person->gallery, &from->gallery);
  add_times(person, from);
  person->visible |= from->visible;
  if (from->seen_at > person->seen_at) {
    person->seen_at = from->seen_at;
    person->shot = from->shot;
    person->box = from->box;
    person->side = from->side;
  }
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    struct df_person *other = &people->slots[i];
    person->together[i] += from->together[i];
    person->together_area[i] += from->together_area[i];
    other->together[kept] += other->together[gone];
    other->together_area[kept] += other->together_area[gone];
  }
  person->together[kept] = person->together_area[kept] = 0;
  clear(people, gone);
  return kept;
}
