#include "person/fixes.h"

#include <stdlib.h>

#include "person/identifier.h"

/* Times of pictures are calculated, those of rules are written: they meet up to this many seconds. */
static const double hair = 1e-6;

int df_fixes_add(struct df_fixes *fixes, const struct df_fix *fix, struct df_error *err)
{
  if (fixes->count == DF_FIXES_MAX)
    return df_fail(err, DF_EUSAGE, "there are more than %d rules", DF_FIXES_MAX);
  if (fixes->count == fixes->capacity) {
    size_t capacity = fixes->capacity ? 2 * fixes->capacity : 16;
    struct df_fix *items = realloc(fixes->items, capacity * sizeof *items);
    if (!items)
      return df_fail(err, DF_ENOMEM, "out of memory");
    fixes->items = items;
    fixes->capacity = capacity;
  }
  fixes->items[fixes->count++] = *fix;
  return 0;
}

void df_fixes_finish(struct df_fixes *fixes)
{
  free(fixes->items);
  *fixes = (struct df_fixes){0};
}

static bool holds(const struct df_fix *fix, double t)
{
  return t >= fix->from - hair && t < fix->to - hair;
}

static void exchange(int seat_person[DF_SEATS])
{
  int left = seat_person[DF_LEFT];
  seat_person[DF_LEFT] = seat_person[DF_RIGHT];
  seat_person[DF_RIGHT] = left;
}

static void seat(int seat_person[DF_SEATS], enum df_seat where, int person)
{
  enum df_seat other = where == DF_LEFT ? DF_RIGHT : DF_LEFT;
  if (person != DF_NOBODY && seat_person[other] == person)
    seat_person[other] = seat_person[where];
  seat_person[where] = person;
}

void df_fixes_apply(const struct df_fixes *fixes, double t, int seat_person[DF_SEATS])
{
  for (size_t i = 0; i < fixes->count; i++) {
    const struct df_fix *fix = &fixes->items[i];
    if (!holds(fix, t))
      continue;
    if (fix->kind == DF_FIX_SWAP)
      exchange(seat_person);
    else
      seat(seat_person, fix->seat, fix->person);
  }
}

bool df_fixes_exchange(const struct df_fixes *fixes, double t)
{
  bool exchanged = false;
  for (size_t i = 0; i < fixes->count; i++)
    exchanged ^= fixes->items[i].kind == DF_FIX_SWAP && holds(&fixes->items[i], t);
  return exchanged;
}
