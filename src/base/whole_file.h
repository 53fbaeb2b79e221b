/*
 * A file that appears under its name only when it is whole: written beside it under a hidden temporary
 * name, made durable, then renamed. Whoever stops in between leaves what was there as it was.
 */
#ifndef DF_BASE_WHOLE_FILE_H
#define DF_BASE_WHOLE_FILE_H

#include <stdbool.h>

#include "base/error.h"

enum { DF_PATH_BYTES = 4096 };

/** Plain memory of the caller's; zero-initialise. */
struct df_whole_file {
  char path[DF_PATH_BYTES];      /* the final name; where it is a link, that of what it leads to */
  char temporary[DF_PATH_BYTES]; /* where to write; empty when nothing is begun */
  bool overwrite;
};

/**
 * Creates an empty temporary file in the folder of `path`, keeping the extension of its name. DF_EOUTPUT
 * when the folder is missing or not writable, when `path` exists (without `overwrite`) or is no regular
 * file, or when it could not be its name in the end (too long, a link to nothing). A link is followed.
 */
int df_whole_file_begin(
    struct df_whole_file *file, const char *path, bool overwrite, struct df_error *err);

/**
 * Makes the temporary file durable and gives it its final name, durably where the folder can be read. A file that came to be there meanwhile is
 * replaced only with `overwrite`. On failure the temporary file is gone.
 */
int df_whole_file_commit(struct df_whole_file *file, struct df_error *err);

/** Deletes the temporary file, if any. */
void df_whole_file_abandon(struct df_whole_file *file);

/** Copies a file to one that appears under its name when it is whole. DF_EINPUT, DF_EOUTPUT, DF_ENOSPACE. */
int df_whole_file_copy(const char *from, const char *to, bool overwrite, struct df_error *err);

/**
 * Deletes the temporary files that another process, now dead, left of a file that was to be called `path`, or, where
 * that is a folder, of those in it whose names begin with `stem`. What cannot be deleted stays.
 */
void df_whole_file_sweep(const char *path, const char *stem, long process);

/** What an errno of a write comes to: DF_ENOMEM, DF_ENOSPACE for a full disk or quota, else DF_EOUTPUT. */
int df_write_error_code(int error_number);

/** What an errno of a read comes to: DF_ENOMEM, else DF_EINPUT. */
int df_read_error_code(int error_number);

#endif
