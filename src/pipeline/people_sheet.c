#include "pipeline/people_sheet.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>

#include "pipeline/contact_sheet.h"
#include "pipeline/overlay.h"

/* Of one person's picture, even and as large as the sheet's copies. */
enum { WIDTH = 426, HEIGHT = 480 };
/* The face's height is this part of it. */
static const float face_share = 0.45f;

/* One picture of the input, by its time stamp, from a decoder of its own. */
struct reading {
  struct df_input *input;
  struct df_decoder *decoder;
  AVPacket *packet;
};

static int open_reading(
    const struct df_pipeline *p, int64_t pts, struct reading *r, struct df_error *err)
{
  const struct df_rational tb = p->video->time_base;
  struct df_input_options part = {
      .start = p->task->start,
      .duration = p->task->duration,
      .entry = av_rescale_q(pts, (AVRational){tb.num, tb.den}, AV_TIME_BASE_Q),
  };
  struct df_decoder_options options = {.threads = p->task->threads};
  r->packet = av_packet_alloc();
  int result = r->packet ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
  if (result == 0)
    result = df_input_open(p->task->input, &part, NULL, &r->input, err);
  if (result == 0)
    result = df_decoder_create(r->input, &options, NULL, &r->decoder, err);
  return result;
}

static void close_reading(struct reading *r)
{
  df_decoder_destroy(&r->decoder);
  df_input_close(&r->input);
  av_packet_free(&r->packet);
}

/* Keeps the newest picture up to the wanted one; 1 when that is reached. */
static int take_pictures(
    struct reading *r, int64_t pts, struct df_picture **picture, struct df_error *err)
{
  struct df_picture *next = NULL;
  int result;
  while ((result = df_decoder_receive(r->decoder, &next, err)) == 1) {
    if (next->pts > pts && *picture) {
      df_picture_unref(&next);
      return 1;
    }
    df_picture_unref(picture);
    *picture = next;
    next = NULL;
    if ((*picture)->pts >= pts)
      return 1;
  }
  return result;
}

static int read_picture(
    struct reading *r, int64_t pts, struct df_picture **ret_picture, struct df_error *err)
{
  int video = df_input_video_stream(r->input)->index, result;
  while ((result = df_input_read(r->input, r->packet, err)) == 1) {
    result = r->packet->stream_index == video ? df_decoder_send(r->decoder, r->packet, err) : 0;
    av_packet_unref(r->packet);
    if (result == 0)
      result = take_pictures(r, pts, ret_picture, err);
    if (result != 0)
      return result;
  }
  if (result == 0)
    result = df_decoder_send(r->decoder, NULL, err);
  return result == 0 ? take_pictures(r, pts, ret_picture, err) : result;
}

/* The part of the picture with the face in its middle, moved into the picture where it can be. */
static struct df_box window_of(const struct df_pipeline *p, struct df_box face)
{
  float width = (float)p->video->display_width, height = (float)p->video->display_height;
  float h = fminf(face.h / face_share, height), w = h * WIDTH / HEIGHT;
  struct df_point centre = df_box_centre(face);
  if (w > width) {
    w = width;
    h = w * HEIGHT / WIDTH;
  }
  return (struct df_box){fmaxf(0, fminf(centre.x - w / 2, width - w)),
      fmaxf(0, fminf(centre.y - h / 2, height - h)), w, h};
}

static int draw(struct df_pipeline *p, const struct df_found *found,
    const struct df_picture *picture, struct df_picture *out, struct df_error *err)
{
  struct df_tile tile = {
      .picture = picture,
      .window = window_of(p, found->view),
      .display_x = p->video->display_x,
      .display_y = p->video->display_y,
      .fit = DF_FIT_COVER,
      .rect = {0, 0, WIDTH, HEIGHT},
  };
  out->colour = p->video->colour;
  out->colour.chroma_location = 1;
  int result = p->device->operations->compose(p->device, &tile, 1, out, err);
  if (result == 0)
    df_overlay_number(out, found->person + 1, found->seat);
  return result;
}

static int add_person(struct df_pipeline *p, const struct df_found *found, int64_t place,
    struct df_contact_sheet *sheet, struct df_picture *out, struct df_error *err)
{
  struct reading r = {0};
  struct df_picture *picture = NULL;
  int result = open_reading(p, found->view_pts, &r, err);
  if (result == 0)
    result = read_picture(&r, found->view_pts, &picture, err);
  if (result >= 0)
    result = draw(p, found, picture, out, err);
  if (result == 0)
    result = df_contact_sheet_add(sheet, place, out, err);
  df_picture_unref(&picture);
  close_reading(&r);
  return result;
}

static int check_anybody(const struct df_pipeline *p, struct df_error *err)
{
  if (p->result->found_count == 0)
    return df_fail(
        err, DF_EINPUT, "nobody was found in %s, so there is nobody to show", p->task->input);
  if (p->result->found_count > DF_CONTACT_SHEET_MOST)
    df_log_say(p->log, DF_LOG_NOTE, "%s shows the %d people who were seen longest, of %zu",
        p->task->people_sheet, DF_CONTACT_SHEET_MOST, p->result->found_count);
  return 0;
}

int df_people_sheet_write(struct df_pipeline *p, struct df_error *err)
{
  int result = check_anybody(p, err);
  if (result < 0)
    return result;
  struct df_contact_sheet *sheet = df_contact_sheet_create(WIDTH, HEIGHT);
  struct df_pool *pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  struct df_picture *out = pool ? df_pool_take(pool) : NULL;
  if (!sheet || !out)
    result = df_fail(err, DF_ENOMEM, "out of memory");
  for (size_t i = 0; i < p->result->found_count && i < DF_CONTACT_SHEET_MOST && result == 0; i++)
    result = add_person(p, &p->result->found[i], (int64_t)i, sheet, out, err);
  if (result == 0)
    result = df_contact_sheet_write(sheet, p->task->people_sheet, err);
  df_picture_unref(&out);
  df_pool_destroy(&pool);
  df_contact_sheet_destroy(&sheet);
  return result;
}
