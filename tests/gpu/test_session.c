/*
 * The promises of session.h at a GPU, kept with the real library and models that tools/setup brings
 * (DF_TEST_DEPS): on the double, where no provider of a GPU can be used, and on a real card, where
 * $DUALFACE_ONNXRUNTIME may name a library that has one.
 */
#include "gpu_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/deps.h"
#include "vision/detector.h"
#include "vision/embedder.h"

#define LIBRARY deps_path("onnxruntime/lib/libonnxruntime.so", (char[4096]){0})
#define MODELS deps_path("models/models.json", (char[4096]){0})

enum { WIDTH = 128, HEIGHT = 96, BATCH = 3, PIXELS = WIDTH * HEIGHT };

/* The library keeps a few bytes of its own for as long as the program lives. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
  return "leak:libonnxruntime";
}

struct fixture {
  struct df_runtime *runtime;
  struct df_manifest *manifest;
  const struct df_model *detector, *embedder;
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_session_place place;
  int said; /* warnings and notes */
  char last[2000];
  struct df_log *log;
};

static void keep(void *context, enum df_log_level level, const char *line)
{
  struct fixture *f = context;
  f->said += level <= DF_LOG_NOTE;
  snprintf(f->last, sizeof f->last, "%s", line);
}

static void open_runtime(struct fixture *f, const char *library)
{
  struct df_error err = {0};
  if (df_runtime_open(library, &f->runtime, &err) < 0)
    fail_msg("%s", err.text);
}

static int init(void **state)
{
  static struct fixture f;
  struct df_error err = {0};
  f = (struct fixture){0};
  *state = &f;
  assert_int_equal(df_manifest_load(MODELS, &f.manifest, &err), 0);
  f.detector = df_manifest_find(f.manifest, DF_TASK_DETECT, NULL, &err);
  f.embedder = df_manifest_find(f.manifest, DF_TASK_EMBED, NULL, &err);
  f.log = df_log_create(DF_LOG_DEBUG, keep, &f);
  f.gpu = open_gpu();
  f.stream = make_stream(f.gpu);
  f.place = (struct df_session_place){.gpu = f.gpu, .stream = f.stream, .log = f.log};
  return 0;
}

static int finish(void **state)
{
  struct fixture *f = *state;
  df_gpu_stream_destroy(f->gpu, &f->stream);
  df_runtime_close(&f->runtime);
  df_manifest_destroy(&f->manifest);
  df_log_destroy(&f->log);
  close_gpu(f->gpu);
  return 0;
}

static void fill(float *values, size_t count)
{
  unsigned seed = 1;
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525U + 1013904223U;
    values[i] = (float)(seed >> 24);
  }
}

/* The default library, or the one that a run on a real card names. */
static void open_usual_runtime(struct fixture *f)
{
  const char *named = getenv("DUALFACE_ONNXRUNTIME");
  open_runtime(f, named && named[0] ? NULL : LIBRARY);
}

static void expect_reasons(struct fixture *f, const struct df_provider_report *report)
{
  char text[3000];
  df_provider_describe(report, text, sizeof text);
  for (int p = 0; p < (int)report->provider; p++) {
    assert_true(report->reasons[p][0] != '\0');
    assert_non_null(strstr(text, report->reasons[p]));
  }
  assert_int_equal(
      strncmp(text, df_provider_name(report->provider), strlen(df_provider_name(report->provider))),
      0);
  assert_int_equal(f->said, report->provider); /* each failure once, and nothing else */
}

static void the_chain_ends_at_the_cpu_with_a_reason_for_each_and_not_a_word_on_stderr(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_session *session = NULL, *second = NULL;
  struct df_provider_report report;
  char noise[] = "/tmp/df-stderr-XXXXXX";
  int file = mkstemp(noise), real = dup(STDERR_FILENO);
  unlink(noise);
  only_with_double(NULL);
  open_runtime(f, LIBRARY);
  dup2(file, STDERR_FILENO);
  int result = df_session_create_at(
      f->runtime, f->detector->path, f->detector->sha256, &f->place, &session, &err);
  int again = df_session_create_at(
      f->runtime, f->detector->path, f->detector->sha256, &f->place, &second, &err);
  dup2(real, STDERR_FILENO);
  assert_int_equal(lseek(file, 0, SEEK_END), 0);
  close(real);
  close(file);
  assert_int_equal(result, 0);
  assert_int_equal(again, 0);
  df_session_provider_report(session, &report);
  assert_int_equal(report.provider, DF_PROVIDER_CPU);
  assert_non_null(strstr(report.reasons[DF_PROVIDER_CUDA], "libonnxruntime_providers_cuda.so"));
  expect_reasons(f, &report);
  df_session_destroy(&session);
  df_session_destroy(&second);
}

