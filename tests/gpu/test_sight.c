/*
 * The promises of batcher.h, kept with kernels, real models and the library that tools/setup brings
 * (DF_TEST_DEPS): what is seen in a picture in the device's memory is what the CPU sees in the same one. On
 * the double, whose inference is the CPU's, to the bit; on a real card as near as its arithmetic allows.
 */
#include "gpu_test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/deps.h"
#include "../support/pictures.h"
#include "frame/device.h"
#include "vision/batcher.h"
#include "vision/embedder.h"

#define LIBRARY deps_path("onnxruntime/lib/libonnxruntime.so", (char[4096]){0})
#define MODELS deps_path("models/models.json", (char[4096]){0})

enum { VIDEOS = 3, PICTURES = 12, KINDS = 3 };

/* Low enough that noise has faces too. */
static const float low_score = 0.02F;

/* The library keeps a few bytes of its own for as long as the program lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
  return "leak:libonnxruntime";
}

struct fixture {
  char cache[64];
  struct df_runtime *runtime;
  struct df_manifest *manifest;
  const struct df_model *detector, *embedder;
  struct df_gpu *gpu;
  struct df_batcher *batcher;
  bool exact; /* the CPU infers on both sides */
  /* The CPU's side. */
  struct df_detector *host_detector;
  struct df_embedder *host_embedder;
  pthread_mutex_t lock; /* of both */
};

static void create_batcher(struct fixture *f)
{
  struct df_error err = {0};
  struct df_batcher_options options = {.gpu = f->gpu,
      .runtime = f->runtime,
      .detector = f->detector,
      .embedder = f->embedder,
      .low_score = low_score,
      .cache = f->cache};
  if (df_batcher_create(&options, &f->batcher, &err) < 0)
    fail_msg("%s", err.text);
  f->exact = strcmp(df_batcher_provider(f->batcher), "CPU") == 0;
}

static int init(void **state)
{
  static struct fixture f;
  struct df_error err = {0};
  const char *named = getenv("DUALFACE_ONNXRUNTIME");
  f = (struct fixture){.cache = "/tmp/df-sight-XXXXXX"};
  *state = &f;
  pthread_mutex_init(&f.lock, NULL);
  assert_non_null(mkdtemp(f.cache));
  assert_int_equal(df_manifest_load(MODELS, &f.manifest, &err), 0);
  f.detector = df_manifest_find(f.manifest, DF_TASK_DETECT, NULL, &err);
  f.embedder = df_manifest_find(f.manifest, DF_TASK_EMBED, NULL, &err);
  if (df_runtime_open(named && named[0] ? NULL : LIBRARY, &f.runtime, &err) < 0)
    fail_msg("%s", err.text);
  assert_int_equal(
      df_detector_create(f.runtime, f.detector, low_score, 1, &f.host_detector, &err), 0);
  assert_int_equal(df_embedder_create(f.runtime, f.embedder, 1, &f.host_embedder, &err), 0);
  f.gpu = open_gpu();
  return 0;
}

static int finish(void **state)
{
  struct fixture *f = *state;
  char command[100];
  df_batcher_destroy(&f->batcher);
  df_detector_destroy(&f->host_detector);
  df_embedder_destroy(&f->host_embedder);
  df_runtime_close(&f->runtime);
  df_manifest_destroy(&f->manifest);
  close_gpu(f->gpu);
  pthread_mutex_destroy(&f->lock);
  snprintf(command, sizeof command, "rm -rf %s", f->cache);
  return system(command);
}

/* One picture, here and in the device's memory. */
struct pair {
  struct test_picture host;
  struct df_picture device;
  df_gpu_memory memory;
};

