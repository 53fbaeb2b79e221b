/*
 * What an input is, whatever it is called: its size and a sum over its first and last mebibyte. Videos are
 * gigabytes, and reading them whole only to know them again would take as long as decoding; a container has
 * its index at one of its ends, so two videos that agree there and in size are one.
 */
#ifndef DF_JOBS_IDENTITY_H
#define DF_JOBS_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/whole_file.h"

enum { DF_IDENTITY_END = 1 << 20 }; /* bytes of each end that are summed */

/** Plain memory of the caller's. Path and time are for show and for a quick check. */
struct df_identity {
  char path[DF_PATH_BYTES]; /* absolute, links resolved */
  int64_t size;             /* bytes, > 0 */
  int64_t mtime_ns;         /* last change, nanoseconds since 1970 */
  uint8_t sum[DF_SHA256_BYTES];
};

/**
 * Fills everything but the sum, which becomes zero: the file's content is not read. DF_EINPUT when there is
 * no such file, or when it is a folder, no regular file, empty or not readable. *ret_identity is touched only
 * on success. Thread-safe, as all of these.
 */
int df_identity_look(const char *path, struct df_identity *ret_identity, struct df_error *err);

/**
 * Fills everything. Errors as above; also DF_EINPUT when the file changes while it is read, since it is
 * then not whole yet. A file of at most two ends is summed whole.
 */
int df_identity_read(const char *path, struct df_identity *ret_identity, struct df_error *err);

/** Whether both are the same content: size and sum. */
bool df_identity_same_content(const struct df_identity *a, const struct df_identity *b);

/** Whether both are the same file, unchanged: path, size and time. Then the content need not be read. */
bool df_identity_unchanged(const struct df_identity *a, const struct df_identity *b);

/**
 * The absolute path of a file that need not be there yet: its folder with links resolved, and its name.
 * DF_EOUTPUT when there is no such folder or `size` bytes are too few.
 */
int df_identity_place(const char *path, char *ret_path, size_t size, struct df_error *err);

#endif
