/* Is a file the one that was meant? Its SHA-256 says so. */
#ifndef DF_VISION_CHECKSUM_H
#define DF_VISION_CHECKSUM_H

#include "base/error.h"

/**
 * 0 when the file's SHA-256 is `sha256` (64 lower-case hex digits). DF_EMISSING when it is not, or when
 * there is no such file; the sentence says which and how to get the right one.
 */
int df_checksum_verify(const char *path, const char *sha256, struct df_error *err);

#endif
