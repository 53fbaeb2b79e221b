/*
 * How much room a task still needs on the disk, judged by what it took so far; for the sentence that says that
 * there was none.
 */
#ifndef DF_PIPELINE_SPACE_H
#define DF_PIPELINE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is known when the disk is full. */
struct df_space {
  int64_t bytes; /* of video made so far: of the output, or of all segments that are done */
  int64_t frames, frames_total; /* pictures in them, and of the whole video; total 0: not known */
  bool cut;       /* into segments, of which the output is made afterwards, beside them */
  int64_t joined; /* bytes of that output, with segments */
};

/** Bytes that are still needed, about; 0: that cannot be told. Pure. */
int64_t df_space_needed(const struct df_space *space);

/** Writes "about 12.3 MB more are needed there, 0.4 MB are free" of the disk that the file `path` is to be on;
 * leaves out what is not known (needed 0), `text` is empty then. Returns `text`. */
const char *df_space_text(int64_t needed, const char *path, char *text, size_t size);

#endif
