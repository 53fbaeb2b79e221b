#include "media/packet_file.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/whole_file.h"
#include "media/record.h"

/* No packet is larger: it is what keeps a damaged length from taking all memory. */
enum { PAYLOAD_MAX = 1 << 28, HEADER_MAX = 1 << 20, ROOM_MIN = 1 << 16 };

static const char magic[8] = {'D', 'F', 'P', 'K', 'T', 0, 0, 1}; /* the last byte is the version */

/* What stands before the bytes of a packet, and before the headers of the encoder. */
struct packet_head {
  int64_t pts, dts, duration;
  uint32_t flags, unused;
};

struct file_head {
  int32_t codec, width, height, time_num, time_den;
};

/* The last record. Shorter than any packet's. */
struct end {
  int64_t packets;
};

struct bytes {
  uint8_t *data;
  size_t capacity;
};

struct df_packet_writer {
  struct df_whole_file file;
  FILE *stream;
  struct bytes scratch;
  int64_t packets, bytes;
};

struct df_packet_reader {
  char path[DF_PATH_BYTES];
  FILE *stream;
  struct bytes scratch;
  int64_t packets;
};

static int reserve(struct bytes *bytes, size_t size, struct df_error *err)
{
  if (size <= bytes->capacity)
    return 0;
  uint8_t *larger = realloc(bytes->data, size + ROOM_MIN);
  if (!larger)
    return df_fail(err, DF_ENOMEM, "out of memory");
  bytes->data = larger;
  bytes->capacity = size + ROOM_MIN;
  return 0;
}

static int write_failed(const struct df_packet_writer *writer, int reason, struct df_error *err)
{
  int code = df_write_error_code(reason);
  if (code == DF_ENOSPACE)
    return df_fail(err, code,
        "no space left for %s after %.1f MB; free some, or write to another disk",
        writer->file.path, (double)writer->bytes / 1e6);
  return df_fail(err, code, "cannot write %s: %s", writer->file.path, strerror(reason));
}

/* Puts `head` and `data` in the scratch memory and appends them as one record. */
static int write_record(struct df_packet_writer *writer, const void *head, size_t head_size,
    const void *data, size_t size, struct df_error *err)
{
  int result = reserve(&writer->scratch, head_size + size, err);
  if (result < 0)
    return result;
  memcpy(writer->scratch.data, head, head_size);
  if (size > 0)
    memcpy(writer->scratch.data + head_size, data, size);
  if (!df_record_write(writer->stream, writer->scratch.data, head_size + size))
    return write_failed(writer, errno, err);
  writer->bytes += (int64_t)(sizeof(struct df_record_head) + head_size + size);
  return 0;
}

static struct file_head head_of(const AVCodecContext *video)
{
  return (struct file_head){
      .codec = (int32_t)video->codec_id,
      .width = video->width,
      .height = video->height,
      .time_num = video->time_base.num,
      .time_den = video->time_base.den,
  };
}

static int begin(struct df_packet_writer *writer, const char *path, const AVCodecContext *video,
    struct df_error *err)
{
  int result = df_whole_file_begin(&writer->file, path, true, err);
  if (result < 0)
    return result;
  writer->stream = fopen(writer->file.temporary, "we");
  if (!writer->stream || fwrite(magic, sizeof magic, 1, writer->stream) != 1)
    return write_failed(writer, errno, err);
  writer->bytes = sizeof magic;
  struct file_head head = head_of(video);
  return write_record(
      writer, &head, sizeof head, video->extradata, (size_t)video->extradata_size, err);
}

int df_packet_file_create(const char *path, const AVCodecContext *video,
    struct df_packet_writer **ret_writer, struct df_error *err)
{
  struct df_packet_writer *writer = calloc(1, sizeof *writer);
  if (!writer)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = begin(writer, path, video, err);
  if (result < 0) {
    df_packet_file_abandon(&writer);
    return result;
  }
  *ret_writer = writer;
  return 0;
}

int df_packet_file_append(
    struct df_packet_writer *writer, const AVPacket *packet, struct df_error *err)
{
  struct packet_head head = {
      .pts = packet->pts,
      .dts = packet->dts,
      .duration = packet->duration,
      .flags = (uint32_t)packet->flags,
  };
  int result = df_fault_check(DF_FAULT_AT_SEGMENT_WRITE, NULL, DF_EOUTPUT, err);
  if (result < 0)
    return result;
  writer->packets++;
  return write_record(writer, &head, sizeof head, packet->data, (size_t)packet->size, err);
}

int df_packet_file_finish(
    struct df_packet_writer **writer_ptr, int64_t *ret_bytes, struct df_error *err)
{
  struct df_packet_writer *writer = *writer_ptr;
  struct end end = {writer->packets};
  int result = write_record(writer, &end, sizeof end, NULL, 0, err);
  if (result == 0) {
    int closed = fclose(writer->stream);
    writer->stream = NULL;
    result = closed != 0 ? write_failed(writer, errno, err) : 0;
  }
  if (result == 0)
    result = df_whole_file_commit(&writer->file, err);
  if (result == 0)
    *ret_bytes = writer->bytes;
  df_packet_file_abandon(writer_ptr);
  return result;
}

