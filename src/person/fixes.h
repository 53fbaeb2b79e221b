/*
 * Corrections by hand: rules that say who has which half, or that the halves are exchanged, from one time of the
 * video to another. docs/corrections.md has the grammar. Pure: text to rules, rules to who sits where.
 *
 * Rules are applied in their order to what was decided, so that a later one wins. Nobody ever has both halves: who
 * is given a half while having the other one leaves that to whom was there.
 */
#ifndef DF_PERSON_FIXES_H
#define DF_PERSON_FIXES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/seat.h"

enum { DF_FIXES_MAX = 4096 };

enum df_fix_kind { DF_FIX_SWAP, DF_FIX_SEAT };

struct df_fix {
  double from, to; /* seconds, from <= t < to; `to` is INFINITY where the rule never ends */
  enum df_fix_kind kind;
  enum df_seat seat; /* of SEAT: who has it; DF_NOBODY: nobody */
  int person;
};

/** Zero-initialise; df_fixes_finish releases. */
struct df_fixes {
  struct df_fix *items;
  size_t count, capacity;
};

/**
 * Reads one rule, such as "12:30-14:10 swap", "3:00 left=2" or "1:00-2:00 right=none". DF_EUSAGE says the column, what
 * is wrong there and what would be right.
 */
int df_fix_parse(const char *text, struct df_fix *ret_fix, struct df_error *err);

/**
 * Reads who has which half all the time, such as "left=1,right=3", and adds what that comes to. DF_EUSAGE as above,
 * also where a half or a person comes twice; DF_ENOMEM.
 */
int df_fixes_parse_people(struct df_fixes *fixes, const char *text, struct df_error *err);

/** Adds a rule behind the others. DF_EUSAGE when there are DF_FIXES_MAX already, DF_ENOMEM. */
int df_fixes_add(struct df_fixes *fixes, const struct df_fix *fix, struct df_error *err);
void df_fixes_finish(struct df_fixes *fixes);

/** Makes of who would have the halves at time `t` who has them. */
void df_fixes_apply(const struct df_fixes *fixes, double t, int seat_person[DF_SEATS]);

/** Whether the halves are exchanged at time `t`, by those rules that exchange them. */
bool df_fixes_exchange(const struct df_fixes *fixes, double t);

#endif
