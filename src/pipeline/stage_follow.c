/*
 * In `render`: takes the windows from a tracks file instead of deciding them. Lines and pictures meet by
 * their time stamp, so a part of the video can be rendered from the tracks of the whole.
 */
#include "pipeline/decide.h"
#include "pipeline/stages.h"

/* Reads on to the line of this picture; lines before it belong to pictures left out by --start. */
static int find_line(struct df_pipeline *p, const struct df_frame *frame,
    struct df_tracks_frame *ret_line, struct df_error *err)
{
  const struct df_tracks_header *header = &p->tracks_header;
  for (;;) {
    int result = df_tracks_read(p->tracks_reader, ret_line, err);
    if (result < 0)
      return result;
    if (result == 0)
      return df_fail(err, DF_EINPUT, "%s ends before picture %lld of %s", p->task->tracks,
          (long long)frame->n, p->task->input);
    if (ret_line->pts == frame->picture->pts)
      return 0;
    if (ret_line->pts > frame->picture->pts)
      return df_fail(err, DF_EINPUT,
          "%s has no line for the picture with time stamp %lld (%d/%d): it was made "
          "from another video, or a line was deleted",
          p->task->tracks, (long long)frame->picture->pts, header->time_base.num,
          header->time_base.den);
  }
}

static void exchange(struct df_frame *frame)
{
  struct df_tracks_seat *seats = frame->decided.seats, left = seats[DF_LEFT];
  seats[DF_LEFT] = seats[DF_RIGHT];
  seats[DF_RIGHT] = left;
  frame->exchanged = true;
}

int df_stage_follow(struct df_pipeline *p, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(p->decoded, &item)) == 1) {
    struct df_frame *frame = item;
    result = find_line(p, frame, &frame->decided, err);
    if (result < 0) {
      df_frame_free(frame);
      break;
    }
    frame->decided.n = frame->n;
    frame->decided.t =
        df_decide_seconds(p, frame->picture->pts); /* not of the part it was made of */
    if (df_fixes_exchange(&p->fixes, frame->decided.t + p->task->start))
      exchange(frame);
    df_decide_count_frame(p, &frame->decided);
    result = df_queue_push(p->decided, frame);
    if (result < 0)
      break;
  }
  return result;
}
