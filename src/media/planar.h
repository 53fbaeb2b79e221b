/*
 * Takes the interleaved chroma of NV12 and P010 apart, for encoders that only know planar 4:2:0, and puts it
 * together, for the kernels of a GPU, which know the interleaved. P010's samples come down from the upper ten
 * bits to the lower ten, and go up again. No sample changes its value.
 */
#ifndef DF_MEDIA_PLANAR_H
#define DF_MEDIA_PLANAR_H

#include "frame/picture.h"

/** What `format` (NV12 or P010) is once planar: 4:2:0, the same depth, samples in the low bits. */
struct df_format df_planar_format(struct df_format format);

/**
 * Copies the samples of `from` (NV12 or P010) into `to`, which has its size and df_planar_format of its
 * format. Both in host memory. Sets nothing but samples.
 */
void df_planar_copy(const struct df_picture *from, struct df_picture *to);

/** The other way: planar 4:2:0 (samples in the low bits) into NV12 or P010 of its size and depth. */
void df_planar_join(const struct df_picture *from, struct df_picture *to);

#endif
