/*
 * Libraries that may be missing, of the wrong version, or broken so that loading them ends the process: they
 * are loaded first in a child of ours, whose death is only a reason, then here.
 *
 * What a library needs in turn is looked for in the same folders, so that nobody has to set the loader's own
 * search path; the system's places come after them.
 */
#ifndef DF_VISION_LIBRARY_H
#define DF_VISION_LIBRARY_H

#include <stddef.h>

#include "base/error.h"

/** Borrowed by both functions; zero-initialise. */
struct df_library_set {
  const char *const *names; /* paths, or names that are looked for; loaded in this order */
  size_t count;
  const char *const *folders; /* where to look */
  size_t folder_count;
  /** Called before any is loaded: what must stand when their constructors run. May be NULL. */
  void (*before)(void *context);
  /** Called when all are loaded, in the child only: tries what may crash as well. May be NULL. */
  void (*then)(void *context);
  void *context;
};

/**
 * Loads them for as long as the process lives. DF_EMISSING with the loader's own text when one cannot be
 * loaded. A library that crashes as it is loaded takes the process with it.
 */
int df_library_load(const struct df_library_set *set, struct df_error *err);

/**
 * The same, then `then`, in a forked child that ends afterwards; nothing it says reaches our stderr.
 * DF_EMISSING as df_library_load; DF_ELIBRARY when the child crashed (with the signal and what it said last)
 * or did not end within `seconds`. Thread-safe.
 */
int df_library_try(const struct df_library_set *set, double seconds, struct df_error *err);

#endif
