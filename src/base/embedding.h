/* A face's embedding: a unit vector; the cosine of two says how alike they are. A plain value. */
#ifndef DF_BASE_EMBEDDING_H
#define DF_BASE_EMBEDDING_H

enum { DF_EMBEDDING_MAX = 512 };

struct df_embedding {
  int dimensions; /* 1..DF_EMBEDDING_MAX; 0: none could be made */
  float values[DF_EMBEDDING_MAX];
};

/** Scales to length 1; one of length 0 or with values that are not finite gets dimensions 0. */
void df_embedding_normalise(struct df_embedding *embedding);

/** Cosine of two unit vectors, -1..1; 0 when either is none or their dimensions differ. */
float df_embedding_cosine(const struct df_embedding *a, const struct df_embedding *b);

#endif
