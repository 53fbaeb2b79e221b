/*
 * Turns packets into pictures and numbers them. Pictures that a task need not decode, since an earlier run has done
 * them, pass as frames without one.
 */
#include <libavcodec/avcodec.h>

#include "pipeline/stages.h"

static int push(struct df_pipeline *p, int64_t n, struct df_picture *picture, struct df_error *err)
{
  struct df_frame *frame = df_frame_create(n, picture);
  if (!frame) {
    df_picture_unref(&picture);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  return df_queue_push(p->decoded, frame);
}

/* Whether the picture is one of those between the key frame and where the task goes on. */
static bool is_skipped(const struct df_pipeline *p, int64_t n, const struct df_picture *picture)
{
  const struct df_segments *s = &p->segments;
  return s->skip > 0 && n == s->skip && picture->pts < s->skip_pts;
}

/* Hands on every picture that the decoder has ready. None is made before there is room for it. */
static int drain(struct df_pipeline *p, int64_t *n, struct df_error *err)
{
  struct df_picture *picture = NULL;
  int result;
  while ((result = df_queue_wait_room(p->decoded)) == 0 &&
         (result = df_decoder_receive(p->decoder, &picture, err)) == 1) {
    if (p->task->probe)
      df_probe_decoded(p->task->probe, *n);
    if (is_skipped(p, *n, picture)) {
      df_picture_unref(&picture);
      continue;
    }
    result = push(p, (*n)++, picture, err);
    if (result < 0)
      return result;
  }
  return result;
}

static int no_picture(const struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  if (task->start > 0 || task->duration > 0)
    return df_fail(err, DF_EINPUT,
        "%s has no picture in the part that is wanted, from %.3f s on; its video may end before",
        task->input, task->start);
  return df_fail(err, DF_EINPUT, "%s: no picture could be decoded", task->input);
}

int df_stage_decode(struct df_pipeline *p, struct df_error *err)
{
  int64_t n = p->segments.begin;
  void *item;
  int result = 0;
  for (; n < p->segments.skip && result == 0; n++)
    result = push(p, n, NULL, err);
  if (result < 0 || p->segments.whole)
    return result;
  while ((result = df_queue_pop(p->packets, &item)) == 1) {
    AVPacket *packet = item;
    result = df_decoder_send(p->decoder, packet, err);
    av_packet_free(&packet);
    if (result == 0)
      result = drain(p, &n, err);
    if (result < 0)
      return result;
  }
  if (result == 0)
    result = df_decoder_send(p->decoder, NULL, err);
  if (result == 0)
    result = drain(p, &n, err);
  p->result->damaged = df_decoder_damaged(p->decoder);
  if (result == 0 && n < p->segments.known)
    return df_segments_misfit(p, "there are fewer pictures than in the log", err);
  return result == 0 && n == 0 ? no_picture(p, err) : result;
}