/* What the detector gives for three pictures, from the host and at the GPU. */
static void compare_detectors(struct fixture *f, double tolerance)
{
  static float input[BATCH * 3 * PIXELS];
  struct df_error err = {0};
  struct df_session *host = NULL;
  struct df_detector *there = NULL;
  struct df_tensor outputs[DF_SESSION_OUTPUTS];
  df_gpu_memory levels[DF_YUNET_LEVELS][4], tensor = allocate(f->gpu, sizeof input);
  fill(input, sizeof input / sizeof input[0]);
  upload(f->gpu, tensor, input, sizeof input, f->stream);
  assert_int_equal(df_session_create(f->runtime, f->detector->path, "", 1, &host, &err), 0);
  struct df_tensor whole = {{BATCH, 3, HEIGHT, WIDTH}, 4, input};
  assert_int_equal(df_session_run(host, "", &whole, outputs, &err), 0);
  if (df_detector_create_at(f->runtime, f->detector, 0.1F, &f->place, 8, &there, &err) < 0 ||
      df_detector_run_at(there, tensor, BATCH, WIDTH, HEIGHT, levels, &err) < 0)
    fail_msg("%s", err.text);
  static const char *const names[] = {"cls", "obj", "bbox", "kps"};
  static const int values[] = {1, 1, 4, 10};
  for (size_t i = 0; i < df_session_outputs(host); i++) {
    for (int n = 0; n < 12; n++) {
      char name[16];
      int stride = 8 << n / 4;
      snprintf(name, sizeof name, "%s_%d", names[n % 4], stride);
      if (strcmp(name, df_session_output_name(host, i)) != 0)
        continue;
      static float got[BATCH * PIXELS];
      size_t count = (size_t)BATCH * (WIDTH / stride) * (HEIGHT / stride) * values[n % 4];
      download(f->gpu, got, levels[n / 4][n % 4], count * sizeof(float), f->stream);
      for (size_t k = 0; k < count; k++)
        assert_true(fabs((double)(got[k] - outputs[i].data[k])) <= tolerance);
    }
  }
  df_detector_destroy(&there);
  df_session_destroy(&host);
  df_gpu_free(f->gpu, &tensor);
}

static void a_detector_at_the_gpu_gives_what_it_gives_on_the_cpu(void **state)
{
  struct fixture *f = *state;
  struct df_detector *detector = NULL;
  struct df_provider_report report;
  open_usual_runtime(f);
  assert_int_equal(
      df_detector_create_at(f->runtime, f->detector, 0.1F, &f->place, 8, &detector, NULL), 0);
  df_detector_provider_report(detector, &report);
  df_detector_destroy(&detector);
  static const double tolerances[DF_PROVIDERS] = {0.1, 0.02, 0};
  compare_detectors(f, tolerances[report.provider]);
}

static void an_embedder_at_the_gpu_gives_what_it_gives_on_the_cpu(void **state)
{
  struct fixture *f = *state;
  static float faces[2 * 3 * 112 * 112], values[2 * DF_EMBEDDING_MAX];
  struct df_error err = {0};
  struct df_embedder *host = NULL, *there = NULL;
  df_gpu_memory got = 0, tensor = allocate(f->gpu, sizeof faces);
  open_usual_runtime(f);
  fill(faces, sizeof faces / sizeof faces[0]);
  upload(f->gpu, tensor, faces, sizeof faces, f->stream);
  assert_int_equal(df_embedder_create(f->runtime, f->embedder, 1, &host, &err), 0);
  if (df_embedder_create_at(f->runtime, f->embedder, &f->place, 8, &there, &err) < 0 ||
      df_embedder_run_at(there, tensor, 2, &got, &err) < 0)
    fail_msg("%s", err.text);
  size_t size = 2 * (size_t)f->embedder->dimensions * sizeof(float);
  download(f->gpu, values, got, size, f->stream);
  for (int i = 0; i < 2; i++) {
    struct df_embedding a, b;
    assert_int_equal(df_embedder_run(host, faces + (size_t)i * 3 * 112 * 112, &a, &err), 0);
    df_embedder_finish(f->embedder, values + i * f->embedder->dimensions, &b);
    assert_true(df_embedding_cosine(&a, &b) > 0.999F);
  }
  df_embedder_destroy(&there);
  df_embedder_destroy(&host);
  df_gpu_free(f->gpu, &tensor);
}

