/*
 * Looking with a batcher: the two stages with a made-up batcher between them, which is slow, fails, or is left
 * with pictures under way. The calls of vision/batcher.h come here (--wrap).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/crew.h"
#include "pipeline/detect.h"
#include "pipeline/device_cuda.h"

enum { PICTURES = 200, WIDTH = 96, HEIGHT = 54 };

int __wrap_df_batcher_submit(
    struct df_batcher_client *client, struct df_picture *picture, void *tag, struct df_error *err);
int __wrap_df_batcher_take(
    struct df_batcher_client *client, struct df_sight_result *ret_result, struct df_error *err);
int __wrap_df_device_cuda_fetch(struct df_device *device, const struct df_picture *picture,
    struct df_picture *host, struct df_error *err);

/* The made-up batcher, and the line it stands in. */
static struct world {
  struct df_pipeline p;
  pthread_mutex_t lock;
  struct {
    struct df_picture *picture;
    void *tag;
    int64_t n;
  } ring[DF_UNDER_WAY];
  size_t head, count, most;
  int looked;       /* pictures that were handed in */
  int fetched;      /* pictures that were copied from the device */
  int take_fails;   /* after so many results; 0: never */
  int fails_until;  /* and up to this one */
  int submit_fails; /* after so many pictures; 0: never */
  long slow_us;
  struct df_result result;
  int end_at, end_with; /* the consumer ends after so many, with this */
  int64_t received;
  struct df_observation seen[PICTURES];
  struct df_pool *pool;
} w;

/* Every picture shows its number, as a pattern that differs much from that of its neighbours. */
static void paint(struct df_picture *picture, int64_t n)
{
  for (int y = 0; y < HEIGHT; y++)
    memset(picture->planes[0] + y * picture->strides[0], (int)(n * 37 % 200) + (y % 8) * (n % 3),
        WIDTH);
  picture->planes[0][0] = (uint8_t)n;
  picture->pts = n * 100;
}

static bool shows(const struct df_picture *picture, int64_t n)
{
  return picture->planes[0][0] == (uint8_t)n && picture->pts == n * 100;
}

int __wrap_df_batcher_submit(
    struct df_batcher_client *client, struct df_picture *picture, void *tag, struct df_error *err)
{
  assert_ptr_equal(client, w.p.client);
  if (w.submit_fails && w.looked == w.submit_fails)
    return df_fail(err, DF_ELIBRARY, "the batcher takes no more");
  pthread_mutex_lock(&w.lock);
  assert_true(w.count < DF_UNDER_WAY); /* the real one would wait, perhaps for ever */
  size_t at = (w.head + w.count++) % DF_UNDER_WAY;
  w.ring[at].picture = picture;
  w.ring[at].tag = tag;
  w.ring[at].n = picture->pts / 100;
  w.most = w.count > w.most ? w.count : w.most;
  w.looked++;
  pthread_mutex_unlock(&w.lock);
  return 0;
}

int __wrap_df_batcher_take(
    struct df_batcher_client *client, struct df_sight_result *ret_result, struct df_error *err)
{
  assert_ptr_equal(client, w.p.client);
  if (w.slow_us)
    nanosleep(&(struct timespec){.tv_nsec = w.slow_us * 1000}, NULL);
  pthread_mutex_lock(&w.lock);
  bool any = w.count > 0;
  struct df_picture *picture = w.ring[w.head].picture;
  void *tag = w.ring[w.head].tag;
  int64_t n = w.ring[w.head].n;
  pthread_mutex_unlock(&w.lock);
  if (!any)
    return 0;
  assert_true(shows(picture, n)); /* nobody else has got it meanwhile */
  bool fails = w.take_fails && n >= w.take_fails && n <= w.fails_until;
  if (!fails) {
    *ret_result = (struct df_sight_result){.tag = tag, .count = 1};
    ret_result->faces[0].score = (float)n;
    df_sketch_cpu(picture, &ret_result->sketch);
  }
  pthread_mutex_lock(&w.lock);
  w.head = (w.head + 1) % DF_UNDER_WAY;
  w.count--;
  pthread_mutex_unlock(&w.lock);
  return fails ? df_fail(err, DF_ELIBRARY, "the model failed") : 1;
}

int __wrap_df_device_cuda_fetch(struct df_device *device, const struct df_picture *picture,
    struct df_picture *host, struct df_error *err)
{
  (void)device;
  (void)err;
  for (int y = 0; y < HEIGHT; y++)
    memcpy(host->planes[0] + y * host->strides[0], picture->planes[0] + y * picture->strides[0],
        WIDTH);
  w.fetched++;
  return 0;
}

