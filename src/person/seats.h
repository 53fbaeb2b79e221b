/*
 * Who sits left and who right. Given once by position, kept by identity by all but pictures on walls. Internal to person/.
 * Pure.
 */
#ifndef DF_PERSON_SEATS_H
#define DF_PERSON_SEATS_H

#include <stdbool.h>

#include "base/seat.h"
#include "person/people.h"

struct df_seats {
  double settle; /* seconds over which the first seats are averaged */
  bool swap;
  bool begun, settled;
  double began_at;
  int owner[DF_SEATS]; /* slot or DF_NOBODY */
};

void df_seats_init(struct df_seats *seats, double settle, bool swap);

/** Gives a seat to a person: by name, as the heir of one who was merged away, or in place of a picture. */
void df_seats_take(struct df_seats *seats, struct df_people *people, enum df_seat seat, int slot);

/** Gives what can be given at time `t`, the presence of this frame being counted. */
void df_seats_update(struct df_seats *seats, struct df_people *people, double t);

/** Who would have the seats if they had to be given now. */
void df_seats_guess(
    const struct df_seats *seats, const struct df_people *people, int ret_owner[DF_SEATS]);

#endif
