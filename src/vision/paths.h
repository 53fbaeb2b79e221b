/*
 * Where the program's own files may lie: beside its executable, or where the environment says. Shared by
 * the manifest and the runtime; nobody else needs it.
 */
#ifndef DF_VISION_PATHS_H
#define DF_VISION_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Joins `folder` and `name` into ret_path; an absolute `name`, or an empty `folder`, leaves `name` alone.
 * False when `size` bytes are too few.
 */
bool df_path_join(const char *folder, const char *name, char *ret_path, size_t size);

/** Writes the path of `relative` seen from the folder of the executable. False when that is unknown. */
bool df_path_beside_executable(const char *relative, char *ret_path, size_t size);

bool df_path_is_file(const char *path);
bool df_path_is_folder(const char *path);

#endif
