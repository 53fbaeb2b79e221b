/* Candidates that a GPU selects against df_yunet_decode on all cells. */
#include "gpu_test.h"

#include <math.h>
#include <stdlib.h>

#include "../support/pictures.h"
#include "vision/preprocess_cuda.h"
#include "vision/yunet.h"

enum { KINDS = 4, LIMIT = 32, BATCH_MAX = 3 };

static const int values_of[KINDS] = {1, 1, 4, 10};

/* Outputs of a batch, here and on the device. */
struct outputs {
  int batch, width, height;
  float *host[DF_YUNET_LEVELS][KINDS];
  df_gpu_memory device[DF_YUNET_LEVELS][KINDS];
};

static size_t cells_of(const struct outputs *o, int level)
{
  int stride = df_yunet_stride(level);
  return (size_t)(o->width / stride) * (size_t)(o->height / stride);
}

static size_t count_of(const struct outputs *o, int level, int kind)
{
  return (size_t)o->batch * cells_of(o, level) * (size_t)values_of[kind];
}

typedef float value_fn(struct random *r, int kind);

static void make_outputs(struct outputs *o, struct df_gpu *gpu, df_gpu_stream stream, value_fn *fn,
    struct random *r, int batch, int width, int height)
{
  *o = (struct outputs){.batch = batch, .width = width, .height = height};
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (int k = 0; k < KINDS; k++) {
      size_t count = count_of(o, l, k);
      o->host[l][k] = malloc(count * sizeof(float));
      for (size_t i = 0; i < count; i++)
        o->host[l][k][i] = fn(r, k);
      o->device[l][k] = allocate(gpu, count * sizeof(float));
      upload(gpu, o->device[l][k], o->host[l][k], count * sizeof(float), stream);
    }
}

static void finish_outputs(struct outputs *o, struct df_gpu *gpu)
{
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (int k = 0; k < KINDS; k++) {
      free(o->host[l][k]);
      df_gpu_free(gpu, &o->device[l][k]);
    }
}

/* Picture i's outputs as df_yunet_decode wants them. */
static void levels_of(
    const struct outputs *o, int i, struct df_yunet_level ret_levels[DF_YUNET_LEVELS])
{
  for (int l = 0; l < DF_YUNET_LEVELS; l++) {
    const float *at[KINDS];
    for (int k = 0; k < KINDS; k++)
      at[k] = o->host[l][k] + (size_t)i * cells_of(o, l) * (size_t)values_of[k];
    ret_levels[l] = (struct df_yunet_level){df_yunet_stride(l), at[0], at[1], at[2], at[3]};
  }
}

struct bench {
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_preprocessor *preprocessor;
  df_gpu_memory candidates;
  struct df_candidates *read; /* [BATCH_MAX] */
  struct df_face *work;       /* room for all cells */
};

static void set_up(struct bench *b)
{
  struct df_error err = {0};
  *b = (struct bench){.gpu = open_gpu()};
  b->stream = make_stream(b->gpu);
  if (df_preprocessor_create(b->gpu, &b->preprocessor, &err) < 0)
    fail_msg("%s", err.text);
  b->candidates = allocate(b->gpu, BATCH_MAX * sizeof *b->read);
  b->read = malloc(BATCH_MAX * sizeof *b->read);
  b->work = malloc(10000 * sizeof *b->work);
}

static void tear_down(struct bench *b)
{
  free(b->read);
  free(b->work);
  df_gpu_free(b->gpu, &b->candidates);
  df_preprocessor_destroy(&b->preprocessor);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  close_gpu(b->gpu);
}

static void select_candidates(struct bench *b, const struct outputs *o, float low_score)
{
  struct df_error err = {0};
  memset(b->read, 0x33, BATCH_MAX * sizeof *b->read);
  upload(b->gpu, b->candidates, b->read, BATCH_MAX * sizeof *b->read, b->stream);
  if (df_preprocessor_candidates(b->preprocessor, (const df_gpu_memory(*)[KINDS])o->device,
          o->batch, o->width, o->height, low_score, b->candidates, b->stream, &err) < 0)
    fail_msg("%s", err.text);
  download(b->gpu, b->read, b->candidates, BATCH_MAX * sizeof *b->read, b->stream);
}

/* Returns how many faces both found in picture i. */
static size_t compare_picture(
    struct bench *b, const struct outputs *o, int i, float low_score, float nms)
{
  struct df_yunet_level levels[DF_YUNET_LEVELS];
  struct df_face expected[LIMIT], faces[LIMIT], work[DF_CANDIDATES_MAX];
  levels_of(o, i, levels);
  size_t wanted =
      df_yunet_decode(levels, o->width, o->height, low_score, nms, b->work, expected, LIMIT);
  size_t count =
      df_candidates_decode(&b->read[i], o->width, o->height, low_score, nms, work, faces, LIMIT);
  assert_int_equal(count, wanted);
  if (count > 0)
    assert_memory_equal(faces, expected, count * sizeof faces[0]);
  return count;
}

/* Few faces; scores from a few values, so that many are equal, and some exactly at the limit. */
static float few_faces(struct random *r, int kind)
{
  if (kind > 1)
    return (float)random_real(r, -1.5, 1.5);
  return random_int(r, 0, 3) ? 0 : (float)random_int(r, 0, 8) / 8;
}