static void what_the_cpu_is_fed_with_is_counted_and_nothing_grows(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_detector *detector = NULL;
  size_t size = BATCH * 3 * PIXELS * sizeof(float);
  df_gpu_memory levels[DF_YUNET_LEVELS][4], tensor = allocate(f->gpu, size);
  only_with_double(NULL);
  open_runtime(f, LIBRARY);
  assert_int_equal(df_gpu_fill(f->gpu, tensor, 0, size, f->stream, &err), 0);
  assert_int_equal(
      df_detector_create_at(f->runtime, f->detector, 0.1F, &f->place, 8, &detector, &err), 0);
  assert_int_equal(df_detector_run_at(detector, tensor, BATCH, WIDTH, HEIGHT, levels, &err), 0);
  struct df_gpu_counters *c = df_gpu_counters(f->gpu);
  long long down = c->bytes_down, up = c->bytes_up, allocations = c->allocations;
  for (int i = 0; i < 3; i++)
    assert_int_equal(df_detector_run_at(detector, tensor, BATCH, WIDTH, HEIGHT, levels, &err), 0);
  size_t cells = BATCH * df_yunet_cells(WIDTH, HEIGHT);
  assert_int_equal(c->bytes_down - down, 3 * size);
  assert_int_equal(c->bytes_up - up, 3 * cells * 16 * sizeof(float));
  assert_int_equal(c->allocations, allocations);
  df_detector_destroy(&detector);
  df_gpu_free(f->gpu, &tensor);
}

/* The real library beside providers that are nothing of the kind. */
static void make_folder_of(char *folder, const char *provider)
{
  char command[2000];
  assert_non_null(mkdtemp(folder));
  snprintf(command, sizeof command,
      "cp %s %s/ && cp %s/libdf_need.so %s/libonnxruntime_providers_shared.so && "
      "cp %s/libdf_need.so %s/libcudnn.so.9 && cp %s/%s %s/libonnxruntime_providers_cuda.so",
      LIBRARY, folder, DF_TEST_LIBRARIES, folder, DF_TEST_LIBRARIES, folder, DF_TEST_LIBRARIES,
      provider, folder);
  assert_int_equal(system(command), 0);
}

static void expect_reason_from(struct fixture *f, const char *provider_library, const char *part)
{
  only_with_double(NULL); /* the libraries were made for the machine that built this */
  char folder[] = "/tmp/df-providers-XXXXXX", path[100];
  struct df_error err = {0};
  struct df_session *session = NULL;
  struct df_provider_report report;
  make_folder_of(folder, provider_library);
  snprintf(path, sizeof path, "%s/libonnxruntime.so", folder);
  open_runtime(f, path);
  assert_int_equal(
      df_session_create_at(f->runtime, f->detector->path, "", &f->place, &session, &err), 0);
  df_session_provider_report(session, &report);
  assert_int_equal(report.provider, DF_PROVIDER_CPU);
  if (!strstr(report.reasons[DF_PROVIDER_CUDA], part))
    fail_msg("\"%s\" lacks \"%s\"", report.reasons[DF_PROVIDER_CUDA], part);
  df_session_destroy(&session);
  df_runtime_close(&f->runtime);
  snprintf(path, sizeof path, "rm -rf %s", folder);
  assert_int_equal(system(path), 0);
}

static void a_provider_that_aborts_at_load_is_a_reason_and_not_our_end(void **state)
{
  expect_reason_from(*state, "libdf_aborts.so", "ends the process (signal 6, Aborted)");
}

static void a_provider_that_is_none_is_a_reason(void **state)
{
  expect_reason_from(*state, "libdf_need.so", "not enabled in this build");
}

static void a_model_that_is_damaged_is_so_at_the_gpu_too(void **state)
{
  struct fixture *f = *state;
  struct df_error err = {0};
  struct df_session *session = NULL;
  open_usual_runtime(f);
  assert_int_equal(
      df_session_create_at(f->runtime, "/dev/null", "", &f->place, &session, &err), DF_EINPUT);
  assert_null(session);
  err = (struct df_error){0};
  assert_int_equal(
      df_session_create_at(f->runtime, "/nowhere", "", &f->place, &session, &err), DF_EMISSING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, finish)

int main(void)
{
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  const struct CMUnitTest tests[] = {
      TEST(the_chain_ends_at_the_cpu_with_a_reason_for_each_and_not_a_word_on_stderr),
      TEST(a_detector_at_the_gpu_gives_what_it_gives_on_the_cpu),
      TEST(an_embedder_at_the_gpu_gives_what_it_gives_on_the_cpu),
      TEST(what_the_cpu_is_fed_with_is_counted_and_nothing_grows),
      TEST(a_provider_that_aborts_at_load_is_a_reason_and_not_our_end),
      TEST(a_provider_that_is_none_is_a_reason),
      TEST(a_model_that_is_damaged_is_so_at_the_gpu_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
