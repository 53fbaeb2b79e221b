/* Objects that need neither FFmpeg nor models, each made, used and destroyed while memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/fake_backend.h"
#include "base/log.h"
#include "base/queue.h"
#include "config/options.h"
#include "eval/eval.h"
#include "failing.h"
#include "person/fixes.h"
#include "pipeline/comparison_read.h"
#include "pipeline/contact_sheet.h"
#include "pipeline/crew.h"
#include "pipeline/decider.h"
#include "pipeline/device_cpu.h"
#include "vision/checksum.h"
#include "vision/manifest.h"
#include "vision/preprocess.h"

enum { FACES = 3, FRAMES = 40, WIDTH = 320, HEIGHT = 180 };

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  strcpy(folder, "/tmp/df-alloc-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static const char *in_folder(const char *name)
{
  static char paths[2][128];
  static int next;
  char *path = paths[next++ % 2];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static int no_memory(const void *object)
{
  return object ? 0 : DF_ENOMEM;
}

static int use_queue(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_queue *q = df_queue_create(4, free);
  for (int i = 0; q && i < 3; i++)
    df_queue_push(q, malloc(8));
  int result = no_memory(q);
  df_queue_destroy(&q);
  return result;
}

/* Nobody ends because a line for the summary could not be kept. */
static int use_log(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_log *log = df_log_create(DF_LOG_ERROR, NULL, NULL);
  df_log_say(log, DF_LOG_WARNING, "something is odd");
  df_log_say(log, DF_LOG_NOTE, "something was chosen");
  int result = no_memory(log);
  df_log_destroy(&log);
  return result;
}

static int use_pool(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_pool *pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  if (!pool)
    return DF_ENOMEM;
  struct df_picture *first = df_pool_take(pool), *second = df_pool_take(pool);
  int result = first && second ? 0 : DF_ENOMEM;
  df_picture_unref(&first);
  df_pool_destroy(&pool);
  df_picture_unref(&second); /* outlives the pool */
  return result;
}

static int use_batcher(void *context, struct df_error *err)
{
  (void)context;
  struct fake_backend backend;
  struct df_batch_settings settings = {{4, 0.001}, true, NULL};
  struct df_letterbox letterbox = {64, 32, 1, 1, 1};
  struct df_batcher *batcher = NULL;
  struct df_batcher_client *client = NULL;
  struct df_picture picture = {.pts = 1};
  struct df_sight_result sight;
  fake_init(&backend);
  int result = df_batcher_create_on(&backend.base, &settings, &batcher, err);
  if (result == 0)
    result = df_batcher_join(batcher, NULL, &letterbox, 2, 1, &client, err);
  if (result == 0)
    result = df_batcher_submit(client, &picture, NULL, err);
  if (result == 0 && df_batcher_take(client, &sight, err) < 0)
    result = err->code;
  df_batcher_leave(&client);
  df_batcher_destroy(&batcher);
  assert_int_equal(backend.destroyed, 1);
  assert_int_equal(backend.broken, 0);
  pthread_mutex_destroy(&backend.lock);
  return result;
}

/* Two people and a passer-by who walk, cross, leave and come back. */
static void observe(int n, struct df_observation *o)
{
  memset(o, 0, sizeof *o);
  o->n = o->pts = n;
  o->difference = n % 17 == 16 ? 60.f : 0.5f;
  for (int i = 0; i < FACES; i++) {
    if (i == 2 && n / 8 % 2)
      continue;
    float x = (float)(20 + 90 * i + (i % 2 ? -2 : 2) * n), y = 40;
    struct df_face *face = &o->faces[o->face_count++];
    face->box = (struct df_box){x, y, 40, 50};
    face->score = n % 5 == 4 ? 0.4f : 0.9f;
    for (int p = 0; p < DF_FACE_POINTS; p++)
      face->points[p] =
          (struct df_point){x + 10 + (float)(10 * (p % 2)), y + 15 + (float)(10 * (p / 2))};
  }
}

static void answer_all(
    const struct df_ask *asks, size_t count, int n, struct df_answer answers[DF_ASK_MAX])
{
  for (size_t i = 0; i < count; i++) {
    struct df_answer *a = &answers[i];
    *a = (struct df_answer){.face = asks[i].face, .track = asks[i].track, .why = asks[i].why};
    a->sharpness = 30;
    a->embedding.dimensions = 8;
    a->embedding.values[asks[i].face] = 1;
    a->embedding.values[7] = 0.1f * (float)(n % 3);
    df_embedding_normalise(&a->embedding);
  }
}