static void make_pair(struct fixture *f, struct pair *pair, int width, int height, unsigned seed,
    df_gpu_stream stream)
{
  static struct df_device somewhere; /* that it is not the host is all that counts */
  test_picture_init(&pair->host, DF_FORMAT_NV12, width, height, 0, 0, false);
  fill_noise(&pair->host.picture, seed);
  const struct df_picture *host = &pair->host.picture;
  size_t stride = 1024, luma = stride * (size_t)height;
  pair->memory = allocate(f->gpu, luma * 2);
  pair->device = (struct df_picture){.references = 1,
      .device = &somewhere,
      .width = width,
      .height = height,
      .format = host->format,
      .colour = host->colour};
  for (int p = 0; p < 2; p++) {
    df_gpu_memory plane = pair->memory + (p ? luma : 0);
    pair->device.planes[p] = (uint8_t *)(uintptr_t)plane;
    pair->device.strides[p] = (ptrdiff_t)stride;
    struct df_gpu_rows from = {.host = host->planes[p], .stride = host->strides[p]};
    struct df_gpu_rows to = {.device = plane, .stride = (ptrdiff_t)stride};
    assert_int_equal(df_gpu_copy(f->gpu, &to, &from, (size_t)width,
                         (size_t)(p ? height / 2 : height), stream, NULL),
        0);
  }
}

static void drop_pair(struct fixture *f, struct pair *pair)
{
  df_gpu_free(f->gpu, &pair->memory);
  test_picture_finish(&pair->host);
}

static struct df_letterbox fit(struct fixture *f, int width, int height)
{
  return df_letterbox_fit((float)width, (float)height, 1, 1, f->detector->input.multiple, 160 * 96);
}

/* What the CPU sees in it. */
static void look(struct fixture *f, const struct df_picture *picture,
    const struct df_letterbox *letterbox, struct df_sight_result *ret_result)
{
  static float tensor[3 * 640 * 640];
  pthread_mutex_lock(&f->lock);
  df_sketch_cpu(picture, &ret_result->sketch);
  assert_int_equal(df_letterbox_cpu(picture, letterbox, &f->detector->input, tensor, NULL), 0);
  assert_int_equal(df_detector_run(f->host_detector, tensor, 1, letterbox, &ret_result->faces,
                       &ret_result->count, NULL),
      0);
  pthread_mutex_unlock(&f->lock);
}

/* On a card a doubtful face may be on the other side of the threshold: the best of each must agree. */
static void expect_same_sight(
    struct fixture *f, const struct df_sight_result *wanted, const struct df_sight_result *got)
{
  assert_memory_equal(&wanted->sketch, &got->sketch, sizeof wanted->sketch);
  if (f->exact) {
    assert_int_equal(got->count, wanted->count);
    assert_memory_equal(got->faces, wanted->faces, wanted->count * sizeof wanted->faces[0]);
  } else if (wanted->count > 0 && wanted->faces[0].score > 2 * low_score) {
    assert_true(got->count > 0);
    assert_true(df_box_iou(got->faces[0].box, wanted->faces[0].box) > 0.8F);
  }
}

static void pictures_of_many_videos_are_seen_as_the_cpu_sees_them(void **state)
{
  static struct pair pairs[VIDEOS][PICTURES];
  static const int sizes[VIDEOS][2] = {{640, 360}, {640, 360}, {360, 640}};
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_batcher_client *clients[VIDEOS] = {0};
  struct df_letterbox letterboxes[VIDEOS];
  df_gpu_stream streams[VIDEOS];
  size_t faces = 0;
  create_batcher(f);
  for (int v = 0; v < VIDEOS; v++) {
    streams[v] = make_stream(f->gpu);
    letterboxes[v] = fit(f, sizes[v][0], sizes[v][1]);
    assert_int_equal(
        df_batcher_join(f->batcher, streams[v], &letterboxes[v], PICTURES, 1, &clients[v], &err),
        0);
    for (int i = 0; i < PICTURES; i++)
      make_pair(f, &pairs[v][i], sizes[v][0], sizes[v][1], (unsigned)(100 * v + i), streams[v]);
  }
  for (int i = 0; i < PICTURES; i++)
    for (int v = 0; v < VIDEOS; v++)
      if (df_batcher_submit(clients[v], &pairs[v][i].device, &pairs[v][i], &err) < 0)
        fail_msg("%s", err.text);
  for (int v = 0; v < VIDEOS; v++) {
    for (int i = 0; i < PICTURES; i++) {
      static struct df_sight_result wanted, got;
      if (df_batcher_take(clients[v], &got, &err) != 1)
        fail_msg("%s", err.text);
      assert_ptr_equal(got.tag, &pairs[v][i]);
      look(f, &pairs[v][i].host.picture, &letterboxes[v], &wanted);
      expect_same_sight(f, &wanted, &got);
      faces += wanted.count;
      drop_pair(f, &pairs[v][i]);
    }
    df_batcher_leave(&clients[v]);
    df_gpu_stream_destroy(f->gpu, &streams[v]);
  }
  assert_true(faces > 0); /* or nothing was compared */
}

