/*
 * A picture of the people who were found, each as seen best and with the number by which options know the person,
 * who was seen longest first. The pictures are decoded once more, since it is known only in the end which ones are
 * wanted.
 */
#ifndef DF_PIPELINE_PEOPLE_SHEET_H
#define DF_PIPELINE_PEOPLE_SHEET_H

#include "pipeline/stages.h"

/** Writes it for what the result says. DF_EINPUT when nobody was found or the input fails, DF_EOUTPUT, DF_ENOMEM. */
int df_people_sheet_write(struct df_pipeline *p, struct df_error *err);

#endif