static int use_tracker(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_tracker *tracker = df_tracker_create(NULL);
  int result = no_memory(tracker);
  for (int n = 0; n < FRAMES && result == 0; n++) {
    struct df_observation o;
    struct df_tracked tracked[DF_FACES_MAX];
    observe(n, &o);
    result = df_tracker_update(tracker, o.faces, o.face_count, tracked);
  }
  df_tracker_destroy(&tracker);
  return result;
}

static int use_identifier(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_identifier *identifier =
      df_identifier_create(&(struct df_identifier_options){WIDTH, HEIGHT, .settle = 0.5});
  int result = no_memory(identifier);
  for (int n = 0; n < FRAMES && result == 0; n++) {
    struct df_observation o;
    struct df_tracked tracked[DF_FACES_MAX] = {{0}};
    struct df_ask asks[DF_ASK_MAX];
    struct df_answer answers[DF_ASK_MAX];
    struct df_identities identities;
    observe(n, &o);
    for (size_t i = 0; i < o.face_count; i++)
      tracked[i] = (struct df_tracked){.track = (int)i + 1, .born = n == 0, .age = n};
    result = df_identifier_ask(
        identifier, n / 25.0, o.difference > 30, o.faces, tracked, o.face_count, asks);
    size_t count = result > 0 ? (size_t)result : 0;
    answer_all(asks, count, n, answers);
    if (result >= 0)
      result = df_identifier_tell(identifier, answers, count, &identities);
  }
  df_identifier_destroy(&identifier);
  return result;
}

static const struct df_director_options camera = {
    .picture_width = WIDTH,
    .picture_height = HEIGHT,
    .aspect = {8.f / 9, 8.f / 9},
    .tile_height = {1080, 1080},
    .lookahead = 0.5,
    .hold_seconds = 0.1,
};

static int use_director(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_director *director = df_director_create(&camera);
  struct df_direction direction;
  int result = no_memory(director);
  for (int n = 0; n < FRAMES && result == 0; n++) {
    struct df_scene scene = {.n = n, .t = n / 25.0, .cut = n == 20, .seen = {n % 9 < 7, n > 3}};
    scene.face[DF_LEFT] = (struct df_box){(float)(30 + n), 40, 40, 50};
    scene.face[DF_RIGHT] = (struct df_box){(float)(200 - n), 40, 40, 50};
    result = df_director_push(director, &scene);
    while (result == 0 && df_director_pop(director, &direction) == 1)
      ;
  }
  if (result == 0)
    df_director_finish(director);
  df_director_destroy(&director);
  return result;
}

static int use_fixes(void *context, struct df_error *err)
{
  (void)context;
  struct df_fixes fixes = {0};
  struct df_fix fix;
  int result = df_fixes_parse_people(&fixes, "left=1,right=2", err);
  if (result == 0)
    result = df_fix_parse("1:00-2:00 swap", &fix, err);
  for (int i = 0; i < 40 && result == 0; i++)
    result = df_fixes_add(&fixes, &fix, err);
  df_fixes_finish(&fixes);
  return result;
}

static int decide_frame(struct df_decider *decider, int n)
{
  struct df_observation o;
  struct df_ask asks[DF_ASK_MAX];
  struct df_answer answers[DF_ASK_MAX];
  struct df_tracks_frame decided;
  observe(n, &o);
  int count = df_decider_see(decider, &o, asks);
  if (count < 0)
    return count;
  answer_all(asks, (size_t)count, n, answers);
  int result = df_decider_answer(decider, answers, (size_t)count);
  while (result == 0 && df_decider_pop(decider, &decided) == 1)
    ;
  return result;
}

static int decide_all(bool survey, const struct df_plan *plan, struct df_plan **ret_plan)
{
  struct df_decider_options options = {
      .director = camera,
      .identifier = {.picture_width = WIDTH, .picture_height = HEIGHT, .settle = 0.5},
      .time_base = {1, 25},
      .high_score = 0.6f,
      .survey = survey,
      .plan = plan,
  };
  struct df_decider *decider = df_decider_create(&options);
  int result = no_memory(decider);
  for (int n = 0; n < FRAMES && result == 0; n++)
    result = decide_frame(decider, n);
  if (result == 0)
    result = df_decider_finish(decider);
  if (result == 0 && survey)
    result = df_decider_solve(decider, ret_plan);
  df_decider_destroy(&decider);
  return result;
}

