#include "compose/check.h"

static int check_place(
    const struct df_picture *picture, bool on_gpu, const char *what, struct df_error *err)
{
  if (on_gpu == (picture->device != NULL))
    return 0;
  return df_fail(
      err, DF_EUNSUPPORTED, "the %s composer %s memory only", on_gpu ? "GPU's" : "CPU", what);
}

static int check_out(const struct df_picture *out, bool on_gpu, struct df_error *err)
{
  struct df_format f = out->format;
  int result = check_place(out, on_gpu, on_gpu ? "draws into the GPU's" : "draws into host", err);
  if (result < 0)
    return result;
  if (!f.semi_planar || f.shift_x != 1 || f.shift_y != 1 ||
      !(f.depth == 8 || (f.depth == 10 && f.high_aligned)))
    return df_fail(err, DF_EUNSUPPORTED, "the composer draws NV12 and P010 only");
  if (out->width <= 0 || out->height <= 0 || out->width % 2 || out->height % 2)
    return df_fail(err, DF_EUNSUPPORTED,
        "the composer cannot draw a picture of %dx%d: sides must be even", out->width, out->height);
  return 0;
}

static int check_rect(struct df_rect r, const struct df_picture *out, struct df_error *err)
{
  bool inside = r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0 && r.w <= out->width - r.x &&
                r.h <= out->height - r.y;
  if (inside && r.x % 2 == 0 && r.y % 2 == 0 && r.w % 2 == 0 && r.h % 2 == 0)
    return 0;
  return df_fail(err, DF_EUSAGE,
      "a tile of %dx%d at %d,%d does not lie on even pixels inside the output of %dx%d", r.w, r.h,
      r.x, r.y, out->width, out->height);
}

static int check_picture(const struct df_picture *picture, bool on_gpu, struct df_error *err)
{
  struct df_format f = picture->format;
  int result = check_place(
      picture, on_gpu, on_gpu ? "reads pictures in the GPU's" : "reads pictures in host", err);
  if (result < 0)
    return result;
  if ((f.depth != 8 && f.depth != 10) || f.shift_x > 1 || f.shift_y > 1)
    return df_fail(err, DF_EUNSUPPORTED,
        "the composer reads 8 and 10 bit 4:2:0, 4:2:2 and 4:4:4 only, not depth %d with chroma "
        "shifts %d, %d",
        f.depth, f.shift_x, f.shift_y);
  if (picture->width <= 0 || picture->height <= 0)
    return df_fail(err, DF_EUNSUPPORTED, "the composer cannot read a picture of %dx%d",
        picture->width, picture->height);
  return 0;
}

int df_tiles_check(const struct df_tile *tiles, size_t count, const struct df_picture *out,
    bool on_gpu, struct df_error *err)
{
  int result = check_out(out, on_gpu, err);
  for (size_t i = 0; i < count && result == 0; i++) {
    result = check_rect(tiles[i].rect, out, err);
    if (result == 0 && tiles[i].picture)
      result = check_picture(tiles[i].picture, on_gpu, err);
  }
  return result;
}
