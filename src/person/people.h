/*
 * The people known: their galleries, how much and where they were seen, and who cannot be whom. Bounded:
 * when a newcomer finds no room, who was seen least is forgotten. Internal to person/. Pure.
 *
 * Inside person/ a person is a slot, 0..DF_PEOPLE_MAX-1, which is used again; outside it is an id, which
 * is not.
 */
#ifndef DF_PERSON_PEOPLE_H
#define DF_PERSON_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/embedding.h"
#include "base/geometry.h"
#include "base/seat.h"
#include "person/gallery.h"
#include "person/identifier.h"
#include "person/liveliness.h"

struct df_person {
  bool known; /* the slot is in use */
  bool named; /* by a photo: never forgotten, never merged into another */
  bool seated;
  bool visible; /* in this frame */
  int id;
  struct df_gallery gallery;
  /* Seconds in which this and that person were both seen, and this one's area summed over them. */
  float together[DF_PEOPLE_MAX], together_area[DF_PEOPLE_MAX];
  /* Sums over the time seen; x is a share of the picture's width, area of its area. */
  double dwell, presence, x_sum, area_sum; /* presence: time by size of the face */
  double joint_time, joint_x_sum;          /* while others were seen too */
  double side_time[DF_SEATS];
  struct df_life life;
  enum df_seat side; /* with hysteresis */
  double seen_at;
  int shot; /* in which it was last seen */
  struct df_box box;
};

struct df_people {
  struct df_person slots[DF_PEOPLE_MAX];
  int next_id;
};

/** A new person without gallery; DF_NOBODY when all slots hold people who must not be forgotten. */
int df_people_found(struct df_people *people);

/**
 * How much speaks for a person being one of the two whom the picture is about: presence, which counts for
 * less the worse the face can be recognised; who is out of focus is likely in the background.
 */
double df_person_weight(const struct df_person *person);

/** Whether two have been seen together, so cannot be one. */
bool df_people_distinct(const struct df_people *people, int a, int b);

/**
 * Someone who is the same person as `slot` by their galleries, or DF_NOBODY. `least` is the likeness
 * needed; people who both have a seat need 0.1 more.
 */
int df_people_twin(const struct df_people *people, int slot, float least);

/**
 * Makes one person of two; returns the slot that stays: the named one, else the seated one, else the
 * older. The other slot is free afterwards; who refers to it must be told.
 */
int df_people_merge(struct df_people *people, int a, int b);

#endif