static int use_decider(void *context, struct df_error *err)
{
  (void)context, (void)err;
  return decide_all(false, NULL, NULL);
}

static int use_decider_twice(void *context, struct df_error *err)
{
  (void)context, (void)err;
  struct df_plan *plan = NULL;
  int result = decide_all(true, NULL, &plan);
  if (result == 0)
    result = decide_all(false, plan, NULL);
  df_plan_destroy(&plan);
  return result;
}

/* `context`: how many threads. */
static int use_composer(void *context, struct df_error *err)
{
  static uint8_t in[WIDTH * HEIGHT * 3 / 2], out[WIDTH * HEIGHT * 3 / 2];
  struct df_picture from = {
      .width = WIDTH,
      .height = HEIGHT,
      .format = DF_FORMAT_NV12,
      .planes = {in, in + WIDTH * HEIGHT},
      .strides = {WIDTH, WIDTH},
  };
  struct df_picture to = from;
  to.planes[0] = out;
  to.planes[1] = out + WIDTH * HEIGHT;
  struct df_composer *composer =
      df_composer_create(&(struct df_composer_options){.threads = *(int *)context});
  int result = no_memory(composer);
  for (int n = 0; n < 3 && result == 0; n++) {
    float x = (float)(10 + n);
    struct df_tile tiles[2] = {
        {&from, {x, 10, 80, 90}, 1, 1, DF_FIT_COVER, {0, 0, WIDTH / 2, HEIGHT}},
        {&from, {x + 120, 10, 80 + x, 90 + x}, 1, 1, DF_FIT_CONTAIN,
            {WIDTH / 2, 0, WIDTH / 2, HEIGHT}},
    };
    tiles[1].blurred = n > 0;
    result = df_composer_draw(composer, tiles, 2, &to, err);
  }
  df_composer_destroy(&composer);
  return result;
}

static int use_device(void *context, struct df_error *err)
{
  static uint8_t samples[WIDTH * HEIGHT * 3 / 2];
  static float tensor[3 * 640 * 640];
  struct df_picture picture = {
      .width = WIDTH,
      .height = HEIGHT,
      .format = {8, 1, 1},
      .planes = {samples, samples + WIDTH * HEIGHT, samples + WIDTH * HEIGHT * 5 / 4},
      .strides = {WIDTH, WIDTH / 2, WIDTH / 2},
  };
  (void)context;
  struct df_letterbox box = df_letterbox_fit(WIDTH, HEIGHT, 1, 1, 32, 0);
  struct df_model_input input = {.scale = {1, 1, 1}, .width = 112, .height = 112};
  const float matrix[6] = {1, 0, 20, 0, 1, 20};
  struct df_device *device = df_device_cpu_create(1);
  int result = no_memory(device);
  if (result == 0)
    result = device->operations->letterbox(device, &picture, &box, &input, tensor, err);
  if (result == 0)
    result = device->operations->align(device, &picture, matrix, &input, tensor, err);
  df_device_destroy(&device);
  return result;
}

static const char manifest_text[] =
    "{\"manifest\":1,\"models\":[{\"name\":\"d\",\"task\":\"detect\",\"layout\":\"yunet\",\"file\":"
    "\"d.onnx\","
    "\"input\":{\"channels\":\"bgr\",\"mean\":[0,0,0],\"scale\":[1,1,1],\"multiple\":32},"
    "\"score\":0.6,\"nms\":0.3},"
    "{\"name\":\"e\",\"task\":\"embed\",\"layout\":\"arcface\",\"file\":\"e.onnx\","
    "\"input\":{\"channels\":\"rgb\",\"mean\":[0,0,0],\"scale\":[1,1,1],\"size\":[112,112]},"
    "\"dimensions\":128,\"threshold\":0.363}]}";

static int use_manifest(void *context, struct df_error *err)
{
  struct df_manifest *manifest = NULL;
  const char *path = context;
  int result = path ? df_manifest_load(path, &manifest, err)
                    : df_manifest_parse(manifest_text, strlen(manifest_text), "/m", &manifest, err);
  df_manifest_destroy(&manifest);
  return result;
}

static int use_checksum(void *context, struct df_error *err)
{
  return df_checksum_verify(
      context, "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969", err);
}

