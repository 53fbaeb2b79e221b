/*
 * The named layouts: a size and how it is halved. Never allocates, never looks at a picture; the
 * numbers come from the command line and go to the camera (tile shapes), the composer and the
 * encoder.
 */
#include "compose/layout.h"

#include <stddef.h>
#include <string.h>

enum { SIDE_MIN = 64, SIDE_MAX = 8192 };

const char *const df_layout_names[] = {"side-by-side", "stacked", NULL};

struct kind {
  int width, height; /* unless told otherwise */
  int stacked;
};

/* in the order of df_layout_names */
static const struct kind kinds[] = {{1920, 1080, 0}, {1080, 1920, 1}};

static const struct kind *find_kind(const char *name)
{
  for (size_t i = 0; df_layout_names[i]; i++)
    if (strcmp(name, df_layout_names[i]) == 0)
      return &kinds[i];
  return NULL;
}

static int check_side(const char *what, int side, struct df_error *err)
{
  if (side >= SIDE_MIN && side <= SIDE_MAX && side % 2 == 0)
    return 0;
  return df_fail(err, DF_EUSAGE, "output %s %d is not an even number from %d to %d", what, side,
      SIDE_MIN, SIDE_MAX);
}

/* The first of two even parts of an even side, the larger one where they differ. */
static int first_half(int side)
{
  return (side / 2 + 1) / 2 * 2;
}

int df_layout_init(
    struct df_layout *ret_layout, const char *name, int width, int height, struct df_error *err)
{
  const struct kind *kind = find_kind(name);
  if (!kind)
    return df_fail(err, DF_EUSAGE, "unknown layout '%s'; known are %s and %s", name,
        df_layout_names[0], df_layout_names[1]);
  int w = width == 0 ? kind->width : width, h = height == 0 ? kind->height : height;
  int result = check_side("width", w, err);
  if (result == 0)
    result = check_side("height", h, err);
  if (result < 0)
    return result;

  struct df_layout layout = {.width = w, .height = h};
  if (kind->stacked) {
    int top = first_half(h);
    layout.tiles[DF_LEFT] = (struct df_rect){0, 0, w, top};
    layout.tiles[DF_RIGHT] = (struct df_rect){0, top, w, h - top};
  } else {
    int left = first_half(w);
    layout.tiles[DF_LEFT] = (struct df_rect){0, 0, left, h};
    layout.tiles[DF_RIGHT] = (struct df_rect){left, 0, w - left, h};
  }
  *ret_layout = layout;
  return 0;
}
