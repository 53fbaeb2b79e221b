/*
 * What a person looks like: a few embeddings, as different from each other and as good as could be had.
 * Internal to person/. Pure; a plain value, zero is empty.
 */
#ifndef DF_PERSON_GALLERY_H
#define DF_PERSON_GALLERY_H

#include <stdbool.h>

#include "base/embedding.h"

enum { DF_EXEMPLARS = 8 };

struct df_exemplar {
  struct df_embedding embedding;
  float quality; /* 0..1 */
  bool pinned;   /* from a photo: never replaced */
};

struct df_gallery {
  int count;
  struct df_exemplar exemplars[DF_EXEMPLARS];
};

/**
 * How alike a face is to the person: mean cosine with the two nearest exemplars, a little less where those
 * are poor; -1 for none.
 */
float df_gallery_match(const struct df_gallery *gallery, const struct df_embedding *embedding);

/**
 * Adds an embedding, surely this person's. A near copy of an exemplar only replaces it when better; a full
 * gallery drops what it can best do without, which may be the newcomer.
 */
void df_gallery_add(
    struct df_gallery *gallery, const struct df_embedding *embedding, float quality, bool pinned);

/** How alike two people are: mean cosine of the three nearest pairs of exemplars; -1 where one has none. */
float df_gallery_likeness(const struct df_gallery *a, const struct df_gallery *b);

/** Adds all exemplars of `from`. */
void df_gallery_merge(struct df_gallery *gallery, const struct df_gallery *from);

#endif
