/*
 * The promises of runtime.h, detector.h and embedder.h, kept with the real library and models that
 * tools/setup brings (support/deps.h). Whether faces are found on real pictures is for the
 * end-to-end tests; here it is errors, shapes and silence.
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/deps.h"
#include "vision/detector.h"
#include "vision/embedder.h"

static char library_path[4096], models_path[4096];
#define LIBRARY deps_path("onnxruntime/lib/libonnxruntime.so", library_path)
#define MODELS deps_path("models/models.json", models_path)

/* The library keeps a few bytes of its own for as long as the program lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
  return "leak:libonnxruntime";
}

struct fixture {
  struct df_runtime *runtime;
  struct df_manifest *manifest;
  struct df_model detector, embedder;
  FILE *captured; /* what was written to stderr since the start */
  int real_stderr;
};

static void write_bytes(const char *path, const void *bytes, size_t size)
{
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

/* A temporary file with these bytes; its path is valid until the next call. */
static const char *temporary(const void *bytes, size_t size)
{
  static char path[64];
  strcpy(path, "/tmp/test_inference_XXXXXX");
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  write_bytes(path, bytes, size);
  return path;
}

static void expect_no_library(const char *path, const char *word)
{
  struct df_runtime *runtime = NULL;
  struct df_error err = {0};
  assert_int_equal(df_runtime_open(path, &runtime, &err), DF_EMISSING);
  assert_null(runtime);
  if (!strstr(err.text, word))
    fail_msg("\"%s\" lacks \"%s\"", err.text, word);
}

static void a_library_that_is_not_there_or_not_it_is_missing(void **state)
{
  (void)state;
  expect_no_library("/nowhere/libonnxruntime.so", "/nowhere/libonnxruntime.so");
  expect_no_library("libm.so.6", "OrtGetApiBase");
  const char *text = temporary("not a library", 13);
  expect_no_library(text, text);
  unlink(text);
  setenv("DUALFACE_ONNXRUNTIME", "/nowhere/by-variable.so", 1);
  expect_no_library(NULL, "DUALFACE_ONNXRUNTIME");
  setenv("DUALFACE_ONNXRUNTIME", LIBRARY, 1);
  struct df_runtime *runtime = NULL;
  struct df_error err = {0};
  assert_int_equal(df_runtime_open(NULL, &runtime, &err), 0);
  assert_true(strncmp(df_runtime_version(runtime), "1.", 2) == 0);
  df_runtime_close(&runtime);
  assert_null(runtime);
  unsetenv("DUALFACE_ONNXRUNTIME");
}

static void expect_no_session(
    struct fixture *f, const char *path, const char *sum, int code, const char *word)
{
  struct df_session *session = NULL;
  struct df_error err = {0};
  assert_int_equal(df_session_create(f->runtime, path, sum, 1, &session, &err), code);
  assert_null(session);
  if (!strstr(err.text, word) || !strstr(err.text, path) || strchr(err.text, '\n'))
    fail_msg("\"%s\" lacks \"%s\" or \"%s\", or has more than one line", err.text, word, path);
}

static void a_model_that_is_missing_or_another_is_said_so(void **state)
{
  struct fixture *f = *state;
  char wrong[65];
  memset(wrong, 'a', 64);
  wrong[64] = '\0';
  expect_no_session(f, "/nowhere/model.onnx", "", DF_EMISSING, "tools/setup");
  expect_no_session(f, "/nowhere/model.onnx", wrong, DF_EMISSING, "tools/setup");
  expect_no_session(f, f->detector.path, wrong, DF_EMISSING, f->detector.sha256);
  expect_no_session(f, "/tmp", wrong, DF_EMISSING, "/tmp");
}

static void a_damaged_model_is_refused_with_the_reason(void **state)
{
  struct fixture *f = *state;
  const char *path = temporary("", 0);
  expect_no_session(f, path, "", DF_EINPUT, "cannot be loaded");
  unlink(path);
  path = temporary("{\"not\":\"a model\"}\n", 18);
  expect_no_session(f, path, "", DF_EINPUT, "cannot be loaded");
  unlink(path);

  static char bytes[100000];
  FILE *file = fopen(f->detector.path, "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  path = temporary(bytes, size);
  expect_no_session(f, path, "", DF_EINPUT, "cannot be loaded");
  unlink(path);
}

static void what_has_another_layout_is_refused_by_name(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_model model = f->detector;
  struct df_detector *detector = NULL;
  strcpy(model.path, f->embedder.path);
  model.sha256[0] = '\0';
  strcpy(model.input.name, "");
  assert_int_equal(df_detector_create(f->runtime, &model, 0.3F, 1, &detector, &err), DF_EINPUT);
  assert_null(detector);

  model = f->embedder;
  struct df_embedder *embedder = NULL;
  err = (struct df_error){0};
  strcpy(model.path, f->detector.path);
  model.sha256[0] = '\0';
  strcpy(model.input.name, "");
  model.input.width = model.input.height = 128;
  assert_int_equal(df_embedder_create(f->runtime, &model, 1, &embedder, &err), 0);
  float *tensor = calloc((size_t)3 * 128 * 128, sizeof *tensor);
  struct df_embedding embedding;
  assert_int_equal(df_embedder_run(embedder, tensor, &embedding, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, model.name));
  free(tensor);
  df_embedder_destroy(&embedder);

  err = (struct df_error){0};
  assert_int_equal(
      df_detector_create(f->runtime, &f->embedder, 0.3F, 1, &detector, &err), DF_EUSAGE);
  assert_int_equal(df_embedder_create(f->runtime, &f->detector, 1, &embedder, NULL), DF_EUSAGE);
}

static void an_input_the_model_does_not_have_is_an_error(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_model model = f->detector;
  struct df_detector *detector = NULL;
  strcpy(model.input.name, "picture");
  assert_int_equal(df_detector_create(f->runtime, &model, 0.3F, 1, &detector, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, "picture"));
  assert_non_null(strstr(err.text, model.path));
  assert_null(detector);
}

static void fill_noise(float *tensor, size_t count, uint32_t seed)
{
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525U + 1013904223U;
    tensor[i] = (float)(seed >> 24);
  }
}

static void a_batch_gives_what_its_pictures_give_alone(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_detector *detector = NULL;
  /* So low that noise has faces. */
  assert_int_equal(df_detector_create(f->runtime, &f->detector, 0.02F, 1, &detector, &err), 0);
  const struct df_letterbox l = {160, 96, 0.25F, 1, 1};
  size_t count = (size_t)3 * 160 * 96, counts[2], alone;
  float *tensor = malloc(2 * count * sizeof *tensor);
  static struct df_face faces[2][DF_FACES_MAX], face[1][DF_FACES_MAX];
  fill_noise(tensor, 2 * count, 9);
  assert_int_equal(df_detector_run(detector, tensor, 2, &l, faces, counts, &err), 0);
  assert_true(counts[0] > 0 || counts[1] > 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(
        df_detector_run(detector, tensor + (size_t)i * count, 1, &l, face, &alone, &err), 0);
    assert_int_equal(alone, counts[i]);
    for (size_t k = 0; k < alone; k++) {
      assert_float_equal(face[0][k].score, faces[i][k].score, 2.0 / 1024);
      assert_float_equal(face[0][k].box.x, faces[i][k].box.x, 0.1);
      assert_true(face[0][k].box.x * 64 == roundf(face[0][k].box.x * 64));
      assert_true(face[0][k].score * 1024 == roundf(face[0][k].score * 1024));
      assert_true(
          face[0][k].score >= 0.02F && (k == 0 || face[0][k].score <= face[0][k - 1].score));
    }
  }
  free(tensor);
  df_detector_destroy(&detector);
}

static void inputs_may_change_their_size_and_black_has_no_face(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_detector *detector = NULL;
  assert_int_equal(df_detector_create(f->runtime, &f->detector, 0.3F, 2, &detector, &err), 0);
  static const int sizes[][2] = {{32, 32}, {640, 384}, {96, 608}, {64, 32}};
  for (int i = 0; i < 4; i++) {
    struct df_letterbox l = {sizes[i][0], sizes[i][1], 1, 1, 1};
    float *tensor = calloc((size_t)3 * (size_t)l.width * (size_t)l.height, sizeof *tensor);
    static struct df_face faces[1][DF_FACES_MAX];
    size_t count = 99;
    assert_int_equal(df_detector_run(detector, tensor, 1, &l, faces, &count, &err), 0);
    assert_int_equal(count, 0);
    free(tensor);
  }
  df_detector_destroy(&detector);
}

static void an_embedding_has_length_one_and_repeats(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_embedder *embedder = NULL;
  assert_int_equal(df_embedder_create(f->runtime, &f->embedder, 1, &embedder, &err), 0);
  const struct df_model *model = df_embedder_model(embedder);
  assert_string_equal(model->name, f->embedder.name);
  size_t count = (size_t)3 * (size_t)model->input.width * (size_t)model->input.height;
  float *tensor = malloc(count * sizeof *tensor);
  struct df_embedding a, b, c;
  fill_noise(tensor, count, 1);
  assert_int_equal(df_embedder_run(embedder, tensor, &a, &err), 0);
  assert_int_equal(df_embedder_run(embedder, tensor, &b, &err), 0);
  fill_noise(tensor, count, 2);
  assert_int_equal(df_embedder_run(embedder, tensor, &c, &err), 0);
  assert_int_equal(a.dimensions, model->dimensions);
  assert_float_equal(df_embedding_cosine(&a, &a), 1, 1e-4);
  assert_memory_equal(a.values, b.values, sizeof(float) * (size_t)a.dimensions);
  assert_true(df_embedding_cosine(&a, &c) < 0.999F);
  free(tensor);
  df_embedder_destroy(&embedder);
  assert_null(embedder);
}

static void copy_file(const char *from, char to[64])
{
  static char bytes[1 << 16];
  strcpy(to, temporary("", 0));
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_true(in && out);
  for (size_t got; (got = fread(bytes, 1, sizeof bytes, in)) > 0;)
    assert_int_equal(fwrite(bytes, 1, got, out), got);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

/* What is gone from the disk can only be there because it was kept. */
static void a_model_is_loaded_once_a_runtime(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_session *first = NULL, *second = NULL;
  char path[64], wrong[65];
  copy_file(f->detector.path, path);
  assert_int_equal(df_session_create(f->runtime, path, f->detector.sha256, 1, &first, &err), 0);
  unlink(path);
  assert_int_equal(df_session_create(f->runtime, path, f->detector.sha256, 1, &second, &err), 0);
  df_session_destroy(&first);
  assert_int_equal(df_session_outputs(second), 12);
  df_session_destroy(&second);
  assert_int_equal(df_session_create(f->runtime, path, f->detector.sha256, 1, &first, &err), 0);
  df_session_destroy(&first);

  memset(wrong, 'a', 64);
  wrong[64] = '\0';
  expect_no_session(f, path, wrong, DF_EMISSING, path);
  expect_no_session(f, path, "", DF_EMISSING, "tools/setup");
  assert_int_equal(
      df_session_create(f->runtime, path, f->detector.sha256, 2, &second, &err), DF_EMISSING);
}

enum { SIDE_BY_SIDE = 3, ROUNDS = 4 };

struct side {
  struct fixture *f;
  uint32_t seed;
  struct df_embedding embeddings[ROUNDS];
  int result;
};

static void *embed_noise(void *context)
{
  struct side *side = context;
  struct df_embedder *embedder = NULL;
  const struct df_model_input *input = &side->f->embedder.input;
  size_t count = (size_t)3 * (size_t)input->width * (size_t)input->height;
  float *tensor = malloc(count * sizeof *tensor);
  side->result = df_embedder_create(side->f->runtime, &side->f->embedder, 1, &embedder, NULL);
  for (int i = 0; i < ROUNDS && side->result == 0; i++) {
    fill_noise(tensor, count, side->seed + (uint32_t)i);
    side->result = df_embedder_run(embedder, tensor, &side->embeddings[i], NULL);
  }
  df_embedder_destroy(&embedder);
  free(tensor);
  return NULL;
}

static void sessions_that_share_a_model_run_side_by_side(void **state)
{
  static struct side together[SIDE_BY_SIDE], alone;
  pthread_t threads[SIDE_BY_SIDE];
  for (int i = 0; i < SIDE_BY_SIDE; i++) {
    together[i] = (struct side){.f = *state, .seed = (uint32_t)i * 100};
    assert_int_equal(pthread_create(&threads[i], NULL, embed_noise, &together[i]), 0);
  }
  for (int i = 0; i < SIDE_BY_SIDE; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < SIDE_BY_SIDE; i++) {
    alone = (struct side){.f = *state, .seed = (uint32_t)i * 100};
    embed_noise(&alone);
    assert_int_equal(together[i].result, 0);
    for (int k = 0; k < ROUNDS; k++)
      assert_memory_equal(together[i].embeddings[k].values, alone.embeddings[k].values,
          sizeof(float) * (size_t)alone.embeddings[k].dimensions);
  }
}

static void the_callers_arithmetic_stays_as_it_was(void **state)
{
  (void)state;
  volatile float tiny = 1e-38F;
  tiny = tiny / 8; /* 0 where denormals are flushed */
  assert_true(tiny > 0);
}

static void nothing_was_written_to_stderr(void **state)
{
  struct fixture *f = *state;
  char text[400] = "";
  fflush(stderr);
  rewind(f->captured);
  size_t size = fread(text, 1, sizeof text - 1, f->captured);
  if (size > 0)
    fail_msg("%s", text);
}

static int set_up(void **state)
{
  static struct fixture f;
  struct df_error err = {0};
  f.captured = tmpfile();
  f.real_stderr = dup(STDERR_FILENO);
  if (!f.captured || f.real_stderr < 0 || dup2(fileno(f.captured), STDERR_FILENO) < 0)
    return -1;
  int result = df_runtime_open(LIBRARY, &f.runtime, &err);
  if (result == 0)
    result = df_manifest_load(MODELS, &f.manifest, &err);
  const struct df_model *detector = NULL, *embedder = NULL;
  if (result == 0)
    detector = df_manifest_find(f.manifest, DF_TASK_DETECT, NULL, &err);
  if (detector)
    embedder = df_manifest_find(f.manifest, DF_TASK_EMBED, NULL, &err);
  if (!embedder) {
    printf("# %s\n", err.text);
    return -1;
  }
  f.detector = *detector;
  f.embedder = *embedder;
  *state = &f;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *f = *state;
  df_manifest_destroy(&f->manifest);
  df_runtime_close(&f->runtime);
  fclose(f->captured);
  if (dup2(f->real_stderr, STDERR_FILENO) < 0)
    return -1;
  return close(f->real_stderr);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_library_that_is_not_there_or_not_it_is_missing),
      cmocka_unit_test(a_model_that_is_missing_or_another_is_said_so),
      cmocka_unit_test(a_damaged_model_is_refused_with_the_reason),
      cmocka_unit_test(what_has_another_layout_is_refused_by_name),
      cmocka_unit_test(an_input_the_model_does_not_have_is_an_error),
      cmocka_unit_test(a_batch_gives_what_its_pictures_give_alone),
      cmocka_unit_test(inputs_may_change_their_size_and_black_has_no_face),
      cmocka_unit_test(an_embedding_has_length_one_and_repeats),
      cmocka_unit_test(a_model_is_loaded_once_a_runtime),
      cmocka_unit_test(sessions_that_share_a_model_run_side_by_side),
      cmocka_unit_test(the_callers_arithmetic_stays_as_it_was),
      cmocka_unit_test(nothing_was_written_to_stderr),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
