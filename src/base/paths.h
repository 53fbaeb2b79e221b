/*
 * Paths put together, and where the program's own files may lie: beside its executable, or where the
 * environment says.
 */
#ifndef DF_BASE_PATHS_H
#define DF_BASE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Joins `folder` and `name` into ret_path; an absolute `name`, or an empty `folder`, leaves `name` alone.
 * False when `size` bytes are too few.
 */
bool df_path_join(const char *folder, const char *name, char *ret_path, size_t size);

/** Writes the path of `relative` seen from the folder of the executable. False when that is unknown. */
bool df_path_beside_executable(const char *relative, char *ret_path, size_t size);

/**
 * Writes the folder for what is worth keeping but can be made again: `given`, else $XDG_CACHE_HOME/dualface,
 * else ~/.cache/dualface, and makes it. False when there is none that could be made.
 */
bool df_path_cache(const char *given, char *ret_path, size_t size);

/** Makes the folder and those that it lies in. False with errno when that cannot be. */
bool df_path_make_folder(const char *path);

bool df_path_is_file(const char *path);
bool df_path_is_folder(const char *path);

#endif
