#include "media/encoder_times.h"

#include <libavcodec/packet.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ROOM_MIN = 64 };

void df_encoder_times_finish(struct df_encoder_times *times)
{
  free(times->pending);
  free(times->starts);
  *times = (struct df_encoder_times){0};
}

/* Makes room for one more element of `size` bytes; NULL when there is no memory. */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
  if (count < *capacity)
    return array;
  void *larger = realloc(array, (*capacity * 2 + ROOM_MIN) * size);
  if (larger)
    *capacity = *capacity * 2 + ROOM_MIN;
  return larger;
}

static int reserve(struct df_encoder_times *times)
{
  void *pending = grown(times->pending, times->count, &times->capacity, sizeof *times->pending);
  if (!pending)
    return DF_ENOMEM;
  times->pending = pending;
  void *starts =
      grown(times->starts, times->start_count, &times->start_capacity, sizeof *times->starts);
  if (!starts)
    return DF_ENOMEM;
  times->starts = starts;
  return 0;
}

int df_encoder_times_push(struct df_encoder_times *times, int64_t pts, int64_t duration)
{
  if (reserve(times) < 0)
    return DF_ENOMEM;
  if (times->count > 0) {
    struct df_encoder_time *newest = &times->pending[times->count - 1];
    if (newest->duration == 0)
      newest->duration = pts - newest->pts;
    times->last_duration = newest->duration;
  }
  times->pending[times->count++] = (struct df_encoder_time){pts, duration};
  times->starts[times->start_count++] = pts;
  return 0;
}

int df_encoder_times_follow(struct df_encoder_times *times, const int64_t *pts, size_t count)
{
  size_t known = count < times->delay ? count : times->delay;
  if (reserve(times) < 0)
    return DF_ENOMEM;
  for (size_t i = 0; i < known; i++)
    times->starts[times->start_count++] = pts[count - known + i];
  times->packets = known;
  return 0;
}

void df_encoder_times_end(struct df_encoder_times *times, int64_t pts)
{
  if (times->count > 0 && times->pending[times->count - 1].duration == 0)
    times->pending[times->count - 1].duration = pts - times->pending[times->count - 1].pts;
}

static void set_duration(struct df_encoder_times *times, AVPacket *packet)
{
  size_t i = 0;
  while (i < times->count && times->pending[i].pts != packet->pts)
    i++;
  if (i == times->count)
    return;
  int64_t duration = times->pending[i].duration;
  times->count--;
  memmove(&times->pending[i], &times->pending[i + 1], (times->count - i) * sizeof *times->pending);
  packet->duration = duration > 0 ? duration : times->last_duration;
}

/* Before the first pictures nothing went in: as far before them as the delay is long. */
static int64_t before_all(const struct df_encoder_times *times, size_t number)
{
  size_t known = times->start_count - 1, delay = times->delay;
  int64_t start = times->starts[number < known ? number : known];
  if (known >= delay)
    return start - (times->starts[delay] - times->starts[0]);
  int64_t step = times->last_duration > 0 ? times->last_duration : 1;
  return times->starts[0] - (int64_t)(delay - number) * step;
}

static void set_decoding_time(struct df_encoder_times *times, AVPacket *packet)
{
  size_t number = times->packets++;
  if (number < times->delay) {
    packet->dts = before_all(times, number);
    return;
  }
  packet->dts = times->starts[number - times->delay - times->first];
  /* All before it has been used; forgotten by the hundred, lest each packet moves the rest. */
  size_t used = number - times->delay - times->first;
  if (used < ROOM_MIN)
    return;
  times->start_count -= used;
  times->first += used;
  memmove(times->starts, times->starts + used, times->start_count * sizeof *times->starts);
}

void df_encoder_times_stamp(struct df_encoder_times *times, struct AVPacket *packet)
{
  set_duration(times, packet);
  set_decoding_time(times, packet);
}
