/* The promises of batcher.h, kept on a fake backend (fake_backend.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_backend.h"

enum { CLIENTS = 6, PICTURES = 300, PATIENCE = 2 };

struct fixture {
  struct fake_backend backend;
  struct df_batcher *batcher;
};

static const struct df_letterbox wide = {640, 384, 1, 1, 1}, narrow = {384, 640, 1, 1, 1};

static void create(struct fixture *f, size_t most, struct df_log *log)
{
  struct df_error err = {0};
  struct df_batch_settings settings = {{most, 0.006}, true, log, PATIENCE};
  assert_int_equal(df_batcher_create_on(&f->backend.base, &settings, &f->batcher, &err), 0);
}

static int init(void **state)
{
  static struct fixture fixture;
  fake_init(&fixture.backend);
  fixture.batcher = NULL;
  *state = &fixture;
  return 0;
}

static int finish(void **state)
{
  struct fixture *f = *state;
  df_batcher_destroy(&f->batcher);
  assert_int_equal(f->backend.destroyed, 1);
  assert_int_equal(f->backend.broken, 0);
  pthread_mutex_destroy(&f->backend.lock);
  return 0;
}

static struct df_batcher_client *join(
    struct fixture *f, const struct df_letterbox *letterbox, int pending)
{
  struct df_batcher_client *client = NULL;
  struct df_error err = {0};
  assert_int_equal(df_batcher_join(f->batcher, NULL, letterbox, pending, 1, &client, &err), 0);
  return client;
}

/* One video: a thread that submits and one that takes. */
struct video {
  struct df_batcher_client *client;
  int count, taken, errors;
  atomic_int wrong; /* both threads see what is */
  double pause;     /* between pictures that are taken */
  struct df_picture pictures[PICTURES];
  pthread_t submitter, taker;
};

static void *submit_all(void *argument)
{
  struct video *v = argument;
  for (int i = 0; i < v->count; i++) {
    v->pictures[i].pts = i;
    v->wrong += df_batcher_submit(v->client, &v->pictures[i], &v->pictures[i], NULL) != 0;
  }
  return NULL;
}

static void *take_all(void *argument)
{
  struct video *v = argument;
  while (v->taken + v->errors < v->count) {
    struct df_sight_result result = {0};
    int got = df_batcher_take(v->client, &result, NULL);
    int next = v->taken + v->errors;
    if (got == 0) { /* the submitter has not come so far */
      fake_sleep(0.0002);
      continue;
    }
    v->errors += got < 0;
    v->taken += got > 0;
    v->wrong +=
        got > 0 && (result.tag != &v->pictures[next] || result.faces[0].box.x != (float)next);
    fake_sleep(v->pause);
  }
  return NULL;
}

static void begin(struct fixture *f, struct video *v, int count, int pending)
{
  memset(v, 0, sizeof *v);
  v->count = count;
  v->client = join(f, &wide, pending);
}

static void go(struct video *v)
{
  assert_int_equal(pthread_create(&v->submitter, NULL, submit_all, v), 0);
  assert_int_equal(pthread_create(&v->taker, NULL, take_all, v), 0);
}

static void end(struct video *v)
{
  pthread_join(v->submitter, NULL);
  pthread_join(v->taker, NULL);
  df_batcher_leave(&v->client);
  assert_null(v->client);
}

static void every_video_gets_its_results_in_order(void **state)
{
  static struct video videos[CLIENTS];
  struct fixture *f = *state;
  f->backend.seconds = 0.0002;
  create(f, 8, NULL);
  for (int i = 0; i < CLIENTS; i++) {
    begin(f, &videos[i], PICTURES, 2 + 3 * i);
    videos[i].pause = i == 1 ? 0.001 : 0;
  }
  for (int i = 0; i < CLIENTS; i++)
    go(&videos[i]);
  for (int i = 0; i < CLIENTS; i++) {
    end(&videos[i]);
    assert_int_equal(videos[i].taken, PICTURES);
    assert_int_equal(videos[i].errors + videos[i].wrong, 0);
  }
  assert_string_equal(df_batcher_provider(f->batcher), "CUDA");
}

