#include "media/backlog.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "media/ffmpeg.h"

enum { KEEP_MIN = 64 }; /* packets; H.264 and HEVC hold back 16 pictures at most */

struct entry {
  AVPacket *packet; /* NULL once read again */
  int given;        /* pictures of it that were handed on */
};

struct df_backlog {
  int64_t limit, bytes;
  int64_t first; /* number of items[0], or of the next packet */
  struct entry *items;
  size_t count, capacity;
  size_t next;   /* to be read */
  bool replayed; /* or about to be: no more is kept */
  bool lost;     /* more came than is kept */
  AVPacket *numbered;
};

struct df_backlog *df_backlog_create(int64_t limit)
{
  assert(limit > 0);
  struct df_backlog *b = calloc(1, sizeof *b);
  if (!b)
    return NULL;
  b->limit = limit;
  b->numbered = av_packet_alloc();
  if (!b->numbered)
    df_backlog_destroy(&b);
  return b;
}

/* Forgets the `n` oldest packets. */
static void drop(struct df_backlog *b, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (b->items[i].packet)
      b->bytes -= b->items[i].packet->size;
    av_packet_free(&b->items[i].packet);
  }
  b->count -= n;
  b->first += (int64_t)n;
  if (b->count > 0)
    memmove(b->items, b->items + n, b->count * sizeof *b->items);
}

void df_backlog_destroy(struct df_backlog **backlog)
{
  struct df_backlog *b = *backlog;
  if (!b)
    return;
  drop(b, b->count);
  av_packet_free(&b->numbered);
  free(b->items);
  free(b);
  *backlog = NULL;
}

static bool is_key(const struct entry *entry)
{
  return entry->packet && entry->packet->flags & AV_PKT_FLAG_KEY;
}

/* When a key frame came: all before the one before it, as long as enough is left. */
static void forget_old(struct df_backlog *b)
{
  if (!is_key(&b->items[b->count - 1]) || b->count < KEEP_MIN)
    return;
  size_t i = b->count - KEEP_MIN;
  while (i > 0 && !is_key(&b->items[i]))
    i--;
  drop(b, i);
}

static int keep(struct df_backlog *b, const AVPacket *packet)
{
  if (b->count == b->capacity) {
    size_t capacity = b->capacity * 2 + KEEP_MIN;
    struct entry *items = realloc(b->items, capacity * sizeof *items);
    if (!items)
      return DF_ENOMEM;
    b->items = items;
    b->capacity = capacity;
  }
  AVPacket *copy = av_packet_clone(packet);
  if (!copy)
    return DF_ENOMEM;
  b->items[b->count++] = (struct entry){.packet = copy};
  b->bytes += copy->size;
  forget_old(b);
  return 0;
}

/* Keeps the packet, or, where one stretch is more than may be kept, nothing until the next key frame. */
static int note(struct df_backlog *b)
{
  if (b->lost && !(b->numbered->flags & AV_PKT_FLAG_KEY)) {
    b->first++;
    return 0;
  }
  b->lost = false;
  if (keep(b, b->numbered) < 0)
    return DF_ENOMEM;
  if (b->bytes > b->limit) {
    b->lost = true;
    drop(b, b->count);
  }
  return 0;
}

int df_backlog_push(struct df_backlog *b, const AVPacket *packet, const AVPacket **ret_numbered)
{
  av_packet_unref(b->numbered);
  if (av_packet_ref(b->numbered, packet) < 0)
    return DF_ENOMEM;
  df_ffmpeg_set_number(b->numbered, b->replayed ? -1 : b->first + (int64_t)b->count);
  *ret_numbered = b->numbered;
  return b->replayed ? 0 : note(b);
}

static struct entry *entry_of(struct df_backlog *b, int64_t number)
{
  if (number < b->first || number >= b->first + (int64_t)b->count)
    return NULL;
  return &b->items[number - b->first];
}

void df_backlog_given(struct df_backlog *b, int64_t number)
{
  struct entry *entry = entry_of(b, number);
  if (entry)
    entry->given++;
}

bool df_backlog_rewind(struct df_backlog *b)
{
  b->replayed = true;
  b->next = 0;
  return !b->lost;
}

const AVPacket *df_backlog_read(struct df_backlog *b)
{
  if (b->next > 0)
    av_packet_free(&b->items[b->next - 1].packet);
  return b->next < b->count ? b->items[b->next++].packet : NULL;
}

bool df_backlog_repeats(struct df_backlog *b, int64_t number)
{
  struct entry *entry = entry_of(b, number);
  if (!entry || entry->given == 0)
    return false;
  entry->given--;
  return true;
}
