/*
 * A contact sheet: small copies of pictures of the whole video, evenly spaced, on one PNG. The length of the
 * video need not be known: when the sheet is full every second picture goes and the spacing doubles.
 */
#ifndef DF_PIPELINE_CONTACT_SHEET_H
#define DF_PIPELINE_CONTACT_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "frame/picture.h"

enum { DF_CONTACT_SHEET_MOST = 24 /* pictures on it */ };

struct df_contact_sheet;

/** For pictures of width x height. NULL when memory runs out. */
struct df_contact_sheet *df_contact_sheet_create(int width, int height);
void df_contact_sheet_destroy(struct df_contact_sheet **sheet);

/** Whether picture `n`, the next one, would be copied; one that would not need not be shown. */
bool df_contact_sheet_wants(const struct df_contact_sheet *sheet, int64_t n);

/** Shows picture `n` (in order, none that is wanted left out) to the sheet, which copies it or not. */
int df_contact_sheet_add(struct df_contact_sheet *sheet, int64_t n,
    const struct df_picture *picture, struct df_error *err);

/** Writes the sheet as PNG. DF_EOUTPUT. */
int df_contact_sheet_write(
    const struct df_contact_sheet *sheet, const char *path, struct df_error *err);

#endif