static int use_options(void *context, struct df_error *err)
{
  const char *argv[] = {"in.mp4", "-o", "out.mp4", "--layout=stacked", "--crf", "20"};
  struct df_options options;
  (void)context;
  return df_options_parse(DF_COMMAND_RUN, sizeof argv / sizeof *argv, argv, &options, err);
}

static int write_lines(struct df_tracks_writer *writer, struct df_error *err)
{
  int result = 0;
  for (int n = 0; n < 3 && result == 0; n++) {
    struct df_tracks_frame frame = {.n = n, .pts = n, .t = n / 25.0, .face_count = 1};
    frame.seats[DF_LEFT].shot = (struct df_shot_window){{0, 0, 80, 90}, DF_WINDOW_HELD};
    frame.seats[DF_RIGHT].shot = frame.seats[DF_LEFT].shot;
    result = df_tracks_write(writer, &frame, err);
  }
  return result;
}

static int write_tracks(void *context, struct df_error *err)
{
  struct df_tracks_header header = {.width = WIDTH, .height = HEIGHT, .time_base = {1, 25}};
  struct df_tracks_writer *writer = NULL;
  strcpy(header.input, "talk.mp4");
  int result = df_tracks_create(context, true, &header, &writer, err);
  if (result == 0)
    result = write_lines(writer, err);
  if (result == 0)
    result = df_tracks_finish(writer, (int[DF_SEATS]){0, 1}, err);
  df_tracks_abandon(&writer);
  return result;
}

static int read_tracks(void *context, struct df_error *err)
{
  struct df_tracks_header header;
  struct df_tracks_frame frame;
  struct df_tracks_reader *reader = NULL;
  int result = df_tracks_open(context, &reader, &header, err);
  while (result >= 0 && (result = df_tracks_read(reader, &frame, err)) == 1)
    ;
  df_tracks_close(&reader);
  return result;
}

/* Reads the tracks that write_tracks wrote, beside a truth of as many frames, and judges them. */
static int evaluate(void *context, struct df_error *err)
{
  const char *const *paths = context;
  const int tile_height[DF_SEATS] = {HEIGHT, HEIGHT};
  struct df_record record;
  struct df_evaluation evaluation;
  int result = df_comparison_read(paths[0], paths[1], false, &record, err);
  if (result == 0)
    result = df_evaluate(&record, tile_height, &evaluation, err);
  df_record_finish(&record);
  return result;
}

static int write_observations(void *context, struct df_error *err)
{
  struct df_observation_header header = {.width = WIDTH, .height = HEIGHT, .time_base = {1, 25}};
  struct df_observation_writer *writer = NULL;
  struct df_observation o;
  int result = df_observation_create(context, &header, &writer, err);
  for (int n = 0; n < FRAMES && result == 0; n++) {
    observe(n, &o);
    result = df_observation_append(writer, &o, err);
  }
  int closed = df_observation_close(&writer, result == 0 ? err : NULL);
  return result < 0 ? result : closed;
}

static int read_observations(void *context, struct df_error *err)
{
  struct df_observation_header header;
  struct df_observation_reader *reader = NULL;
  struct df_observation o;
  int result = df_observation_open(context, &reader, &header, err);
  while (result >= 0 && (result = df_observation_read(reader, &o, err)) == 1)
    ;
  df_observation_end(&reader);
  return result;
}

static int produce(void *context, struct df_error *err)
{
  struct df_queue *q = context;
  int result = 0;
  for (int i = 0; i < 20 && result == 0; i++) {
    void *item = malloc(8);
    result = item ? df_queue_push(q, item) : df_fail(err, DF_ENOMEM, "out of memory");
  }
  return result;
}

static int consume(void *context, struct df_error *err)
{
  void *item;
  int result;
  (void)err;
  while ((result = df_queue_pop(context, &item)) == 1)
    free(item);
  return result;
}

static int use_crew(void *context, struct df_error *err)
{
  (void)context;
  struct df_queue *q = df_queue_create(2, free);
  if (!q)
    return DF_ENOMEM;
  const struct df_crew_member members[] = {
      {"produce", produce, q, {NULL}, {q}},
      {"consume", consume, q, {q}, {NULL}},
  };
  atomic_bool stop = false;
  int result = df_crew_run(members, 2, &stop, NULL, NULL, err);
  df_queue_destroy(&q);
  return result;
}

static void queue(void **state)
{
  (void)state;
  survives(use_queue, NULL, NULL);
}