static int produce(void *context, struct df_error *err)
{
  (void)context;
  for (int64_t n = 0; n < PICTURES; n++) {
    struct df_picture *picture = df_pool_take(w.pool);
    struct df_frame *frame = picture ? df_frame_create(n, picture) : NULL;
    if (!frame)
      return df_fail(err, DF_ENOMEM, "out of memory");
    paint(picture, n);
    int result = df_queue_push(w.p.decoded, frame);
    if (result < 0)
      return result;
  }
  return 0;
}

static int look(void *context, struct df_error *err)
{
  return df_stage_look(context, err);
}

static int see(void *context, struct df_error *err)
{
  return df_stage_see(context, err);
}

static int consume(void *context, struct df_error *err)
{
  (void)context;
  void *item;
  int result;
  while ((result = df_queue_pop(w.p.observed, &item)) == 1) {
    struct df_frame *frame = item;
    bool in_order = frame->n == w.received && shows(frame->picture, frame->n);
    w.seen[w.received++] = *frame->observation;
    df_frame_free(frame);
    if (!in_order)
      return df_fail(err, DF_EINPUT, "a picture is out of order");
    if (w.received == w.end_at)
      return w.end_with < 0 ? df_fail(err, w.end_with, "the end is broken") : 0;
  }
  return result;
}

/* As df_pipeline_close does it: what is under way is still whole, then it goes. */
static void close_line(void)
{
  for (size_t i = 0; i < w.count; i++) {
    size_t at = (w.head + i) % DF_UNDER_WAY;
    assert_true(shows(w.ring[at].picture, w.ring[at].n));
  }
  for (int i = 0; i < DF_UNDER_WAY; i++)
    df_picture_unref(&w.p.held[i]);
  df_queue_destroy(&w.p.decoded);
  df_queue_destroy(&w.p.looking);
  df_queue_destroy(&w.p.observed);
  df_observation_end(&w.p.log_reader);
  size_t all = df_pool_allocated(w.pool);
  struct df_picture *again[64];
  assert_true(all <= 64);
  for (size_t i = 0; i < all; i++)
    assert_non_null(again[i] = df_pool_take(w.pool));
  assert_int_equal(df_pool_allocated(w.pool), all); /* all were given back */
  for (size_t i = 0; i < all; i++)
    df_picture_unref(&again[i]);
  df_pool_destroy(&w.pool);
}

static int run_line(struct df_error *err)
{
  static const struct df_task task = {.input = "made-up.mp4"};
  static atomic_bool stop;
  pthread_mutex_init(&w.lock, NULL);
  w.p.task = &task;
  w.p.result = &w.result;
  w.p.client = (struct df_batcher_client *)&w;
  w.p.decoded = df_queue_create(4, df_frame_free);
  w.p.looking = df_queue_create(DF_UNDER_WAY - 2, df_frame_free);
  w.p.observed = df_queue_create(4, df_frame_free);
  w.pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  const struct df_crew_member members[] = {
      {"produce", produce, NULL, {NULL}, {w.p.decoded}},
      {"look", look, &w.p, {w.p.decoded}, {w.p.looking}},
      {"see", see, &w.p, {w.p.looking}, {w.p.observed}},
      {"consume", consume, NULL, {w.p.observed}, {NULL}},
  };
  return df_crew_run(members, 4, &stop, NULL, NULL, err);
}

static void every_picture_is_seen_in_order(void **state)
{
  (void)state;
  w = (struct world){.slow_us = 100};
  assert_int_equal(run_line(NULL), 0);
  assert_int_equal(w.received, PICTURES);
  for (int n = 0; n < PICTURES; n++) {
    assert_int_equal(w.seen[n].n, n);
    assert_int_equal(w.seen[n].pts, n * 100);
    assert_int_equal(w.seen[n].face_count, 1);
    assert_true(w.seen[n].faces[0].score == (float)n);
    assert_true(n == 0 ? w.seen[n].difference == 0 : w.seen[n].difference > 0);
  }
  assert_true(w.most > 8); /* a batch can fill while another runs */
  close_line();
}

static void differences_are_those_of_neighbours(void **state)
{
  (void)state;
  w = (struct world){0};
  assert_int_equal(run_line(NULL), 0);
  struct df_pool *pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  struct df_picture *picture = df_pool_take(pool);
  struct df_luma_sketch before = {0}, now;
  for (int n = 0; n < PICTURES; n++, before = now) {
    paint(picture, n);
    df_sketch_cpu(picture, &now);
    assert_true(w.seen[n].difference == (n == 0 ? 0 : df_sketch_difference(&before, &now)));
  }
  df_picture_unref(&picture);
  df_pool_destroy(&pool);
  close_line();
}

static void a_failing_consumer_leaves_what_is_under_way_whole(void **state)
{
  (void)state;
  w = (struct world){.end_at = 60, .end_with = DF_EOUTPUT, .slow_us = 300};
  struct df_error err = {0};
  assert_int_equal(run_line(&err), DF_EOUTPUT);
  assert_string_equal(err.text, "the end is broken");
  close_line();
}

