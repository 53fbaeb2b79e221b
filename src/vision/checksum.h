/* Is a file the one that was meant? Its SHA-256 says so. */
#ifndef DF_VISION_CHECKSUM_H
#define DF_VISION_CHECKSUM_H

#include "base/error.h"

/**
 * 0 when the file's SHA-256 is `sha256` (64 lower-case hex digits). DF_EMISSING when it is not, or when
 * there is no such file; the sentence says which and how to get the right one.
 */
int df_checksum_verify(const char *path, const char *sha256, struct df_error *err);

enum { DF_CHECKSUM_TEXT = 65 };

/** The file's SHA-256 as 64 lower-case hex digits. DF_EINPUT when it cannot be read. */
int df_checksum_file(const char *path, char ret_text[DF_CHECKSUM_TEXT], struct df_error *err);

#endif