static void many_pictures_make_full_batches_and_run_ahead(void **state)
{
  static struct video videos[2];
  struct fixture *f = *state;
  f->backend.seconds = 0.003;
  create(f, 4, NULL);
  for (int i = 0; i < 2; i++)
    begin(f, &videos[i], 100, 16);
  for (int i = 0; i < 2; i++)
    go(&videos[i]);
  for (int i = 0; i < 2; i++)
    end(&videos[i]);
  size_t full = 0;
  for (size_t i = 0; i < f->backend.batches; i++) {
    assert_in_range(f->backend.sizes[i], 1, 4);
    full += f->backend.sizes[i] == 4;
  }
  assert_in_range(full, 30, 50);
  assert_int_equal(f->backend.ahead, DF_BATCH_DEPTH);
}

static void videos_of_different_sizes_share_no_batch(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {.pts = 1};
  struct df_sight_result result;
  struct df_error err = {0};
  create(f, 8, NULL);
  struct df_batcher_client *a = join(f, &wide, 4), *b = join(f, &narrow, 4);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(df_batcher_submit(a, &picture, NULL, &err), 0);
    assert_int_equal(df_batcher_submit(b, &picture, NULL, &err), 0);
  }
  for (int i = 0; i < 2; i++) {
    assert_int_equal(df_batcher_take(a, &result, &err), 1);
    assert_int_equal(df_batcher_take(b, &result, &err), 1);
  }
  assert_int_equal(df_batcher_take(a, &result, &err), 0);
  assert_int_equal(f->backend.batches, 2); /* that none was mixed is the backend's to see */
  df_batcher_leave(&a);
  df_batcher_leave(&b);
}

static void one_picture_alone_waits_no_longer_than_it_must(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {.pts = 1};
  struct df_sight_result result;
  struct df_error err = {0};
  create(f, 8, NULL);
  struct df_batcher_client *c = join(f, &wide, 4), *alone = join(f, &narrow, 1);
  double begun = df_clock_now();
  assert_int_equal(df_batcher_submit(c, &picture, NULL, &err), 0);
  assert_int_equal(df_batcher_take(c, &result, &err), 1);
  double waited = df_clock_now() - begun;
  assert_true(waited >= 0.0059 && waited < 1);
  for (int i = 0; i < 100; i++) { /* no company can come, so 100 of them take no 600 ms */
    assert_int_equal(df_batcher_submit(alone, &picture, NULL, &err), 0);
    assert_int_equal(df_batcher_take(alone, &result, &err), 1);
  }
  assert_true(df_clock_now() - begun - waited < 0.5);
  df_batcher_leave(&c);
  df_batcher_leave(&alone);
}

static void a_video_that_takes_nothing_holds_up_no_other(void **state)
{
  static struct video lively;
  struct fixture *f = *state;
  struct df_picture pictures[8] = {0};
  struct df_error err = {0};
  create(f, 8, NULL);
  struct df_batcher_client *stuck = join(f, &wide, 8);
  for (int i = 0; i < 8; i++)
    assert_int_equal(df_batcher_submit(stuck, &pictures[i], NULL, &err), 0);
  begin(f, &lively, PICTURES, 4);
  go(&lively);
  end(&lively);
  assert_int_equal(lively.taken, PICTURES);
  df_batcher_leave(&stuck);
}

static void an_error_reaches_every_video_of_the_batch_and_the_next_batch_is_well(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {0};
  struct df_sight_result result;
  struct df_error none = {0};
  create(f, 2, NULL);
  struct df_batcher_client *clients[] = {join(f, &wide, 4), join(f, &wide, 4)};
  for (int round = 0; round < 3; round++) {
    f->backend.fail_runs = round == 0;
    f->backend.fail_waits = round == 1;
    for (int i = 0; i < 2; i++)
      assert_int_equal(df_batcher_submit(clients[i], &picture, NULL, &none), 0);
    for (int i = 0; i < 2; i++) {
      struct df_error err = {0};
      int wanted = round < 2 ? DF_ELIBRARY : 1;
      assert_int_equal(df_batcher_take(clients[i], &result, &err), wanted);
      assert_string_equal(err.text, round == 0   ? "the fake model cannot be run"
                                    : round == 1 ? "the fake device was lost"
                                                 : "");
    }
  }
  for (int i = 0; i < 2; i++)
    df_batcher_leave(&clients[i]);
}

