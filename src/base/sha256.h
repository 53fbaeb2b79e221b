/*
 * SHA-256 (FIPS 180-4) as fast as the machine can: with the processor's own instructions where it has
 * them, by the specification otherwise. Model files are tens of megabytes and are checked at every start.
 */
#ifndef DF_BASE_SHA256_H
#define DF_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DF_SHA256_BYTES = 32 };

struct df_sha256;

/** Begins a sum; `plain` keeps the processor's instructions for it out. NULL when memory runs out. */
struct df_sha256 *df_sha256_create(bool plain);
void df_sha256_destroy(struct df_sha256 **sha);
void df_sha256_update(struct df_sha256 *sha, const uint8_t *bytes, size_t size);
/** Ends the sum; nothing may be added afterwards. */
void df_sha256_final(struct df_sha256 *sha, uint8_t ret_sum[DF_SHA256_BYTES]);

#endif
