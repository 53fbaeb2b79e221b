/* What an identifier consists of; shared by the files that decide. Internal to person/. */
#ifndef DF_PERSON_INTERNAL_H
#define DF_PERSON_INTERNAL_H

#include "person/identifier.h"
#include "person/people.h"
#include "person/seats.h"
#include "person/watch.h"
#include "track/assignment.h"

enum { DF_FRAME_FACES = 64 }; /* as many as struct df_identities has room for */

struct df_identifier {
  struct df_identifier_options options;
  struct df_people people;
  struct df_watches watches;
  struct df_seats seats;
  struct df_assignment assignment;
  double cost[DF_FRAME_FACES * DF_PEOPLE_MAX];
  /* Of the frame between ask and tell. */
  double t, dt;
  bool begun, cut;
  int shot; /* counts cuts */
  size_t count;
  double allowance;     /* embeddings that may be asked for without a grave reason */
  int usable, unusable; /* answers so far, up to some number */
  long frame;           /* counts asks */
  struct df_revision revisions[DF_REVISIONS_MAX];
  size_t revision_count;
  size_t switches;
};

/** Whether embeddings are asked for in vain, so that only tracks and places can tell who is who. */
bool df_identifier_blind(const struct df_identifier *identifier);

/** Decides by the embeddings that came (decide.c). 0 or DF_ENOMEM. */
int df_identifier_decide(
    struct df_identifier *identifier, const struct df_answer *answers, size_t count);

/** Decides about tracks that no embedding can be had of (continuity.c). 0 or DF_ENOMEM. */
int df_identifier_continue(struct df_identifier *identifier);

/** Makes one person of two, everywhere; returns the slot that stays. */
int df_identifier_merge(struct df_identifier *identifier, int a, int b);

#endif