void df_packet_file_abandon(struct df_packet_writer **writer_ptr)
{
  struct df_packet_writer *writer = *writer_ptr;
  if (!writer)
    return;
  if (writer->stream)
    fclose(writer->stream);
  df_whole_file_abandon(&writer->file);
  free(writer->scratch.data);
  free(writer);
  *writer_ptr = NULL;
}

static int damaged(const struct df_packet_reader *reader, struct df_error *err)
{
  return df_fail(
      err, DF_EINPUT, "%s is damaged after %lld packets", reader->path, (long long)reader->packets);
}

static int check_header(
    struct df_packet_reader *reader, const AVCodecContext *video, struct df_error *err)
{
  char start[sizeof magic];
  struct df_record_head record;
  struct file_head wanted = head_of(video);
  if (fread(start, sizeof start, 1, reader->stream) != 1 || memcmp(start, magic, sizeof magic) != 0)
    return df_fail(err, DF_EINPUT, "%s is no file of packets of this version", reader->path);
  if (df_record_begin(reader->stream, HEADER_MAX, &record) != 1)
    return damaged(reader, err);
  int result = reserve(&reader->scratch, record.size, err);
  if (result < 0)
    return result;
  const uint8_t *found = reader->scratch.data;
  if (df_record_take(reader->stream, &record, reader->scratch.data) != 1)
    return damaged(reader, err);
  size_t extra = (size_t)video->extradata_size;
  if (record.size != sizeof wanted + extra || memcmp(found, &wanted, sizeof wanted) != 0 ||
      (extra > 0 && memcmp(found + sizeof wanted, video->extradata, extra) != 0))
    return df_fail(
        err, DF_EINPUT, "%s was made by another encoder or with other settings", reader->path);
  return 0;
}

int df_packet_file_open(const char *path, const AVCodecContext *video,
    struct df_packet_reader **ret_reader, struct df_error *err)
{
  struct df_packet_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return df_fail(err, DF_ENOMEM, "out of memory");
  snprintf(reader->path, sizeof reader->path, "%s", path);
  reader->stream = fopen(path, "re");
  int result = reader->stream ? check_header(reader, video, err)
                              : df_fail(err, df_read_error_code(errno), "cannot read %s: %s", path,
                                    strerror(errno));
  if (result < 0) {
    df_packet_file_close(&reader);
    return result;
  }
  *ret_reader = reader;
  return 0;
}

/* 0 when the file ends here as it should. */
static int check_end(
    struct df_packet_reader *reader, const struct df_record_head *record, struct df_error *err)
{
  struct end end;
  bool whole = df_record_take(reader->stream, record, &end) == 1 &&
               end.packets == reader->packets && fgetc(reader->stream) == EOF;
  return whole ? 0 : damaged(reader, err);
}

static int unpack(
    struct df_packet_reader *reader, size_t size, AVPacket *packet, struct df_error *err)
{
  struct packet_head head;
  memcpy(&head, reader->scratch.data, sizeof head);
  if (av_new_packet(packet, (int)(size - sizeof head)) < 0)
    return df_fail(err, DF_ENOMEM, "out of memory");
  memcpy(packet->data, reader->scratch.data + sizeof head, size - sizeof head);
  packet->pts = head.pts;
  packet->dts = head.dts;
  packet->duration = head.duration;
  packet->flags = (int)head.flags;
  reader->packets++;
  return 1;
}

int df_packet_file_read(struct df_packet_reader *reader, AVPacket *packet, struct df_error *err)
{
  struct df_record_head record;
  if (df_record_begin(reader->stream, PAYLOAD_MAX, &record) != 1)
    return damaged(reader, err);
  if (record.size == sizeof(struct end))
    return check_end(reader, &record, err);
  if (record.size < sizeof(struct packet_head))
    return damaged(reader, err);
  int result = reserve(&reader->scratch, record.size, err);
  if (result < 0)
    return result;
  if (df_record_take(reader->stream, &record, reader->scratch.data) != 1)
    return damaged(reader, err);
  return unpack(reader, record.size, packet, err);
}

void df_packet_file_close(struct df_packet_reader **reader_ptr)
{
  struct df_packet_reader *reader = *reader_ptr;
  if (!reader)
    return;
  if (reader->stream)
    fclose(reader->stream);
  free(reader->scratch.data);
  free(reader);
  *reader_ptr = NULL;
}

int df_packet_file_check(const char *path, const AVCodecContext *video, struct df_error *err)
{
  struct df_packet_reader *reader = NULL;
  AVPacket *packet = av_packet_alloc();
  if (!packet)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = df_packet_file_open(path, video, &reader, err);
  while (result >= 0 && (result = df_packet_file_read(reader, packet, err)) == 1)
    av_packet_unref(packet);
  df_packet_file_close(&reader);
  av_packet_free(&packet);
  return result;
}