static void a_picture_that_cannot_be_prepared_is_the_submitter_s_error(void **state)
{
  struct fixture *f = *state;
  struct df_picture bad = {.pts = -1}, good = {.pts = 3};
  struct df_sight_result result;
  struct df_error err = {0};
  create(f, 8, NULL);
  struct df_batcher_client *c = join(f, &wide, 1);
  assert_int_equal(df_batcher_submit(c, &bad, NULL, &err), DF_EINPUT);
  assert_int_equal(df_batcher_take(c, &result, NULL), 0);
  assert_int_equal(df_batcher_submit(c, &good, &good, NULL), 0);
  assert_int_equal(df_batcher_take(c, &result, NULL), 1);
  assert_ptr_equal(result.tag, &good);
  df_batcher_leave(&c);
}

static void count_warnings(void *context, enum df_log_level level, const char *line)
{
  *(int *)context += level == DF_LOG_WARNING && strstr(line, "has no room") != NULL;
}

static void *submit_until_closed(void *argument)
{
  static struct df_picture picture;
  struct video *v = argument;
  int result = 0;
  while (result == 0)
    result = df_batcher_submit(v->client, &picture, NULL, NULL);
  v->wrong += result != DF_ECLOSED;
  return NULL;
}

static void who_waits_to_submit_can_be_sent_away(void **state)
{
  static struct video video;
  struct fixture *f = *state;
  create(f, 8, NULL);
  begin(f, &video, 0, 4);
  assert_int_equal(pthread_create(&video.submitter, NULL, submit_until_closed, &video), 0);
  fake_sleep(0.02);
  df_batcher_cancel(video.client);
  pthread_join(video.submitter, NULL);
  assert_int_equal(video.wrong, 0);
  struct df_sight_result result;
  for (int i = 0; i < 4; i++)
    assert_int_equal(df_batcher_take(video.client, &result, NULL), 1);
  assert_int_equal(df_batcher_take(video.client, &result, NULL), 0);
  df_batcher_leave(&video.client);
}

static void out_of_memory_makes_smaller_batches_and_no_error(void **state)
{
  static struct video videos[2];
  struct fixture *f = *state;
  int warnings = 0;
  struct df_log *log = df_log_create(DF_LOG_WARNING, count_warnings, &warnings);
  f->backend.memory = 2;
  create(f, 8, log);
  for (int i = 0; i < 2; i++)
    begin(f, &videos[i], 60, 16);
  for (int i = 0; i < 2; i++)
    go(&videos[i]);
  for (int i = 0; i < 2; i++) {
    end(&videos[i]);
    assert_int_equal(videos[i].taken, 60);
    assert_int_equal(videos[i].wrong, 0);
  }
  assert_in_range(warnings, 1, 3);
  df_batcher_destroy(&f->batcher);
  df_log_destroy(&log);
}

/* The most pictures of a batch from number `first` on. */
static size_t largest_since(struct fixture *f, size_t first)
{
  size_t most = 0;
  pthread_mutex_lock(&f->backend.lock);
  for (size_t i = first; i < f->backend.batches; i++)
    most = f->backend.sizes[i] > most ? f->backend.sizes[i] : most;
  pthread_mutex_unlock(&f->backend.lock);
  return most;
}

static void run_videos(struct fixture *f, int count)
{
  static struct video videos[2];
  for (int i = 0; i < 2; i++)
    begin(f, &videos[i], count, 16);
  for (int i = 0; i < 2; i++)
    go(&videos[i]);
  for (int i = 0; i < 2; i++) {
    end(&videos[i]);
    assert_int_equal(videos[i].taken, count);
    assert_int_equal(videos[i].wrong, 0);
  }
}

