/*
 * Where tests find what tools/setup brings: the folder that the build knew, or $DUALFACE_DEPS where tests
 * were carried to another machine.
 */
#ifndef DF_TESTS_SUPPORT_DEPS_H
#define DF_TESTS_SUPPORT_DEPS_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/** The path of `name` in that folder, in `path`. */
static inline const char *deps_path(const char *name, char path[4096])
{
  const char *folder = getenv("DUALFACE_DEPS");
  int length = snprintf(path, 4096, "%s/%s", folder && folder[0] ? folder : DF_TEST_DEPS, name);
  assert(length > 0 && length < 4096);
  return path;
}

#endif
