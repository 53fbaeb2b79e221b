/*
 * Draws each decided frame: the split screen, and for the debug video the whole picture with an overlay.
 * Where frames live is the device's business.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/decide.h"
#include "pipeline/overlay.h"
#include "pipeline/stages.h"

/* What a frozen seat goes on showing. */
struct shown {
  struct df_picture *picture;
  struct df_box window;
  bool lost; /* it was not decoded */
};

struct compose {
  struct df_pipeline *p;
  struct shown shown[DF_SEATS];
};

/* The picture and window of a seat at this frame; a frozen one shows the last that was not. */
static struct df_tile tile_of(struct compose *c, enum df_seat s, const struct df_frame *frame)
{
  struct df_pipeline *p = c->p;
  const struct df_shot_window *shot = &frame->decided.seats[s].shot;
  struct shown *shown = &c->shown[s];
  struct df_tile tile = {
      .display_x = p->video->display_x,
      .display_y = p->video->display_y,
      .fit = p->task->fit,
      .rect = p->task->layout.tiles[s],
  };
  if (shot->state == DF_WINDOW_BLACK)
    return tile;
  if (shot->state != DF_WINDOW_FROZEN) {
    df_picture_unref(&shown->picture);
    shown->picture = frame->picture ? df_picture_ref(frame->picture) : NULL;
    shown->lost = !frame->picture;
    shown->window = shot->window;
  }
  tile.picture = shown->picture;
  tile.window = shown->window;
  return tile;
}

static int take_picture(struct df_pipeline *p, int sink, const struct df_frame *frame,
    struct df_composed **ret_composed, struct df_error *err)
{
  int result = df_composed_create(&p->sinks[sink], ret_composed, err);
  if (result < 0)
    return result;
  struct df_picture *out = (*ret_composed)->picture;
  out->pts = frame->picture->pts;
  out->duration = frame->picture->duration;
  out->colour = p->video->colour;
  out->colour.chroma_location = 1;
  return 0;
}

static int show_to_sheet(
    struct df_pipeline *p, struct df_composed *composed, int64_t n, struct df_error *err)
{
  struct df_picture *host = NULL;
  if (!p->contact_sheet || !df_contact_sheet_wants(p->contact_sheet, n))
    return 0;
  int result = df_composed_fetch(&p->sinks[DF_SINK_MAIN], composed, &host, err);
  return result < 0 ? result : df_contact_sheet_add(p->contact_sheet, n, host, err);
}

static int draw_split(struct compose *c, const struct df_frame *frame, struct df_error *err)
{
  struct df_pipeline *p = c->p;
  struct df_device *device = df_pipeline_device(p);
  struct df_tile tiles[DF_SEATS];
  for (enum df_seat s = 0; s < DF_SEATS; s++)
    tiles[s] = tile_of(c, s, frame);
  if (frame->n < p->segments.first) /* it is done */
    return 0;
  for (enum df_seat s = 0; s < DF_SEATS; s++)
    if (frame->decided.seats[s].shot.state == DF_WINDOW_FROZEN && c->shown[s].lost)
      return df_segments_misfit(p, "a still that is shown lies further back", err);
  struct df_composed *out = NULL;
  int result = take_picture(p, DF_SINK_MAIN, frame, &out, err);
  if (result < 0)
    return result;
  result = df_fault_check(DF_FAULT_AT_COMPOSE, p->task->input, DF_ELIBRARY, err);
  if (result == 0)
    result = device->operations->compose(device, tiles, DF_SEATS, out->picture, err);
  if (result == 0)
    result = show_to_sheet(p, out, frame->n, err);
  if (result < 0) {
    df_composed_free(out);
    return result;
  }
  return df_sink_push(&p->sinks[DF_SINK_MAIN], out, err);
}

static int draw_debug(struct compose *c, const struct df_frame *frame, struct df_error *err)
{
  struct df_pipeline *p = c->p;
  struct df_device *device = df_pipeline_device(p);
  struct df_composed *out = NULL;
  int result = take_picture(p, DF_SINK_DEBUG, frame, &out, err);
  if (result < 0)
    return result;
  struct df_tile whole = {
      .picture = frame->picture,
      .window = {0, 0, (float)p->video->display_width, (float)p->video->display_height},
      .display_x = p->video->display_x,
      .display_y = p->video->display_y,
      .fit = DF_FIT_STRETCH,
      .rect = {0, 0, out->picture->width, out->picture->height},
  };
  struct df_picture *host = NULL;
  result = device->operations->compose(device, &whole, 1, out->picture, err);
  if (result == 0)
    result = df_composed_fetch(&p->sinks[DF_SINK_DEBUG], out, &host, err);
  if (result < 0) {
    df_composed_free(out);
    return result;
  }
  df_overlay_draw(host, &frame->decided, (float)host->width / (float)p->video->display_width);
  return df_sink_push(&p->sinks[DF_SINK_DEBUG], out, err);
}

/* Nothing is drawn before it can be handed on: composed pictures that wait are memory. */
static int wait_room(struct df_pipeline *p)
{
  int result = 0;
  for (int s = 0; s < DF_SINKS && result == 0; s++)
    if (df_sink_wanted(&p->sinks[s]))
      result = df_queue_wait_room(p->sinks[s].queue);
  return result;
}

/* In the midst of a video a seat may go on showing what was before. */
static void begin_stills(struct compose *c)
{
  for (int s = 0; s < DF_SEATS; s++) {
    struct df_picture *still = c->p->stills[s];
    if (still)
      c->shown[s] = (struct shown){df_picture_ref(still), c->p->plan->stills[s].window, false};
  }
}

int df_stage_compose(struct df_pipeline *p, struct df_error *err)
{
  struct compose c = {.p = p};
  void *item;
  int result;
  begin_stills(&c);
  while ((result = wait_room(p)) == 0 && (result = df_queue_pop(p->decided, &item)) == 1) {
    struct df_frame *frame = item;
    result = draw_split(&c, frame, err);
    if (result == 0 && df_sink_wanted(&p->sinks[DF_SINK_DEBUG]))
      result = draw_debug(&c, frame, err);
    if (result == 0)
      df_decide_progress(p, &frame->decided);
    df_frame_free(frame);
    if (result < 0)
      break;
  }
  for (int s = 0; s < DF_SEATS; s++)
    df_picture_unref(&c.shown[s].picture);
  return result;
}
