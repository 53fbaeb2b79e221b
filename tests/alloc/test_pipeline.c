/* Whole tasks on a tiny clip while memory runs out. Needs the models and library of tools/setup. */
#include "../unit/clip.h"

#include "failing.h"
#include "pipeline/pipeline.h"
#include "vision/detector.h"
#include "vision/embedder.h"

#define LIBRARY DF_TEST_DEPS "/onnxruntime/lib/libonnxruntime.so"
#define MODELS DF_TEST_DEPS "/models/models.json"

enum { PATHS = 8 };

/* Valid for the next few calls only. */
static const char *in_folder(const char *name)
{
  static char paths[PATHS][CLIP_NAME];
  static int next;
  char *path = paths[next++ % PATHS];
  snprintf(path, CLIP_NAME, "%s/%s", clip_folder, name);
  return path;
}

static int run_task(void *context, struct df_error *err)
{
  static struct df_result result;
  struct df_progress progress = {0};
  struct df_log *log = df_log_create(DF_LOG_ERROR, NULL, NULL);
  if (!log)
    return DF_ENOMEM;
  int ret = df_pipeline_run(context, log, &progress, &result, err);
  df_log_destroy(&log);
  return ret;
}

static struct df_task small_task(enum df_task_kind kind)
{
  struct df_task task = {
      .kind = kind,
      .input = in_folder("tiny.mp4"),
      .models = MODELS,
      .overwrite = true,
      .lookahead = 0.5,
      .hold_seconds = -1,
      .codec = DF_CODEC_H264,
      .profile = DF_PROFILE_REALTIME,
      .crf = -1,
      .threads = 1,
  };
  struct df_error err = {0};
  assert_int_equal(df_layout_init(&task.layout, "side-by-side", 128, 64, &err), 0);
  return task;
}

static void run(void **state)
{
  (void)state;
  struct df_task task = small_task(DF_TASK_RUN);
  struct failing_options options = {.folder = clip_folder, .dense = 30, .growth = 25};
  task.output = in_folder("out.mp4");
  task.tracks = in_folder("t.jsonl");
  task.observations = in_folder("t.obs");
  task.debug = in_folder("debug.mkv");
  task.contact_sheet = in_folder("sheet.png");
  survives(run_task, &task, &options);
}

/* What a run that failed has done is taken up by the next one, so that memory runs out there as well. */
static void survives_in_segments(struct df_task *task)
{
  static char work[CLIP_NAME];
  struct failing_options options = {.folder = clip_folder, .dense = 30, .growth = 15};
  snprintf(work, sizeof work, "%s-work/one", clip_folder);
  task->work = work;
  survives(run_task, task, &options);
  assert_int_equal(access(work, F_OK), -1);
  *strrchr(work, '/') = '\0';
  assert_int_equal(rmdir(work), 0);
}

static void run_in_segments(void **state)
{
  (void)state;
  struct df_task task = small_task(DF_TASK_RUN);
  task.output = in_folder("out3.mp4");
  task.tracks = in_folder("t3.jsonl");
  task.segment = 0.08;
  survives_in_segments(&task);
}

static void run_side_by_side(void **state)
{
  (void)state;
  struct df_task task = small_task(DF_TASK_RUN);
  task.input = in_folder("slow.mp4");
  task.output = in_folder("out4.mp4");
  task.segment = 1;
  task.jobs = 2;
  survives_in_segments(&task);
}

static void analyze_from_a_log(void **state)
{
  (void)state;
  struct df_task task = small_task(DF_TASK_ANALYZE);
  struct failing_options options = {.folder = clip_folder, .dense = 40, .growth = 15};
  task.tracks = in_folder("t2.jsonl");
  task.replay = in_folder("t.obs");
  survives(run_task, &task, &options);
}

/* No models, so every allocation can be tried. */
static void render(void **state)
{
  (void)state;
  struct df_task task = small_task(DF_TASK_RENDER);
  struct failing_options options = {.folder = clip_folder};
  task.output = in_folder("out2.mp4");
  task.tracks = in_folder("t.jsonl");
  survives(run_task, &task, &options);
}

static int run_detector(
    struct df_runtime *runtime, const struct df_model *model, struct df_error *err)
{
  static const float tensor[3 * 64 * 64];
  const struct df_letterbox box = {64, 64, 1, 1, 1};
  struct df_face faces[1][DF_FACES_MAX];
  size_t count;
  struct df_detector *detector = NULL;
  int result = df_detector_create(runtime, model, 0.1f, 1, &detector, err);
  if (result == 0)
    result = df_detector_run(detector, tensor, 1, &box, faces, &count, err);
  df_detector_destroy(&detector);
  return result;
}

static int run_embedder(
    struct df_runtime *runtime, const struct df_model *model, struct df_error *err)
{
  static const float tensor[3 * 112 * 112];
  struct df_embedding embedding;
  struct df_embedder *embedder = NULL;
  int result = df_embedder_create(runtime, model, 1, &embedder, err);
  if (result == 0)
    result = df_embedder_run(embedder, tensor, &embedding, err);
  df_embedder_destroy(&embedder);
  return result;
}

static int infer(void *context, struct df_error *err)
{
  struct df_manifest *manifest = NULL;
  struct df_runtime *runtime = NULL;
  (void)context;
  int result = df_manifest_load(MODELS, &manifest, err);
  if (result == 0)
    result = df_runtime_open(LIBRARY, &runtime, err);
  if (result == 0)
    result = run_detector(runtime, df_manifest_find(manifest, DF_TASK_DETECT, NULL, err), err);
  if (result == 0)
    result = run_embedder(runtime, df_manifest_find(manifest, DF_TASK_EMBED, NULL, err), err);
  df_runtime_close(&runtime);
  df_manifest_destroy(&manifest);
  return result;
}

static void inference(void **state)
{
  (void)state;
  survives(infer, NULL, NULL);
}

static int make_clip(void **state)
{
  if (clip_setup(state) != 0)
    return -1;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=25 -f lavfi -i sine=440:r=48000 -t 0.24 -c:v libx264 "
            "-preset superfast -c:a aac tiny.mp4");
  clip_make("-f lavfi -i testsrc2=s=160x120:r=2 -t 3 -c:v libx264 -preset superfast -g 1 slow.mp4");
  return setenv("DUALFACE_ONNXRUNTIME", LIBRARY, 1) || setenv("ORT_DISABLE_TELEMETRY", "1", 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(inference),
      cmocka_unit_test(run),
      cmocka_unit_test(run_in_segments),
      cmocka_unit_test(run_side_by_side),
      cmocka_unit_test(analyze_from_a_log),
      cmocka_unit_test(render),
  };
  return cmocka_run_group_tests(tests, make_clip, clip_teardown);
}
