/*
 * What a command line names as inputs: files, folders with all that is in them, and lists of both. Comes to
 * one list of candidates in a fixed order, each file once, with names for their outputs that do not clash.
 * Looks at names and kinds of files only; nothing but lists is opened.
 */
#ifndef DF_JOBS_INPUTS_H
#define DF_JOBS_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** What was named. Borrows all. */
struct df_inputs_order {
  const char *const *names; /* files and folders, in the order in which they are wanted */
  size_t name_count;
  const char *const *lists; /* files with one path a line; they come after the names */
  size_t list_count;
  const char *output_folder; /* where results go; NULL: not into a folder */
  const char
      *output_suffix; /* what they have between stem and extension: "-split"; NULL: nothing */
};

/** A file that was named or found. */
struct df_candidate {
  char *path;    /* as named; in a folder FOLDER/NAME, in a list seen from the folder of the list */
  char *stem;    /* of the name of its output; NULL when there is a reason */
  char *why_not; /* why it is no input, for people, without its path; NULL when it is one */
};

struct df_inputs {
  struct df_candidate *items; /* in order */
  size_t count, taken;        /* all, and those without a reason */
};

/**
 * Expands what was named. The caller owns *ret_inputs.
 *
 * A file that is named, on the command line or in a list, always is an input, be it there or not: whoever
 * opens it says what is wrong with it. In folders, which are searched with those in them, only what has the extension
 * of a video is one; everything else is a candidate with a reason, but for hidden files and folders, which
 * are passed over. A folder's content is in order of the bytes of its names. A file or folder that comes again, by
 * whatever name or link, is passed over; so links that lead in a circle do no harm.
 *
 * What has the suffix of outputs in the folder of outputs is a result of an earlier run and, unless it is
 * named itself, no input.
 *
 * A stem is the file's name without its extension. Where an earlier input has the same one it gets "-2",
 * "-3" and so on, the first that is free.
 *
 * A list has one path a line, relative ones seen from the list's own folder. Empty lines and lines that
 * begin with "#" say nothing.
 *
 * DF_EINPUT when a list cannot be read or is no text, DF_ENOMEM.
 */
int df_inputs_expand(
    const struct df_inputs_order *order, struct df_inputs **ret_inputs, struct df_error *err);

/** Accepts NULL, sets *inputs to NULL. */
void df_inputs_destroy(struct df_inputs **inputs);

/** Whether the name ends in the extension of a video container, in upper or lower case. */
bool df_inputs_is_video_name(const char *name);

#endif
