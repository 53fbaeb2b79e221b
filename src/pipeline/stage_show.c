/*
 * In a renderer: takes the windows of its pictures from the plan. The file was entered in its middle, so that each
 * picture is held against the one that was decided on, by its time, and those that only warm the decoder up by their
 * looks as well.
 */
#include "pipeline/decide.h"
#include "pipeline/detect.h"

struct show {
  struct df_pipeline *p;
  struct df_luma_sketch before; /* of the picture before, if has_before */
  bool has_before;
};

static int check_looks(struct show *s, const struct df_picture *picture,
    const struct df_planned *planned, struct df_error *err)
{
  struct df_pipeline *p = s->p;
  struct df_luma_sketch now;
  int result = p->cuda ? df_look_sketch(p, picture, &now, err)
                       : p->device->operations->sketch(p->device, picture, &now, err);
  if (result < 0)
    return result;
  if (s->has_before && df_sketch_difference(&s->before, &now) != planned->difference)
    return df_segments_misfit(p, "pictures look otherwise when the file is entered there", err);
  s->before = now;
  s->has_before = true;
  return 0;
}

/* Gives the frame the windows of the i-th picture of the plan. */
static int show(struct show *s, struct df_frame *frame, size_t i, struct df_error *err)
{
  struct df_pipeline *p = s->p;
  const struct df_planned *planned = &p->plan->pictures[i];
  if (frame->n != planned->place.n || frame->picture->pts != planned->place.pts)
    return df_segments_misfit(p, "other pictures come when the file is entered there", err);
  int result = i <= p->plan->lead ? check_looks(s, frame->picture, planned, err) : 0;
  frame->decided.n = planned->place.n;
  frame->decided.pts = planned->place.pts;
  frame->decided.t = df_decide_seconds(p, planned->place.pts);
  for (int seat = 0; seat < DF_SEATS; seat++)
    frame->decided.seats[seat].shot = planned->shots[seat];
  return result;
}

int df_stage_show(struct df_pipeline *p, struct df_error *err)
{
  struct show s = {.p = p};
  void *item;
  for (size_t i = 0; i < p->plan->count; i++) {
    int result = df_queue_pop(p->decoded, &item);
    if (result == 0)
      return df_segments_misfit(p, "fewer pictures come when the file is entered there", err);
    if (result < 0)
      return result;
    struct df_frame *frame = item;
    result = show(&s, frame, i, err);
    if (result < 0) {
      df_frame_free(frame);
      return result;
    }
    result = df_queue_push(p->decided, frame);
    if (result < 0)
      return result;
    if (i >= p->plan->lead)
      df_renderers_progress(p->whole, p->plan, i);
  }
  return 0;
}
