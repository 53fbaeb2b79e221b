/* Draws what was found and decided over a picture: for the debug video. */
#ifndef DF_PIPELINE_OVERLAY_H
#define DF_PIPELINE_OVERLAY_H

#include "frame/picture.h"
#include "pipeline/tracks.h"

/**
 * Draws onto `picture` (host, NV12 or P010) the boxes, track numbers and people of all faces, and both
 * windows with their states. `scale` is picture pixels a displayed pixel.
 */
void df_overlay_draw(struct df_picture *picture, const struct df_tracks_frame *frame, float scale);

/** Writes a person's number, and the half where `seat` is one, into a corner of `picture` (host, NV12 or P010). */
void df_overlay_number(struct df_picture *picture, int number, int seat);

#endif