static void once_memory_is_there_again_batches_grow_again(void **state)
{
  enum { ROUNDS = 100 }; /* how full batches are is the scheduler's to say, so it is tried again */
  struct fixture *f = *state;
  struct df_events *events = df_events_create();
  struct df_log *log = df_log_create(DF_LOG_WARNING, NULL, NULL);
  df_log_publish_to(log, events);
  f->backend.memory = 2;
  create(f, 8, log);
  for (int i = 0; i < ROUNDS && df_events_count(events, DF_EVENT_BATCH_LARGER) == 0; i++)
    run_videos(f, PICTURES / 15);
  size_t first = f->backend.batches;
  assert_true(df_events_count(events, DF_EVENT_BATCH_SMALLER) >= 1 && largest_since(f, 0) <= 2);
  assert_true(df_events_count(events, DF_EVENT_BATCH_LARGER) >= 1); /* and in vain */
  f->backend.memory = 0;
  for (int i = 0; i < ROUNDS && largest_since(f, first) < 8; i++)
    run_videos(f, PICTURES / 15);
  assert_int_equal(largest_since(f, first), 8);
  df_batcher_destroy(&f->batcher);
  df_log_destroy(&log);
  df_events_destroy(&events);
}

static void a_batch_of_one_without_memory_is_an_error(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {0};
  struct df_sight_result result;
  struct df_error err = {0};
  create(f, 1, NULL);
  struct df_batcher_client *c = join(f, &wide, 2);
  f->backend.fail_runs = 1;
  assert_int_equal(df_batcher_submit(c, &picture, NULL, &err), 0);
  assert_int_equal(df_batcher_take(c, &result, &err), DF_ELIBRARY);
  df_batcher_leave(&c);
}

static void leaving_waits_for_what_runs_and_gives_up_the_rest(void **state)
{
  struct fixture *f = *state;
  struct df_picture pictures[16] = {0};
  struct df_error err = {0};
  f->backend.seconds = 0.02;
  create(f, 2, NULL);
  struct df_batcher_client *c = join(f, &wide, 16), *other = join(f, &wide, 16);
  for (int i = 0; i < 16; i++) {
    assert_int_equal(df_batcher_submit(c, &pictures[i], NULL, &err), 0);
    assert_int_equal(df_batcher_submit(other, &pictures[i], NULL, &err), 0);
  }
  df_batcher_leave(&c);
  struct df_sight_result result;
  for (int i = 0; i < 16; i++)
    assert_int_equal(df_batcher_take(other, &result, &err), 1);
  df_batcher_leave(&other);
  assert_in_range(f->backend.batches, 8, 14);
}

struct asker {
  struct df_batcher_client *client;
  int first, wrong, errors;
};

static void *embed_some(void *argument)
{
  struct asker *a = argument;
  for (int i = a->first; i < a->first + 50; i++) {
    struct df_picture picture = {.pts = 2 * i};
    float matrix[6] = {(float)i}, sharpness = 0;
    struct df_embedding embedding = {0};
    int result = df_batcher_embed(a->client, &picture, matrix, &embedding, &sharpness, NULL);
    a->errors += result < 0;
    a->wrong += result == 0 && (embedding.values[0] != (float)i || sharpness != (float)(2 * i));
  }
  return NULL;
}

static void faces_get_their_own_embeddings_while_pictures_are_looked_at(void **state)
{
  static struct video videos[2];
  struct fixture *f = *state;
  struct asker askers[4] = {0};
  pthread_t threads[4];
  f->backend.seconds = 0.0002;
  create(f, 8, NULL);
  for (int i = 0; i < 2; i++)
    begin(f, &videos[i], PICTURES, 8);
  for (int i = 0; i < 4; i++) { /* two threads a video */
    askers[i] = (struct asker){.client = videos[i / 2].client, .first = 100 * i};
    assert_int_equal(pthread_create(&threads[i], NULL, embed_some, &askers[i]), 0);
  }
  for (int i = 0; i < 2; i++)
    go(&videos[i]);
  for (int i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(askers[i].wrong + askers[i].errors, 0);
  }
  for (int i = 0; i < 2; i++) {
    end(&videos[i]);
    assert_int_equal(videos[i].wrong + videos[i].errors, 0);
  }
}

