#include "eval/plot.h"

#include <math.h>
#include <string.h>

#include "eval/halves.h"

enum { GAP = 10, STRIPS = 4, STRIP = (DF_PLOT_HEIGHT - GAP) / STRIPS - GAP };

struct colour {
  unsigned char r, g, b;
};

static const struct colour paper = {245, 245, 245}, shot = {170, 170, 170}, wrong = {255, 150, 150},
                           face_seen = {0, 0, 0}, face_hidden = {190, 190, 190},
                           windows[DF_SEATS] = {{30, 90, 220}, {230, 120, 0}};

/* One strip: one half's positions along one axis. */
struct strip {
  unsigned char *rgb;
  const struct df_record *record;
  enum df_seat seat;
  bool upright; /* y, not x */
  int top;      /* the row where it begins */
};

static void put(const struct strip *s, int x, int y, struct colour c)
{
  if (x < 0 || x >= DF_PLOT_WIDTH || y < 0 || y >= STRIP)
    return;
  unsigned char *at = s->rgb + ((size_t)(s->top + y) * DF_PLOT_WIDTH + (size_t)x) * 3;
  at[0] = c.r;
  at[1] = c.g;
  at[2] = c.b;
}

static void draw_upright(const struct strip *s, int x, struct colour c)
{
  for (int y = 0; y < STRIP; y++)
    put(s, x, y, c);
}

/* Two rows thick. Both ends are near the strip, so that there are few steps. */
static void draw_line(const struct strip *s, struct df_point a, struct df_point b, struct colour c)
{
  float dx = b.x - a.x, dy = b.y - a.y;
  int steps = (int)ceilf(fmaxf(fabsf(dx), fabsf(dy))) + 1;
  for (int i = 0; i <= steps; i++) {
    float share = (float)i / (float)steps;
    int x = (int)lroundf(a.x + dx * share), y = (int)lroundf(a.y + dy * share);
    put(s, x, y, c);
    put(s, x, y + 1, c);
  }
}

static float column(const struct df_record *record, size_t i)
{
  double whole = record->frames[record->frame_count - 1].t;
  return whole > 0 ? (float)(record->frames[i].t / whole * (DF_PLOT_WIDTH - 1)) : 0;
}

/* Where a box of frame i is drawn; a little outside of the strip at most. */
static struct df_point place(const struct strip *s, size_t i, struct df_box box)
{
  struct df_point centre = df_box_centre(box);
  float share =
      s->upright ? centre.y / (float)s->record->height : centre.x / (float)s->record->width;
  return (struct df_point){
      column(s->record, i), fminf(fmaxf(share, -0.1f), 1.1f) * (float)(STRIP - 1)};
}

static void draw_marks(const struct strip *s)
{
  struct df_showing showing = {0};
  for (int y = 0; y < STRIP; y++)
    for (int x = 0; x < DF_PLOT_WIDTH; x++)
      put(s, x, y, paper);
  for (size_t i = 0; i < s->record->frame_count; i++) {
    const struct df_record_frame *frame = &s->record->frames[i];
    int from = (int)column(s->record, i),
        to = i + 1 < s->record->frame_count ? (int)column(s->record, i + 1) : from;
    struct df_shown shown = df_showing_next(&showing, frame, s->seat);
    if (df_half_is_wrong(s->record, &shown, s->seat))
      for (int x = from; x <= to; x++)
        draw_upright(s, x, wrong);
    if (frame->cut)
      draw_upright(s, from, shot);
  }
}

static void draw_faces(const struct strip *s)
{
  const struct df_true_face *before = NULL;
  for (size_t i = 0; i < s->record->frame_count; i++) {
    const struct df_record_frame *frame = &s->record->frames[i];
    const struct df_true_face *face = df_record_face(s->record, frame, s->record->seat_id[s->seat]);
    if (face) {
      struct df_point now = place(s, i, face->box);
      struct df_point from = before && !frame->cut ? place(s, i - 1, before->box) : now;
      draw_line(s, from, now, face->asked ? face_seen : face_hidden);
    }
    before = face;
  }
}

/* Lines are not broken at cuts: whether a window jumps there is what is to be seen. */
static void draw_windows(const struct strip *s)
{
  const struct df_half *before = NULL;
  for (size_t i = 0; i < s->record->frame_count; i++) {
    const struct df_half *half = &s->record->frames[i].halves[s->seat];
    bool live = half->state != DF_WINDOW_BLACK && half->state != DF_WINDOW_FROZEN &&
                half->state != DF_WINDOW_BLURRED;
    if (live) {
      struct df_point now = place(s, i, half->window);
      draw_line(s, before ? place(s, i - 1, before->window) : now, now, windows[s->seat]);
    }
    before = live ? half : NULL;
  }
}

void df_plot_draw(const struct df_record *record, unsigned char *rgb)
{
  memset(rgb, 255, (size_t)DF_PLOT_WIDTH * DF_PLOT_HEIGHT * 3);
  for (int i = 0; i < STRIPS; i++) {
    struct strip s = {rgb, record, i / 2 ? DF_RIGHT : DF_LEFT, i % 2 != 0, GAP + i * (STRIP + GAP)};
    draw_marks(&s);
    draw_faces(&s);
    draw_windows(&s);
  }
}
