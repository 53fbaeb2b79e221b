/* Lines of a tracks file: each input is tried as a header and as a frame. */
#include <math.h>
#include <string.h>

#include "pipeline/tracks.h"
#include "target.h"

static void check_error(int result, const struct df_error *err)
{
  DF_PROMISE(result == DF_EINPUT || result == DF_ENOMEM);
  DF_PROMISE(err->code == result && err->text[0]);
}

static bool finite_box(struct df_box box)
{
  return isfinite(box.x) && isfinite(box.y) && isfinite(box.w) && isfinite(box.h);
}

static void check_header(const struct df_tracks_header *header)
{
  DF_PROMISE(header->width > 0 && header->height > 0);
  DF_PROMISE(header->time_base.num > 0 && header->time_base.den > 0);
  DF_PROMISE(memchr(header->input, '\0', sizeof header->input));
}

static void check_frame(const struct df_tracks_frame *frame)
{
  DF_PROMISE(isfinite(frame->t));
  DF_PROMISE(frame->face_count <= DF_FACES_MAX);
  for (size_t i = 0; i < frame->face_count; i++) {
    DF_PROMISE(finite_box(frame->faces[i].face.box) && isfinite(frame->faces[i].face.score));
    for (int p = 0; p < DF_FACE_POINTS; p++)
      DF_PROMISE(
          isfinite(frame->faces[i].face.points[p].x) && isfinite(frame->faces[i].face.points[p].y));
  }
  for (int seat = 0; seat < DF_SEATS; seat++) {
    const struct df_tracks_seat *at = &frame->seats[seat];
    DF_PROMISE((unsigned)at->shot.state < DF_WINDOW_STATES);
    DF_PROMISE(finite_box(at->shot.window));
    bool shows = at->shot.state != DF_WINDOW_BLACK && at->shot.state != DF_WINDOW_FROZEN;
    DF_PROMISE(!shows || !df_box_empty(at->shot.window));
    DF_PROMISE(!at->seen || finite_box(at->face));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *line = (const char *)data;
  struct df_tracks_header header;
  struct df_error header_err = {0}, frame_err = {0};
  int result = df_tracks_parse_header(line, size, &header, &header_err);
  if (result == 0)
    check_header(&header);
  else
    check_error(result, &header_err);

  struct df_tracks_frame *frame = malloc(sizeof *frame);
  DF_PROMISE(frame);
  result = df_tracks_parse_frame(line, size, frame, &frame_err);
  if (result == 0)
    check_frame(frame);
  else
    check_error(result, &frame_err);
  free(frame);
  return 0;
}