static void log_keeps_going(void **state)
{
  (void)state;
  survives(use_log, NULL, NULL);
}

static void pool(void **state)
{
  (void)state;
  survives(use_pool, NULL, NULL);
}

static void crew(void **state)
{
  (void)state;
  survives(use_crew, NULL, NULL);
}

static void batcher(void **state)
{
  (void)state;
  survives(use_batcher, NULL, NULL);
}

static void tracker(void **state)
{
  (void)state;
  survives(use_tracker, NULL, NULL);
}

static void identifier(void **state)
{
  (void)state;
  survives(use_identifier, NULL, NULL);
}

static void director(void **state)
{
  (void)state;
  survives(use_director, NULL, NULL);
}

static void decider(void **state)
{
  (void)state;
  survives(use_decider, NULL, NULL);
  survives(use_decider_twice, NULL, NULL);
}

static void fixes(void **state)
{
  (void)state;
  survives(use_fixes, NULL, NULL);
}

static void composer(void **state)
{
  (void)state;
  survives(use_composer, &(int){1}, NULL);
  survives(use_composer, &(int){3}, NULL);
}

static void device(void **state)
{
  (void)state;
  survives(use_device, NULL, NULL);
}

static void manifest(void **state)
{
  (void)state;
  const char *path = in_folder("models.json");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(manifest_text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  survives(use_manifest, NULL, NULL);
  survives(use_manifest, (void *)path, NULL);
}

static void checksum(void **state)
{
  (void)state;
  const char *path = in_folder("hello");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs("Hello", file) >= 0);
  assert_int_equal(fclose(file), 0);
  survives(use_checksum, (void *)path, NULL);
}

/* Options point into argv: that no memory is needed is worth knowing. */
static void options_need_no_memory(void **state)
{
  (void)state;
  struct df_error err = {0};
  failing_arm(1, FAILING_AFTER);
  int result = use_options(NULL, &err);
  bool one_failed = failing_disarm();
  assert_int_equal(result, 0);
  assert_false(one_failed);
}

static void tracks(void **state)
{
  (void)state;
  const char *path = in_folder("t.jsonl");
  struct failing_options options = {.folder = folder};
  survives(write_tracks, (void *)path, &options);
  survives(read_tracks, (void *)path, &options);
}

static void write_truth(const char *path, int frames)
{
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fprintf(file,
      "{\"dualface_truth\":1,\"width\":%d,\"height\":%d,\"time_base\":\"1/25\",\"people\":["
      "{\"id\":\"A\",\"seat\":\"left\"},{\"id\":\"B\",\"seat\":\"right\"}]}\n",
      WIDTH, HEIGHT);
  for (int n = 0; n < frames; n++)
    fprintf(file,
        "{\"n\":%d,\"pts\":%d,\"cut\":false,\"people\":["
        "{\"id\":\"A\",\"visible\":true,\"box\":[20,30,40,50]},"
        "{\"id\":\"B\",\"visible\":false,\"box\":[220,30,40,50]}]}\n",
        n, n);
  assert_int_equal(fclose(file), 0);
}

static void evaluation(void **state)
{
  (void)state;
  const char *paths[] = {in_folder("truth.jsonl"), in_folder("judged.jsonl")};
  struct failing_options options = {.folder = folder};
  struct df_error err = {0};
  write_truth(paths[0], 3);
  assert_int_equal(write_tracks((void *)paths[1], &err), 0);
  survives(evaluate, (void *)paths, &options);
}

static void observations(void **state)
{
  (void)state;
  const char *path = in_folder("t.obs");
  struct failing_options options = {.folder = folder};
  survives(write_observations, (void *)path, &options);
  survives(read_observations, (void *)path, &options);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(queue),
      cmocka_unit_test(log_keeps_going),
      cmocka_unit_test(pool),
      cmocka_unit_test(crew),
      cmocka_unit_test(batcher),
      cmocka_unit_test(tracker),
      cmocka_unit_test(identifier),
      cmocka_unit_test(director),
      cmocka_unit_test(decider),
      cmocka_unit_test(fixes),
      cmocka_unit_test(composer),
      cmocka_unit_test(device),
      cmocka_unit_test(manifest),
      cmocka_unit_test(checksum),
      cmocka_unit_test(options_need_no_memory),
      cmocka_unit_test(tracks),
      cmocka_unit_test(evaluation),
      cmocka_unit_test(observations),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
