/*
 * Lines, boxes and a small pixel font, drawn straight into NV12 or P010. Left is orange, right is blue,
 * everybody else is white. Clips everything; reads nothing but what it is given.
 */
#include "pipeline/overlay.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct ink {
  uint8_t y, u, v;
};

/* BT.709, limited range. */
static const struct ink white = {235, 128, 128}, black = {16, 128, 128};
static const struct ink seat_inks[DF_SEATS] = {{164, 42, 178}, {120, 190, 70}};

/* 3x5 dots a sign, rows from the top, the highest bit is the first dot. */
static const uint16_t digits[10] = {
    075557, 026227, 071747, 071717, 055711, 074717, 074757, 071111, 075757, 075717};
static const uint16_t letters[26] = {025755, 065656, 034443, 065556, 074647, 074644, 034553, 055755,
    072227, 011152, 055655, 044447, 057755, 075555, 025552, 065644, 025531, 065655, 034216, 072222,
    055557, 055552, 055775, 055255, 055222, 071247};

static uint16_t glyph(char sign)
{
  if (sign >= '0' && sign <= '9')
    return digits[sign - '0'];
  if (sign >= 'A' && sign <= 'Z')
    return letters[sign - 'A'];
  if (sign >= 'a' && sign <= 'z')
    return letters[sign - 'a'];
  return 0;
}

static void put(const struct df_picture *picture, int plane, int x, int y, int value)
{
  uint8_t *row = picture->planes[plane] + y * picture->strides[plane];
  if (picture->format.depth == 8)
    row[x] = (uint8_t)value;
  else
    ((uint16_t *)(void *)row)[x] = (uint16_t)(value << 8);
}

/* Fills whole pixels x0 <= x < x1, y0 <= y < y1, as far as they are in the picture. */
static void fill(const struct df_picture *picture, int x0, int y0, int x1, int y1, struct ink ink)
{
  x0 = x0 < 0 ? 0 : x0;
  y0 = y0 < 0 ? 0 : y0;
  x1 = x1 > picture->width ? picture->width : x1;
  y1 = y1 > picture->height ? picture->height : y1;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      put(picture, 0, x, y, ink.y);
  if (x1 <= x0 || y1 <= y0)
    return;
  for (int y = y0 / 2; y < (y1 + 1) / 2; y++)
    for (int x = x0 / 2; x < (x1 + 1) / 2; x++) {
      put(picture, 1, 2 * x, y, ink.u);
      put(picture, 1, 2 * x + 1, y, ink.v);
    }
}

struct edges {
  int x0, y0, x1, y1;
};

/* Anything may stand in an edited tracks file; far outside is as good as just outside. */
static int to_pixel(float value)
{
  return value > 16384 ? 16384 : value > -16384 ? (int)lrintf(value) : -16384;
}

static struct edges scaled(struct df_box box, float scale)
{
  return (struct edges){to_pixel(box.x * scale), to_pixel(box.y * scale),
      to_pixel((box.x + box.w) * scale), to_pixel((box.y + box.h) * scale)};
}

static void frame_box(const struct df_picture *picture, struct edges e, int thick, struct ink ink)
{
  fill(picture, e.x0, e.y0, e.x1, e.y0 + thick, ink);
  fill(picture, e.x0, e.y1 - thick, e.x1, e.y1, ink);
  fill(picture, e.x0, e.y0, e.x0 + thick, e.y1, ink);
  fill(picture, e.x1 - thick, e.y0, e.x1, e.y1, ink);
}

static void write_text(
    const struct df_picture *picture, int x, int y, int dot, const char *text, struct ink ink)
{
  int length = (int)strlen(text);
  fill(picture, x, y, x + (length * 4 + 1) * dot, y + 7 * dot, black);
  for (int i = 0; i < length; i++) {
    uint16_t dots = glyph(text[i]);
    for (int bit = 0; bit < 15; bit++) {
      int left = x + (i * 4 + 1 + bit % 3) * dot, top = y + (1 + bit / 3) * dot;
      if (dots >> (14 - bit) & 1)
        fill(picture, left, top, left + dot, top + dot, ink);
    }
  }
}

static struct ink ink_of(const struct df_tracks_frame *frame, int person)
{
  for (int s = 0; s < DF_SEATS; s++)
    if (person != DF_NOBODY && frame->seats[s].person == person)
      return seat_inks[s];
  return white;
}

static void draw_face(const struct df_picture *picture, const struct df_tracks_frame *frame,
    const struct df_tracks_face *face, float scale, int dot)
{
  struct ink ink = ink_of(frame, face->person);
  struct edges e = scaled(face->face.box, scale);
  char text[32], name[8] = "";
  if (face->person != DF_NOBODY)
    df_person_name(face->person, name);
  snprintf(text, sizeof text, "%s %d", name, face->track);
  frame_box(picture, e, dot, ink);
  for (int i = 0; i < DF_FACE_POINTS; i++) {
    int x = to_pixel(face->face.points[i].x * scale), y = to_pixel(face->face.points[i].y * scale);
    fill(picture, x - dot / 2, y - dot / 2, x + (dot + 1) / 2, y + (dot + 1) / 2, ink);
  }
  write_text(picture, e.x0, e.y0 - 8 * dot, dot, text, ink);
}

void df_overlay_draw(struct df_picture *picture, const struct df_tracks_frame *frame, float scale)
{
  int dot = picture->height / 360 + 1;
  for (size_t i = 0; i < frame->face_count; i++)
    draw_face(picture, frame, &frame->faces[i], scale, dot);
  for (enum df_seat s = 0; s < DF_SEATS; s++) {
    const struct df_shot_window *shot = &frame->seats[s].shot;
    struct edges e = scaled(shot->window, scale);
    char text[64];
    snprintf(text, sizeof text, "%s %s", df_seat_names[s], df_window_state_names[shot->state]);
    frame_box(picture, e, 2 * dot, seat_inks[s]);
    write_text(picture, e.x0 + 2 * dot, e.y1 - 9 * dot, dot, text, seat_inks[s]);
  }
  if (frame->cut)
    write_text(picture, dot, dot, 2 * dot, "CUT", white);
}

void df_overlay_number(struct df_picture *picture, int number, int seat)
{
  int dot = picture->height / 60 + 1;
  bool seated = seat >= 0 && seat < DF_SEATS;
  char text[32];
  snprintf(
      text, sizeof text, "%d%s%s", number, seated ? " " : "", seated ? df_seat_names[seat] : "");
  write_text(picture, 0, 0, dot, text, seated ? seat_inks[seat] : white);
}
