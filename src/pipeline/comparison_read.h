/* A truth file and a tracks file of the same video, read side by side into one record. */
#ifndef DF_PIPELINE_COMPARISON_READ_H
#define DF_PIPELINE_COMPARISON_READ_H

#include "base/error.h"
#include "eval/record.h"

/**
 * Fills *ret_record, which the caller releases with df_record_finish in any case. Found faces get the id of
 * their person, those without a person that of their track, those without a track one of their own.
 *
 * Faces are taken as far as they lie in the picture, which is how detectors see them.
 *
 * DF_EINPUT with file, line and what is wrong: a line that cannot be read, other picture sizes, other
 * times, files of different lengths (with both lengths) unless `partial`, which takes the frames that both
 * have; no frame at all. DF_ENOMEM.
 */
int df_comparison_read(const char *truth, const char *tracks, bool partial,
    struct df_record *ret_record, struct df_error *err);

#endif