static void a_consumer_that_wants_no_more_ends_all_without_error(void **state)
{
  (void)state;
  w = (struct world){.end_at = 60};
  assert_int_equal(run_line(NULL), 0);
  assert_int_equal(w.received, 60);
  close_line();
}

static void pictures_on_which_the_model_fails_show_nobody(void **state)
{
  (void)state;
  w = (struct world){.take_fails = 50, .fails_until = 50 + DF_MISSES_IN_A_ROW - 2};
  assert_int_equal(run_line(NULL), 0);
  assert_int_equal(w.received, PICTURES);
  assert_int_equal(w.result.unsearched, DF_MISSES_IN_A_ROW - 1);
  for (int n = 0; n < PICTURES; n++) {
    bool failed = n >= w.take_fails && n <= w.fails_until;
    assert_int_equal(w.seen[n].n, n);
    assert_int_equal(w.seen[n].face_count, !failed);
    assert_int_equal(w.seen[n].difference == 0, failed || n == 0);
  }
  close_line();
}

static void what_fails_for_good_ends_all_with_its_sentence(void **state)
{
  (void)state;
  struct df_error err = {0};
  w = (struct world){.take_fails = 50, .fails_until = PICTURES};
  assert_int_equal(run_line(&err), DF_ELIBRARY);
  assert_non_null(strstr(err.text, "100 times in a row: the model failed"));
  assert_in_range(w.received, 50, 50 + DF_MISSES_IN_A_ROW);
  close_line();
}

static void an_error_of_the_batcher_ends_all_with_its_sentence(void **state)
{
  (void)state;
  struct df_error err = {0};
  w = (struct world){.submit_fails = 50};
  assert_int_equal(run_line(&err), DF_ELIBRARY);
  assert_string_equal(err.text, "the batcher takes no more");
  close_line();
}

/* Writes a log of the first `count` pictures, each with two faces. */
static void open_log(int count)
{
  char path[] = "/tmp/dualface-look-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  struct df_observation_header header = {.width = WIDTH, .height = HEIGHT, .time_base = {1, 3000}};
  struct df_observation_writer *writer = NULL;
  assert_int_equal(df_observation_create(path, &header, &writer, NULL), 0);
  for (int n = 0; n < count; n++) {
    struct df_observation o = {.n = n, .pts = n * 100, .difference = 0.25F, .face_count = 2};
    for (int i = 0; i < 2; i++)
      o.faces[i] = (struct df_face){.box = {1, 1, 8, 8}, .score = 0.5F};
    assert_int_equal(df_observation_append(writer, &o, NULL), 0);
  }
  assert_int_equal(df_observation_close(&writer, NULL), 0);
  assert_int_equal(df_observation_open(path, &w.p.log_reader, &header, NULL), 0);
  unlink(path);
}

static void a_whole_log_is_believed_without_looking(void **state)
{
  (void)state;
  w = (struct world){0};
  open_log(PICTURES);
  assert_int_equal(run_line(NULL), 0);
  assert_int_equal(w.received, PICTURES);
  assert_int_equal(w.looked, 0);
  assert_int_equal(w.fetched, 0);
  assert_int_equal(w.seen[PICTURES - 1].face_count, 2);
  close_line();
}

static void beyond_a_log_looking_begins_as_if_there_had_been_none(void **state)
{
  (void)state;
  w = (struct world){0};
  assert_int_equal(run_line(NULL), 0);
  float difference = w.seen[120].difference;
  close_line();
  w = (struct world){0};
  open_log(120);
  assert_int_equal(run_line(NULL), 0);
  assert_int_equal(w.received, PICTURES);
  assert_int_equal(w.looked, PICTURES - 120);
  assert_int_equal(w.fetched, 1);
  assert_true(w.seen[119].difference == 0.25F);
  assert_int_equal(w.seen[119].face_count, 2);
  assert_int_equal(w.seen[120].face_count, 1);
  assert_true(w.seen[120].difference == difference);
  close_line();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_picture_is_seen_in_order),
      cmocka_unit_test(differences_are_those_of_neighbours),
      cmocka_unit_test(a_failing_consumer_leaves_what_is_under_way_whole),
      cmocka_unit_test(a_consumer_that_wants_no_more_ends_all_without_error),
      cmocka_unit_test(pictures_on_which_the_model_fails_show_nobody),
      cmocka_unit_test(what_fails_for_good_ends_all_with_its_sentence),
      cmocka_unit_test(an_error_of_the_batcher_ends_all_with_its_sentence),
      cmocka_unit_test(a_whole_log_is_believed_without_looking),
      cmocka_unit_test(beyond_a_log_looking_begins_as_if_there_had_been_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
