/*
 * Whether a face is alive: the pose of a head changes all the time, that of a picture on a wall does not, wherever the
 * camera turns. Told from landmarks, as they lie in the face. Internal to person/. Pure; a plain value, zero is new.
 */
#ifndef DF_PERSON_LIVELINESS_H
#define DF_PERSON_LIVELINESS_H

#include <stdbool.h>

#include "base/geometry.h"

struct df_liveliness {
  bool begun;
  double since;
  float along, down; /* where the nose was then, in distances between the eyes */
};

enum df_sign { DF_SIGN_NONE, DF_SIGN_STILL, DF_SIGN_MOVED };

/** Takes in a face of the frame at time `t`; from time to time it gives a sign. */
enum df_sign df_liveliness_see(
    struct df_liveliness *liveliness, const struct df_face *face, double t);

/** How much a person's presence counts, 0..1, after so many signs in all and so many that it moved. */
double df_liveliness_weight(double signs, double moved);

#endif
