/*
 * In `render`, and in the last of two passes: takes the windows from a tracks file instead of deciding them. Lines and
 * pictures meet by their time stamp, so a part of the video can be rendered from the tracks of the whole.
 */
#include <stdlib.h>

#include "pipeline/decide.h"
#include "pipeline/detect.h"

/* Reads on to the line of this picture; lines before it belong to pictures left out by --start. */
static int find_line(struct df_pipeline *p, const struct df_frame *frame, int64_t pts,
    struct df_tracks_frame *ret_line, struct df_error *err)
{
  const char *path = p->task->decided ? p->task->decided : p->task->tracks;
  const struct df_tracks_header *header = &p->tracks_header;
  for (;;) {
    int result = df_tracks_read(p->tracks_reader, ret_line, err);
    if (result < 0)
      return result;
    if (result == 0)
      return df_fail(err, DF_EINPUT, "%s ends before picture %lld of %s", path, (long long)frame->n,
          p->task->input);
    if (ret_line->pts == pts)
      return 0;
    if (ret_line->pts > pts)
      return df_fail(err, DF_EINPUT,
          "%s has no line for the picture with time stamp %lld (%d/%d): it was made "
          "from another video, or a line was deleted",
          path, (long long)pts, header->time_base.num, header->time_base.den);
  }
}

static void exchange(struct df_frame *frame)
{
  struct df_tracks_seat *seats = frame->decided.seats, left = seats[DF_LEFT];
  seats[DF_LEFT] = seats[DF_RIGHT];
  seats[DF_RIGHT] = left;
  frame->exchanged = true;
}

/* The time of a picture, which need not have been decoded again where it is in a segment that is done. */
static int find_time(
    struct df_pipeline *p, struct df_frame *frame, int64_t *ret_pts, struct df_error *err)
{
  int result = p->log_reader ? df_detect_begin(p, frame, err) : 0;
  if (result == 0)
    *ret_pts = frame->picture ? frame->picture->pts : frame->observation->pts;
  if (frame->observation)
    frame->difference = frame->observation->difference;
  free(frame->observation);
  frame->observation = NULL;
  return result;
}

static int follow(struct df_pipeline *p, struct df_frame *frame, struct df_error *err)
{
  int64_t pts = 0;
  int result = find_time(p, frame, &pts, err);
  if (result == 0)
    result = find_line(p, frame, pts, &frame->decided, err);
  if (result < 0)
    return result;
  frame->decided.n = frame->n;
  frame->decided.t = df_decide_seconds(p, pts); /* not of the part it was made of */
  if (p->task->kind == DF_TASK_RENDER &&
      df_fixes_exchange(&p->fixes, frame->decided.t + p->task->start))
    exchange(frame);
  df_decide_count_frame(p, &frame->decided);
  if (p->renderers.count > 0) /* who decode it again */
    df_picture_unref(&frame->picture);
  return p->tracks_writer ? df_tracks_write(p->tracks_writer, &frame->decided, err) : 0;
}

int df_stage_follow(struct df_pipeline *p, struct df_error *err)
{
  void *item;
  int result;
  while ((result = df_queue_pop(p->decoded, &item)) == 1) {
    struct df_frame *frame = item;
    result = follow(p, frame, err);
    if (result < 0) {
      df_frame_free(frame);
      break;
    }
    result = df_queue_push(p->decided, frame);
    if (result < 0)
      break;
  }
  for (int s = 0; s < DF_SEATS; s++)
    p->seat_person[s] = p->tracks_header.seat_person[s];
  return result;
}
