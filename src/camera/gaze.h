/* To which side a face looks, from where its landmarks lie. Pure arithmetic on one face. */
#ifndef DF_CAMERA_GAZE_H
#define DF_CAMERA_GAZE_H

#include "base/geometry.h"

/**
 * How far the nose is off the middle between the eyes, along the line through them and in shares of their
 * distance: about 0 for a face that looks into the camera, 0.3 for one that is half turned, more than 0 to
 * the picture's right. At most 1 either way; 0 where the landmarks are no face's.
 */
float df_gaze_turn(const struct df_face *face);

#endif
