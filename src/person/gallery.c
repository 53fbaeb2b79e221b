/* Exemplars of one person; whether an embedding is the person's was decided before it comes here. */
#include "person/gallery.h"

#include <assert.h>

/* From this cosine on two embeddings show the same view. */
static const float same_view = 0.9f;

enum { NEAREST = 3 };

/* Keeps the largest values seen so far, largest first. */
static void keep_largest(float largest[NEAREST], int keep, float value)
{
  for (int i = 0; i < keep; i++) {
    if (value <= largest[i])
      continue;
    float pushed = largest[i];
    largest[i] = value;
    value = pushed;
  }
}

/*
 * Blurred faces look like each other whoever they are, so a poor exemplar's cosine counts for less: by up
 * to this much.
 */
static const float poor_discount = 0.1f, good_quality = 0.5f;

static float nearness(const struct df_exemplar *exemplar, const struct df_embedding *embedding)
{
  float cosine = df_embedding_cosine(&exemplar->embedding, embedding);
  if (exemplar->quality >= good_quality)
    return cosine;
  return cosine - poor_discount * (1 - exemplar->quality / good_quality);
}

static float mean(const float *values, int count)
{
  float sum = 0;
  for (int i = 0; i < count; i++)
    sum += values[i];
  return sum / (float)count;
}

float df_gallery_match(const struct df_gallery *gallery, const struct df_embedding *embedding)
{
  float nearest[NEAREST] = {-1, -1, -1};
  for (int i = 0; i < gallery->count; i++)
    keep_largest(nearest, 2, nearness(&gallery->exemplars[i], embedding));
  return mean(nearest, gallery->count > 1 ? 2 : 1);
}

float df_gallery_likeness(const struct df_gallery *a, const struct df_gallery *b)
{
  float nearest[NEAREST] = {-1, -1, -1};
  for (int i = 0; i < a->count; i++)
    for (int j = 0; j < b->count; j++)
      keep_largest(nearest, NEAREST,
          df_embedding_cosine(&a->exemplars[i].embedding, &b->exemplars[j].embedding));
  int pairs = a->count * b->count;
  return mean(nearest, pairs > NEAREST ? NEAREST : pairs > 0 ? pairs : 1);
}

/* How little would be missed without exemplar i: its nearest neighbour's cosine, less its quality. */
static float redundancy(const struct df_exemplar *exemplars, int count, int i)
{
  float nearest = -1;
  for (int j = 0; j < count; j++) {
    if (j == i)
      continue;
    float cosine = df_embedding_cosine(&exemplars[i].embedding, &exemplars[j].embedding);
    if (cosine > nearest)
      nearest = cosine;
  }
  return nearest - 0.5f * exemplars[i].quality;
}

/* Drops one of the exemplars and the newcomer, who stands last. */
static void replace_most_redundant(struct df_gallery *gallery, const struct df_exemplar *newcomer)
{
  struct df_exemplar all[DF_EXEMPLARS + 1];
  for (int i = 0; i < DF_EXEMPLARS; i++)
    all[i] = gallery->exemplars[i];
  all[DF_EXEMPLARS] = *newcomer;
  int worst = DF_EXEMPLARS;
  float most = redundancy(all, DF_EXEMPLARS + 1, DF_EXEMPLARS);
  for (int i = 0; i < DF_EXEMPLARS; i++) {
    if (all[i].pinned)
      continue;
    float value = redundancy(all, DF_EXEMPLARS + 1, i);
    if (value > most) {
      most = value;
      worst = i;
    }
  }
  if (worst < DF_EXEMPLARS)
    gallery->exemplars[worst] = *newcomer;
}

void df_gallery_add(
    struct df_gallery *gallery, const struct df_embedding *embedding, float quality, bool pinned)
{
  assert(embedding->dimensions > 0);
  struct df_exemplar newcomer = {.embedding = *embedding, .quality = quality, .pinned = pinned};
  for (int i = 0; i < gallery->count && !pinned; i++) {
    struct df_exemplar *e = &gallery->exemplars[i];
    if (df_embedding_cosine(&e->embedding, embedding) < same_view)
      continue;
    if (!e->pinned && quality > e->quality)
      *e = newcomer;
    return;
  }
  if (gallery->count < DF_EXEMPLARS)
    gallery->exemplars[gallery->count++] = newcomer;
  else
    replace_most_redundant(gallery, &newcomer);
}

void df_gallery_merge(struct df_gallery *gallery, const struct df_gallery *from)
{
  for (int i = 0; i < from->count; i++)
    df_gallery_add(gallery, &from->exemplars[i].embedding, from->exemplars[i].quality,
        from->exemplars[i].pinned);
}
