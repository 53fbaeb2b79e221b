#include "base/embedding.h"

#include <math.h>

void df_embedding_normalise(struct df_embedding *embedding)
{
  double sum = 0;
  for (int i = 0; i < embedding->dimensions; i++)
    sum += (double)embedding->values[i] * embedding->values[i];
  if (!isfinite(sum) || sum <= 0) {
    embedding->dimensions = 0;
    return;
  }
  float scale = (float)(1 / sqrt(sum));
  for (int i = 0; i < embedding->dimensions; i++)
    embedding->values[i] *= scale;
}

float df_embedding_cosine(const struct df_embedding *a, const struct df_embedding *b)
{
  if (a->dimensions != b->dimensions)
    return 0;
  double sum = 0;
  for (int i = 0; i < a->dimensions; i++)
    sum += (double)a->values[i] * b->values[i];
  return (float)sum;
}
