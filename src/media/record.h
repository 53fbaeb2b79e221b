/*
 * Records of a binary file that grows: the payload's length (4 bytes), its CRC-32 (4 bytes), the payload. What
 * a crash tears off or a disk damages is recognised by it. Knows nothing of what a payload means.
 */
#ifndef DF_MEDIA_RECORD_H
#define DF_MEDIA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as the machine has its numbers: little-endian"
#endif

/** What stands before a payload. */
struct df_record_head {
  uint32_t size, sum;
};

/** Appends a record; it may still be in the stream's buffer. False with errno when it cannot be written. */
bool df_record_write(FILE *stream, const void *payload, size_t size);

/** Reads what stands before a payload of 1 to `most` bytes: 1, or 0 at the end or where that is torn. */
int df_record_begin(FILE *stream, size_t most, struct df_record_head *ret_head);
/** Reads the payload, head->size bytes: 1, or 0 where it is torn or not what was written. */
int df_record_take(FILE *stream, const struct df_record_head *head, void *payload);

/** Both in one: 1 with a payload of *ret_size bytes, at most `most`; 0 at the end or where it is torn. */
int df_record_read(FILE *stream, void *payload, size_t most, size_t *ret_size);

#endif
