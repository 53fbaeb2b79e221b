/* Turns packets into pictures and numbers them. */
#include <libavcodec/avcodec.h>

#include "pipeline/stages.h"

/* Hands on every picture that the decoder has ready. */
static int drain(struct df_pipeline *p, int64_t *n, struct df_error *err)
{
  struct df_picture *picture = NULL;
  int result;
  while ((result = df_decoder_receive(p->decoder, &picture, err)) == 1) {
    if (p->task->probe)
      df_probe_decoded(p->task->probe, *n);
    struct df_frame *frame = df_frame_create((*n)++, picture);
    if (!frame) {
      df_picture_unref(&picture);
      return df_fail(err, DF_ENOMEM, "out of memory");
    }
    result = df_queue_push(p->decoded, frame);
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
  int64_t n = 0;
  void *item;
  int result;
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
  return result == 0 && n == 0 ? no_picture(p, err) : result;
}
