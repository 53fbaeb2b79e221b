#include "compose/blur.h"

enum { SHORT_SIDE = 20, LONG_SIDE_MOST = 160 };

static int even_within(int value, int most)
{
  int even = value & ~1, bound = most < LONG_SIDE_MOST ? most : LONG_SIDE_MOST;
  even = even > bound ? bound & ~1 : even;
  return even < 2 ? 2 : even;
}

struct df_rect df_blur_size(struct df_rect rect)
{
  int shorter = rect.w < rect.h ? rect.w : rect.h;
  return (struct df_rect){
      .w = even_within((int)((int64_t)rect.w * SHORT_SIDE / shorter), rect.w),
      .h = even_within((int)((int64_t)rect.h * SHORT_SIDE / shorter), rect.h),
  };
}

struct df_tile df_blur_small(const struct df_tile *tile)
{
  struct df_tile small = *tile;
  small.blurred = false;
  small.fit = tile->fit == DF_FIT_STRETCH ? DF_FIT_STRETCH : DF_FIT_COVER;
  small.rect = df_blur_size(tile->rect);
  return small;
}

struct df_tile df_blur_large(const struct df_tile *tile, const struct df_picture *small)
{
  return (struct df_tile){
      .picture = small,
      .window = {0, 0, (float)small->width, (float)small->height},
      .display_x = 1,
      .display_y = 1,
      .fit = DF_FIT_STRETCH,
      .rect = tile->rect,
  };
}

void df_blur_describe(
    const struct df_tile *tile, const struct df_picture *out, struct df_picture *small)
{
  struct df_rect size = df_blur_size(tile->rect);
  small->device = out->device;
  small->width = size.w;
  small->height = size.h;
  small->format = out->format;
  small->colour = out->colour;
  small->colour.chroma_location = 1; /* as all that is composed */
}

int df_blur_black(const struct df_picture *picture, int plane)
{
  int black = plane > 0 ? 128 : picture->colour.full_range ? 0 : 16;
  return picture->format.depth == 8 ? black : 4 * black;
}

static int dimmed(int sample, int black)
{
  return black + ((3 * (sample - black)) >> 2);
}

void df_blur_dim(struct df_picture *small)
{
  for (int plane = 0; plane < 2; plane++) {
    int black = df_blur_black(small, plane), rows = plane > 0 ? small->height / 2 : small->height;
    for (int y = 0; y < rows; y++) {
      uint8_t *row = small->planes[plane] + y * small->strides[plane];
      uint16_t *wide = (uint16_t *)(void *)row;
      for (int x = 0; x < small->width; x++)
        if (small->format.depth == 8)
          row[x] = (uint8_t)dimmed(row[x], black);
        else
          wide[x] = (uint16_t)(dimmed(wide[x] >> 6, black) << 6);
    }
  }
}
