/* The photos that say who sits where: looked at before the first frame, and accounted for after the last. */
#ifndef DF_PIPELINE_PHOTOS_H
#define DF_PIPELINE_PHOTOS_H

#include "pipeline/stages.h"

/**
 * Names the seats for which the task gives a photo. DF_EINPUT for a photo that is of no use (models.h), or when both
 * show one person.
 */
int df_photos_name_seats(struct df_pipeline *p, struct df_embedder *embedder,
    struct df_decider *decider, struct df_error *err);

/** After the last frame, when p->result has who was found: warns of photos of people who were not seen. */
void df_photos_check_people(const struct df_pipeline *p);

#endif
