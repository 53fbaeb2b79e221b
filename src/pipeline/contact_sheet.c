/* Collects small RGB copies of composed pictures and lays them on one picture, row by row in time order. */
#include "pipeline/contact_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "media/still.h"

enum { COLUMNS = 4, SLOTS = DF_CONTACT_SHEET_MOST, LONG_SIDE = 480, GAP = 4 };

struct df_contact_sheet {
  int width, height; /* of one copy */
  int64_t spacing;   /* every so manieth picture is kept */
  int count;
  unsigned char *copies[SLOTS];
};

struct df_contact_sheet *df_contact_sheet_create(int width, int height)
{
  struct df_contact_sheet *sheet = calloc(1, sizeof *sheet);
  if (!sheet)
    return NULL;
  int longer = width > height ? width : height;
  sheet->width = width * LONG_SIDE / longer;
  sheet->height = height * LONG_SIDE / longer;
  if (sheet->width < 1)
    sheet->width = 1;
  if (sheet->height < 1)
    sheet->height = 1;
  sheet->spacing = 1;
  return sheet;
}

void df_contact_sheet_destroy(struct df_contact_sheet **sheet)
{
  if (!*sheet)
    return;
  for (int i = 0; i < SLOTS; i++)
    free((*sheet)->copies[i]);
  free(*sheet);
  *sheet = NULL;
}

/* Keeps the copies at even places only. */
static void thin_out(struct df_contact_sheet *sheet)
{
  for (int i = 0; i < SLOTS; i++) {
    if (i % 2)
      free(sheet->copies[i]);
    else
      sheet->copies[i / 2] = sheet->copies[i];
    if (i >= SLOTS / 2)
      sheet->copies[i] = NULL;
  }
  sheet->count = SLOTS / 2;
  sheet->spacing *= 2;
}

bool df_contact_sheet_wants(const struct df_contact_sheet *sheet, int64_t n)
{
  return n % sheet->spacing == 0;
}

int df_contact_sheet_add(struct df_contact_sheet *sheet, int64_t n,
    const struct df_picture *picture, struct df_error *err)
{
  if (n % sheet->spacing)
    return 0;
  if (sheet->count == SLOTS)
    thin_out(sheet);
  if (n % sheet->spacing)
    return 0;
  unsigned char *copy = malloc((size_t)sheet->width * (size_t)sheet->height * 3);
  if (!copy)
    return df_fail(err, DF_ENOMEM, "out of memory");
  sheet->copies[sheet->count++] = copy;
  return df_still_to_rgb(picture, sheet->width, sheet->height, copy, err);
}

static void paste(const struct df_contact_sheet *sheet, int i, unsigned char *rgb, size_t stride)
{
  size_t x = (size_t)(i % COLUMNS) * (size_t)(sheet->width + GAP);
  size_t y = (size_t)(i / COLUMNS) * (size_t)(sheet->height + GAP);
  size_t row_bytes = (size_t)sheet->width * 3;
  for (size_t row = 0; row < (size_t)sheet->height; row++)
    memcpy(rgb + (y + row) * stride + x * 3, sheet->copies[i] + row * row_bytes, row_bytes);
}

int df_contact_sheet_write(
    const struct df_contact_sheet *sheet, const char *path, struct df_error *err)
{
  int columns = sheet->count < COLUMNS ? sheet->count : COLUMNS;
  int rows = (sheet->count + COLUMNS - 1) / COLUMNS;
  if (sheet->count == 0)
    return df_fail(err, DF_EOUTPUT, "no picture for the contact sheet %s", path);
  int width = columns * (sheet->width + GAP) - GAP, height = rows * (sheet->height + GAP) - GAP;
  unsigned char *rgb = calloc((size_t)width * (size_t)height, 3);
  if (!rgb)
    return df_fail(err, DF_ENOMEM, "out of memory");
  for (int i = 0; i < sheet->count; i++)
    paste(sheet, i, rgb, (size_t)width * 3);
  int result = df_still_write_png(path, rgb, width, height, err);
  free(rgb);
  return result;
}