static void faces_are_embedded_as_the_cpu_embeds_them(void **state)
{
  static float tensor[3 * 112 * 112];
  static const float matrix[6] = {1.5F, -0.4F, 200.25F, 0.4F, 1.5F, 60.5F};
  struct fixture *f = *state;
  struct df_error err = {0};
  struct pair pair;
  struct df_batcher_client *client = NULL;
  struct df_letterbox letterbox = fit(f, 640, 360);
  df_gpu_stream stream = make_stream(f->gpu);
  create_batcher(f);
  make_pair(f, &pair, 640, 360, 5, stream);
  assert_int_equal(df_batcher_join(f->batcher, stream, &letterbox, 1, 1, &client, &err), 0);
  struct df_embedding got, wanted;
  float sharpness = 0;
  if (df_batcher_embed(client, &pair.device, matrix, &got, &sharpness, &err) < 0)
    fail_msg("%s", err.text);
  const struct df_model_input *input = &f->embedder->input;
  assert_int_equal(df_align_cpu(&pair.host.picture, matrix, input, tensor, &err), 0);
  assert_int_equal(df_embedder_run(f->host_embedder, tensor, &wanted, &err), 0);
  if (f->exact)
    assert_memory_equal(got.values, wanted.values, (size_t)wanted.dimensions * sizeof(float));
  assert_true(df_embedding_cosine(&got, &wanted) > 0.999F);
  float expected = df_tensor_sharpness(input, tensor);
  assert_true(fabsf(sharpness - expected) <= 1e-3F * expected);
  df_batcher_leave(&client);
  drop_pair(f, &pair);
  df_gpu_stream_destroy(f->gpu, &stream);
}

static void the_best_batch_is_measured_once_and_kept(void **state)
{
  struct fixture *f = *state;
  char path[100];
  create_batcher(f);
  df_batcher_destroy(&f->batcher);
  snprintf(path, sizeof path, "ls %s/batches/*.batch | wc -l | grep -qx 1", f->cache);
  assert_int_equal(system(path), 0);
  long long launches = df_gpu_counters(f->gpu)->bytes_down;
  create_batcher(f);
  long long again = df_gpu_counters(f->gpu)->bytes_down - launches;
  /* Trying the model is one small picture; measuring would be dozens of large ones. */
  assert_true(again < 1000000);
}

static void nothing_is_allocated_after_the_first_pictures(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct pair pair;
  struct df_batcher_client *client = NULL;
  struct df_letterbox letterbox = fit(f, 640, 360);
  static struct df_sight_result result;
  df_gpu_stream stream = make_stream(f->gpu);
  create_batcher(f);
  make_pair(f, &pair, 640, 360, 5, stream);
  assert_int_equal(df_batcher_join(f->batcher, stream, &letterbox, 4, 1, &client, &err), 0);
  long long allocations = 0;
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < 4; i++)
      assert_int_equal(df_batcher_submit(client, &pair.device, NULL, &err), 0);
    for (int i = 0; i < 4; i++)
      assert_int_equal(df_batcher_take(client, &result, &err), 1);
    if (round > 1)
      assert_int_equal(df_gpu_counters(f->gpu)->allocations, allocations);
    allocations = df_gpu_counters(f->gpu)->allocations;
  }
  df_batcher_leave(&client);
  drop_pair(f, &pair);
  df_gpu_stream_destroy(f->gpu, &stream);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, finish)

int main(void)
{
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  const struct CMUnitTest tests[] = {
      TEST(pictures_of_many_videos_are_seen_as_the_cpu_sees_them),
      TEST(faces_are_embedded_as_the_cpu_embeds_them),
      TEST(the_best_batch_is_measured_once_and_kept),
      TEST(nothing_is_allocated_after_the_first_pictures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
