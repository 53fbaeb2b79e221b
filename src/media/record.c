#include "media/record.h"

#include <libavutil/crc.h>

static uint32_t checksum(const uint8_t *payload, size_t size)
{
  return av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), ~0u, payload, size) ^ ~0u;
}

bool df_record_write(FILE *stream, const void *payload, size_t size)
{
  struct df_record_head head = {(uint32_t)size, checksum(payload, size)};
  return fwrite(&head, sizeof head, 1, stream) == 1 && fwrite(payload, size, 1, stream) == 1;
}

int df_record_begin(FILE *stream, size_t most, struct df_record_head *ret_head)
{
  struct df_record_head head;
  if (fread(&head, sizeof head, 1, stream) != 1 || head.size == 0 || head.size > most)
    return 0;
  *ret_head = head;
  return 1;
}

int df_record_take(FILE *stream, const struct df_record_head *head, void *payload)
{
  return fread(payload, head->size, 1, stream) == 1 && checksum(payload, head->size) == head->sum;
}

int df_record_read(FILE *stream, void *payload, size_t most, size_t *ret_size)
{
  struct df_record_head head;
  if (df_record_begin(stream, most, &head) != 1 || df_record_take(stream, &head, payload) != 1)
    return 0;
  *ret_size = head.size;
  return 1;
}
