#include "media/encoder_pending.h"

#include <libavcodec/packet.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

struct df_pending {
  struct df_picture **pictures;
  size_t count, capacity;
  AVPacket **packets; /* first those that may go, then those that are held */
  size_t ready, packet_count, packet_capacity;
  size_t newest; /* of the pictures that held packets were made of: its place */
};

struct df_pending *df_pending_create(void)
{
  return calloc(1, sizeof(struct df_pending));
}

void df_pending_destroy(struct df_pending **pending)
{
  struct df_pending *p = *pending;
  if (!p)
    return;
  for (size_t i = 0; i < p->count; i++)
    df_picture_unref(&p->pictures[i]);
  for (size_t i = 0; i < p->packet_count; i++)
    av_packet_free(&p->packets[i]);
  free(p->pictures);
  free(p->packets);
  free(p);
  *pending = NULL;
}

/* Makes room for one more pointer; false when there is no memory. */
static bool grow(void **array, size_t count, size_t *capacity)
{
  if (count < *capacity)
    return true;
  void *larger = realloc(*array, (*capacity * 2 + ROOM_MIN) * sizeof(void *));
  if (!larger)
    return false;
  *array = larger;
  *capacity = *capacity * 2 + ROOM_MIN;
  return true;
}

int df_pending_add(struct df_pending *p, struct df_picture *picture)
{
  void *pictures = p->pictures;
  if (!grow(&pictures, p->count, &p->capacity))
    return DF_ENOMEM;
  p->pictures = pictures;
  p->pictures[p->count++] = df_picture_ref(picture);
  return 0;
}

size_t df_pending_count(const struct df_pending *p)
{
  return p->count;
}

struct df_picture *df_pending_at(const struct df_pending *p, size_t i)
{
  return p->pictures[i];
}

static void drop_pictures(struct df_pending *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    df_picture_unref(&p->pictures[i]);
  p->count -= n;
  memmove(p->pictures, p->pictures + n, p->count * sizeof *p->pictures);
}

int df_pending_hold(struct df_pending *p, AVPacket *packet, struct df_error *err)
{
  size_t place = 0;
  while (place < p->count && p->pictures[place]->pts != packet->pts)
    place++;
  if (place == p->count)
    return df_fail(err, DF_ELIBRARY, "the encoder gave a packet of no picture that it was given");
  void *packets = p->packets;
  AVPacket *held = av_packet_alloc();
  if (!held || !grow(&packets, p->packet_count, &p->packet_capacity)) {
    av_packet_free(&held);
    return df_fail(err, DF_ENOMEM, "no memory for a packet");
  }
  p->packets = packets;
  av_packet_move_ref(held, packet);
  p->packets[p->packet_count++] = held;
  size_t waiting = p->packet_count - p->ready;
  if (waiting == 1 || place > p->newest)
    p->newest = place;
  if (waiting == p->newest + 1) { /* none before them is missing */
    p->ready = p->packet_count;
    drop_pictures(p, waiting);
  }
  return 0;
}

bool df_pending_release(struct df_pending *p, AVPacket *packet)
{
  if (p->ready == 0)
    return false;
  av_packet_move_ref(packet, p->packets[0]);
  av_packet_free(&p->packets[0]);
  p->ready--;
  p->packet_count--;
  memmove(p->packets, p->packets + 1, p->packet_count * sizeof *p->packets);
  return true;
}

void df_pending_forget(struct df_pending *p)
{
  while (p->packet_count > p->ready)
    av_packet_free(&p->packets[--p->packet_count]);
}
