/* In a renderer: a seat that is frozen when its segment begins shows a picture from further back, which is looked up. */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mathematics.h>

#include "pipeline/stages.h"

/* Whether the seat shows what was shown before the first picture that is decoded for the plan. */
static bool is_needed(const struct df_segment_plan *plan, int seat)
{
  const struct df_still *still = &plan->stills[seat];
  if (still->place.n < 0 || still->place.n >= plan->pictures[0].place.n)
    return false;
  for (size_t i = plan->lead; i < plan->count; i++) {
    enum df_window_state state = plan->pictures[i].shots[seat].state;
    if (state != DF_WINDOW_BLACK)
      return state == DF_WINDOW_FROZEN;
  }
  return false;
}

struct search {
  struct df_pipeline *p;
  const struct df_still *still;
  struct df_input *input;
  struct df_decoder *decoder;
  int64_t n; /* of the next picture */
};

static int not_there(const struct search *s, struct df_error *err)
{
  return df_segments_misfit(s->p, "a still is not found when the file is entered there", err);
}

/* Looks through what the decoder has ready: 1 when the still is found. */
static int drain(struct search *s, struct df_picture **ret_picture, struct df_error *err)
{
  const struct df_place *entry = &s->still->entry, *wanted = &s->still->place;
  struct df_picture *picture = NULL;
  int result;
  while ((result = df_decoder_receive(s->decoder, &picture, err)) == 1) {
    bool is_early = s->n == entry->n && entry->n > 0 && picture->pts < entry->pts;
    bool is_it = !is_early && s->n == wanted->n;
    s->n += !is_early;
    if (is_it && picture->pts == wanted->pts) {
      *ret_picture = picture;
      return 1;
    }
    df_picture_unref(&picture);
    if (is_it)
      return not_there(s, err);
  }
  return result;
}

static int find(
    struct search *s, AVPacket *packet, struct df_picture **ret_picture, struct df_error *err)
{
  const int video = df_input_video_stream(s->input)->index;
  int result;
  while ((result = df_input_read(s->input, packet, err)) == 1) {
    if (atomic_load(&s->p->progress->stop))
      result = df_fail(err, DF_ESTOPPED, "stopped before the end");
    else
      result = packet->stream_index == video ? df_decoder_send(s->decoder, packet, err) : 0;
    av_packet_unref(packet);
    if (result == 0)
      result = drain(s, ret_picture, err);
    if (result != 0)
      return result;
  }
  if (result == 0)
    result = df_decoder_send(s->decoder, NULL, err);
  if (result == 0)
    result = drain(s, ret_picture, err);
  return result == 0 ? not_there(s, err) : result;
}

static int open_still(struct df_pipeline *p, int seat, struct df_error *err)
{
  struct search s = {.p = p, .still = &p->plan->stills[seat], .n = p->plan->stills[seat].entry.n};
  AVRational unit = {p->video->time_base.num, p->video->time_base.den};
  struct df_input_options part = {.start = p->task->start, .duration = p->task->duration};
  if (s.n > 0)
    part.entry = av_rescale_q(s.still->entry.pts, unit, AV_TIME_BASE_Q);
  AVPacket *packet = av_packet_alloc();
  int result = packet ? df_input_open(p->task->input, &part, NULL, &s.input, err)
                      : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_pipeline_open_decoder(p, &s.decoder, err);
  if (result == 0)
    result = find(&s, packet, &p->stills[seat], err);
  df_decoder_destroy(&s.decoder);
  df_input_close(&s.input);
  av_packet_free(&packet);
  return result < 0 ? result : 0;
}

int df_pipeline_open_stills(struct df_pipeline *p, struct df_error *err)
{
  int result = 0;
  for (int s = 0; s < DF_SEATS && result == 0; s++)
    if (is_needed(p->plan, s))
      result = open_still(p, s, err);
  return result;
}
