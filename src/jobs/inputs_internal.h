/* What the files of inputs share. Internal to jobs/. */
#ifndef DF_JOBS_INPUTS_INTERNAL_H
#define DF_JOBS_INPUTS_INTERNAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "jobs/inputs.h"

/** Inputs while they are gathered. Each step returns 0 or the error. */
struct df_gathering {
  const struct df_inputs_order *order;
  struct df_inputs *inputs;
  size_t capacity;
  void *seen; /* a tree of all files and folders that were met */
  bool has_output_folder;
  dev_t output_device; /* which file the folder of outputs is */
  ino_t output_inode;
  struct df_error *err;
};

/** Adds what a user named: a file, or a folder with all that is in it. */
int df_gather_name(struct df_gathering *g, const char *path);

/** Adds what the list names. */
int df_gather_list(struct df_gathering *g, const char *list);

/** Gives all that are inputs their stems. */
int df_gather_stems(struct df_inputs *inputs, struct df_error *err);

#endif