static void a_face_goes_ahead_of_pictures_that_wait(void **state)
{
  struct fixture *f = *state;
  struct df_picture pictures[32] = {0};
  struct df_error err = {0};
  f->backend.seconds = 0.01;
  create(f, 1, NULL);
  struct df_batcher_client *c = join(f, &wide, 32);
  for (int i = 0; i < 32; i++)
    assert_int_equal(df_batcher_submit(c, &pictures[i], NULL, &err), 0);
  float matrix[6] = {7}, sharpness;
  struct df_embedding embedding;
  assert_int_equal(df_batcher_embed(c, &pictures[0], matrix, &embedding, &sharpness, &err), 0);
  pthread_mutex_lock(&f->backend.lock);
  size_t before = 0;
  while (f->backend.sizes[before] < 100)
    before++;
  pthread_mutex_unlock(&f->backend.lock);
  assert_in_range(before, 0, 8); /* those that ran while we submitted, not the 32 */
  df_batcher_leave(&c);
}

static void an_error_of_the_embedder_reaches_who_asked(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {0};
  float matrix[6] = {7}, sharpness;
  struct df_embedding embedding;
  struct df_error err = {0};
  create(f, 8, NULL);
  struct df_batcher_client *c = join(f, &wide, 2);
  f->backend.fail_runs = 1;
  assert_int_equal(
      df_batcher_embed(c, &picture, matrix, &embedding, &sharpness, &err), DF_ELIBRARY);
  assert_string_equal(err.text, "the fake model cannot be run");
  err = (struct df_error){0};
  f->backend.fail_waits = 1;
  assert_int_equal(
      df_batcher_embed(c, &picture, matrix, &embedding, &sharpness, &err), DF_ELIBRARY);
  assert_int_equal(df_batcher_embed(c, &picture, matrix, &embedding, &sharpness, &err), 0);
  df_batcher_leave(&c);
}

static void what_cannot_be_is_refused(void **state)
{
  struct fixture *f = *state;
  struct df_picture picture = {0};
  float matrix[6] = {7}, sharpness;
  struct df_embedding embedding;
  struct df_batcher_client *c = NULL;
  struct df_batch_settings settings = {{8, 0.006}, false, NULL};
  assert_int_equal(df_batcher_create_on(&f->backend.base, &settings, &f->batcher, NULL), 0);
  assert_int_equal(df_batcher_join(f->batcher, NULL, &wide, 0, 1, &c, NULL), DF_EUSAGE);
  assert_int_equal(df_batcher_join(f->batcher, NULL, &wide, 33, 1, &c, NULL), DF_EUSAGE);
  assert_int_equal(df_batcher_join(f->batcher, NULL, &wide, 1, 0, &c, NULL), DF_EUSAGE);
  f->backend.refuse = true;
  assert_int_equal(df_batcher_join(f->batcher, NULL, &wide, 1, 1, &c, NULL), DF_ENOMEM);
  f->backend.refuse = false;
  c = join(f, &wide, 1);
  assert_int_equal(df_batcher_embed(c, &picture, matrix, &embedding, &sharpness, NULL), DF_EUSAGE);
  df_batcher_leave(&c);
  df_batcher_leave(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, finish)

static int finish_without_batcher(void **state)
{
  struct fixture *f = *state;
  assert_int_equal(f->backend.destroyed, 1);
  assert_int_equal(f->backend.broken, 0);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(every_video_gets_its_results_in_order),
      TEST(many_pictures_make_full_batches_and_run_ahead),
      TEST(videos_of_different_sizes_share_no_batch),
      TEST(one_picture_alone_waits_no_longer_than_it_must),
      TEST(a_video_that_takes_nothing_holds_up_no_other),
      TEST(an_error_reaches_every_video_of_the_batch_and_the_next_batch_is_well),
      TEST(a_picture_that_cannot_be_prepared_is_the_submitter_s_error),
      TEST(who_waits_to_submit_can_be_sent_away),
      cmocka_unit_test_setup_teardown(
          out_of_memory_makes_smaller_batches_and_no_error, init, finish_without_batcher),
      TEST(once_memory_is_there_again_batches_grow_again),
      TEST(a_batch_of_one_without_memory_is_an_error),
      TEST(leaving_waits_for_what_runs_and_gives_up_the_rest),
      TEST(faces_get_their_own_embeddings_while_pictures_are_looked_at),
      TEST(a_face_goes_ahead_of_pictures_that_wait),
      TEST(an_error_of_the_embedder_reaches_who_asked),
      TEST(what_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
