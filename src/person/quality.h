/*
 * How much a face's embedding can be trusted, judged by its box and landmarks before it is asked for and
 * by its sharpness afterwards. Pure.
 */
#ifndef DF_PERSON_QUALITY_H
#define DF_PERSON_QUALITY_H

#include <stddef.h>

#include "base/geometry.h"

/**
 * Below the least nothing is asked; a fair face is asked about at once; from good on an embedding may
 * enlarge a gallery and prove that a track is not who it was thought to be.
 */
#define DF_QUALITY_LEAST 0.2f
#define DF_QUALITY_FAIR 0.35f
#define DF_QUALITY_GOOD 0.5f

/**
 * 0 (useless) to 1 of faces[face], one of `count` in a picture of this size: falls with profile, overlap
 * by other faces, a small size, a low score, and with what the picture's edge cuts off. 0 for a box that
 * is empty or not finite.
 */
float df_face_quality(const struct df_face *faces, size_t count, size_t face, float picture_width,
    float picture_height);

/**
 * The quality of a face of this width once its sharpness (see struct df_answer; 0 unknown) is known. A
 * small face was magnified to be looked at, so less is asked of it.
 */
float df_look_quality(float face_quality, float width, float sharpness);

#endif
