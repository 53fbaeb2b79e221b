/*
 * Observation logs: each input is tried as the payload of one record, which is then decided on a few times
 * over, since whatever the reader accepts goes there; and as a whole file.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/decider.h"
#include "pipeline/observation.h"
#include "target.h"

enum { REPEATS = 4 };

static bool all_finite(const float *values, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!isfinite(values[i]))
      return false;
  return true;
}

static void check(const struct df_observation *o)
{
  DF_PROMISE(o->face_count <= DF_FACES_MAX && o->answer_count <= DF_ASK_MAX);
  DF_PROMISE(isfinite(o->difference));
  for (size_t i = 0; i < o->face_count; i++) {
    float values[sizeof o->faces[i] / sizeof(float)];
    memcpy(values, &o->faces[i], sizeof values);
    DF_PROMISE(all_finite(values, sizeof values / sizeof values[0]));
  }
  for (size_t i = 0; i < o->answer_count; i++) {
    const struct df_answer *a = &o->answers[i];
    DF_PROMISE(a->face < o->face_count && (unsigned)a->why < DF_ASK_WHYS);
    DF_PROMISE(a->embedding.dimensions >= 0 && a->embedding.dimensions <= DF_EMBEDDING_MAX);
    DF_PROMISE(all_finite(a->embedding.values, (size_t)a->embedding.dimensions));
  }
}

static void check_window(const struct df_shot_window *shot)
{
  struct df_box w = shot->window;
  DF_PROMISE((unsigned)shot->state < DF_WINDOW_STATES);
  DF_PROMISE(isfinite(w.x) && isfinite(w.y) && isfinite(w.w) && isfinite(w.h));
  if (shot->state != DF_WINDOW_BLACK)
    DF_PROMISE(w.x >= 0 && w.y >= 0 && w.x + w.w <= 1280.1f && w.y + w.h <= 720.1f);
}

static void take_decided(struct df_decider *decider)
{
  struct df_tracks_frame frame;
  while (df_decider_pop(decider, &frame) == 1)
    for (int s = 0; s < DF_SEATS; s++)
      check_window(&frame.seats[s].shot);
}

static void see(struct df_decider *decider, struct df_observation *o)
{
  struct df_ask asks[DF_ASK_MAX];
  struct df_answer answers[DF_ASK_MAX];
  int count = df_decider_see(decider, o, asks);
  DF_PROMISE(count >= 0 && count <= DF_ASK_MAX);
  for (int i = 0; i < count; i++) {
    DF_PROMISE(asks[i].face < o->face_count);
    answers[i] = (size_t)i < o->answer_count ? o->answers[i] : (struct df_answer){0};
    answers[i].face = asks[i].face;
    answers[i].track = asks[i].track;
    answers[i].why = asks[i].why;
  }
  DF_PROMISE(df_decider_answer(decider, answers, (size_t)count) == 0);
  take_decided(decider);
}

/* The same picture again and again, its faces drifting. The caller owns the plan, which only a survey makes. */
static struct df_plan *decide(struct df_observation o_copy, bool survey, const struct df_plan *plan)
{
  struct df_observation *o = &o_copy;
  struct df_decider_options options = {
      .director = {1280, 720, {8.f / 9, 8.f / 9}, .tile_height = {1080, 1080}, .lookahead = 0.05},
      .identifier = {1280, 720, .settle = 0.05},
      .time_base = {1, 25},
      .high_score = 0.6f,
      .survey = survey,
      .plan = plan,
  };
  struct df_plan *made = NULL;
  struct df_decider *decider = df_decider_create(&options);
  DF_PROMISE(decider);
  for (int i = 0; i < REPEATS; i++) {
    see(decider, o);
    o->n++;
    o->pts++;
    for (size_t f = 0; f < o->face_count; f++)
      o->faces[f].box.x += o->faces[f].box.w / 4;
  }
  DF_PROMISE(df_decider_finish(decider) == 0);
  take_decided(decider);
  if (survey)
    DF_PROMISE(df_decider_solve(decider, &made) == 0);
  df_decider_destroy(&decider);
  return made;
}

static void decide_both_ways(const struct df_observation *o)
{
  decide(*o, false, NULL);
  struct df_plan *plan = decide(*o, true, NULL);
  decide(*o, false, plan);
  df_plan_destroy(&plan);
}

static void read_file(const uint8_t *data, size_t size)
{
  char path[64];
  int file = memfd_create("log", MFD_CLOEXEC);
  DF_PROMISE(file >= 0 && write(file, data, size) == (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  static struct df_observation o;
  struct df_observation_header header;
  struct df_observation_reader *reader = NULL;
  struct df_error err = {0};
  int result = df_observation_open(path, &reader, &header, &err);
  while (result >= 0 && (result = df_observation_read(reader, &o, &err)) == 1)
    check(&o);
  DF_PROMISE(result == 0 || (result == DF_EINPUT && err.text[0]));
  df_observation_end(&reader);
  close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct df_observation o;
  memset(&o, 0, sizeof o);
  int result = df_observation_unpack(data, size, &o);
  DF_PROMISE(result == 0 || result == DF_EINPUT);
  if (result == 0) {
    check(&o);
    decide_both_ways(&o);
  }
  read_file(data, size);
  return 0;
}