static float any_score(struct random *r, int kind)
{
  return (float)random_real(r, kind > 1 ? -1 : 0, 1.2);
}

/* Numbers that are none, above 1 or below 0, among few faces. */
static float broken_numbers(struct random *r, int kind)
{
  static const float odd[] = {NAN, INFINITY, -INFINITY, 200, -200, -0.0F};
  if (random_int(r, 0, 5) == 0)
    return odd[random_int(r, 0, 5)];
  return few_faces(r, kind);
}

static void they_give_the_faces_of_all_cells(void **state)
{
  (void)state;
  value_fn *const kinds[] = {few_faces, any_score, broken_numbers};
  const float low_scores[] = {0.5F, 0.25F, 0, 0.9F, 0.3F};
  struct bench b;
  struct random r = {31};
  size_t faces = 0;
  set_up(&b);
  for (int n = 0; n < 60; n++) {
    struct outputs o;
    make_outputs(&o, b.gpu, b.stream, kinds[n % 3], &r, random_int(&r, 1, BATCH_MAX),
        32 * random_int(&r, 1, 6), 32 * random_int(&r, 1, 5));
    float low_score = low_scores[n % 5];
    select_candidates(&b, &o, low_score);
    for (int i = 0; i < o.batch; i++)
      faces += compare_picture(&b, &o, i, low_score, n % 2 ? 0.3F : 0.6F);
    for (int i = o.batch; i < BATCH_MAX; i++)
      assert_int_equal(b.read[i].count, 0x33333333); /* nothing beyond the batch */
    finish_outputs(&o, b.gpu);
  }
  assert_true(faces > 200);
  tear_down(&b);
}

static int better_first(const void *a, const void *b)
{
  int x = *(const int *)a, y = *(const int *)b;
  return (x < y) - (x > y);
}

/* Takes the score from cells that find no place: all but the best DF_CANDIDATES_MAX, the first of equals. */
static void leave_the_best(const struct outputs *o, int i)
{
  struct df_yunet_level levels[DF_YUNET_LEVELS];
  int *scores = malloc(10000 * sizeof *scores), *sorted = malloc(10000 * sizeof *sorted);
  size_t count = 0;
  levels_of(o, i, levels);
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (size_t c = 0; c < cells_of(o, l); c++)
      scores[count++] =
          (int)roundf(sqrtf(fminf(levels[l].cls[c], 1) * fminf(levels[l].obj[c], 1)) * 1024);
  memcpy(sorted, scores, count * sizeof *scores);
  qsort(sorted, count, sizeof *sorted, better_first);
  int last = sorted[DF_CANDIDATES_MAX - 1], room = DF_CANDIDATES_MAX;
  for (size_t k = 0; k < count; k++)
    room -= scores[k] > last;
  count = 0;
  for (int l = 0; l < DF_YUNET_LEVELS; l++)
    for (size_t c = 0; c < cells_of(o, l); c++, count++)
      if (scores[count] < last || (scores[count] == last && room-- <= 0))
        o->host[l][0][(size_t)i * cells_of(o, l) + c] = 0;
  free(scores);
  free(sorted);
}

static void of_too_many_the_best_are_kept(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {32};
  set_up(&b);
  for (int n = 0; n < 4; n++) {
    struct outputs o;
    make_outputs(&o, b.gpu, b.stream, n % 2 ? few_faces : any_score, &r, 2, 640, 384);
    float low_score = 0.01F;
    if (n % 2) /* plateaus of equal scores */
      for (size_t i = 0; i < count_of(&o, 0, 0); i++)
        o.host[0][0][i] = o.host[0][1][i] = (float)random_int(&r, 1, 3) / 4;
    for (int k = 0; k < 2; k++)
      upload(b.gpu, o.device[0][k], o.host[0][k], count_of(&o, 0, k) * sizeof(float), b.stream);
    select_candidates(&b, &o, low_score);
    for (int i = 0; i < o.batch; i++) {
      assert_true(b.read[i].count > DF_CANDIDATES_MAX);
      leave_the_best(&o, i);
      assert_true(compare_picture(&b, &o, i, low_score, 0.3F) > 0);
    }
    finish_outputs(&o, b.gpu);
  }
  tear_down(&b);
}

static void a_second_batch_starts_to_count_anew(void **state)
{
  (void)state;
  struct bench b;
  struct random r = {33};
  struct outputs first, second;
  set_up(&b);
  make_outputs(&first, b.gpu, b.stream, any_score, &r, 2, 96, 64);
  make_outputs(&second, b.gpu, b.stream, few_faces, &r, 3, 192, 96);
  select_candidates(&b, &first, 0.1F);
  select_candidates(&b, &second, 0.1F); /* a larger one, in more memory */
  for (int i = 0; i < 3; i++)
    compare_picture(&b, &second, i, 0.1F, 0.3F);
  select_candidates(&b, &first, 0.1F);
  for (int i = 0; i < 2; i++)
    compare_picture(&b, &first, i, 0.1F, 0.3F);
  finish_outputs(&first, b.gpu);
  finish_outputs(&second, b.gpu);
  tear_down(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_give_the_faces_of_all_cells),
      cmocka_unit_test(of_too_many_the_best_are_kept),
      cmocka_unit_test(a_second_batch_starts_to_count_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
