/*
 * From HDR (PQ or HLG) to BT.709, limited range, 8 bit, with libavfilter: linear light, BT.709 primaries, a
 * curve that leaves mid tones alone and rolls highlights off (mobius), BT.709 transfer. One frame in, one
 * frame out; time stamps stay. One thread at a time.
 */
#ifndef DF_MEDIA_TONE_MAP_H
#define DF_MEDIA_TONE_MAP_H

#include "base/error.h"
#include "frame/picture.h"
#include "media/input.h"

struct AVFrame;
struct df_tone_map;

struct df_tone_map_options {
  int width, height;
  struct df_colour colour; /* of what comes in: planar 4:2:0, 10 bit in the low bits */
  enum df_transfer_kind transfer;
  struct df_hdr hdr;
  int threads; /* 0: as many as there are cores */
};

/** What comes out. */
extern const struct df_colour df_tone_map_colour;

/** DF_EMISSING when this FFmpeg has no zscale or tonemap filter. */
int df_tone_map_create(
    const struct df_tone_map_options *options, struct df_tone_map **ret_map, struct df_error *err);
void df_tone_map_destroy(struct df_tone_map **map);

/** Replaces *frame (yuv420p10) by its tone-mapped twin (yuv420p). On failure *frame is still the caller's, its content undefined. */
int df_tone_map_apply(struct df_tone_map *map, struct AVFrame **frame, struct df_error *err);

#endif
