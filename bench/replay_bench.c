/*
 * How long it takes to decide a long video again from its observation log, as a run that is taken up does: CPU time to
 * read the log, and to read it and decide. The log is that of a short video, repeated until it is as long. Judges
 * nothing. Usage: replay_bench [--json] LOG [seconds of video]
 *
 * With --json prints a line for each: {"name": "...", "ms": 1.5}.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/decider.h"

enum { HOUR = 3600 };

struct bench {
  const char *source;
  double seconds;
  bool json;
  char path[64]; /* of the long log */
  struct df_observation_header header;
  int64_t frames;
  struct df_error err;
};

static void check(struct bench *b, int result)
{
  if (result >= 0)
    return;
  fprintf(stderr, "replay_bench: %s\n", b->err.text[0] ? b->err.text : df_error_text(result));
  if (b->path[0])
    unlink(b->path);
  exit(1);
}

static void print(const struct bench *b, const char *name, double seconds)
{
  printf(b->json ? "{\"name\": \"%s\", \"ms\": %.3f}\n" : "%-40s %10.3f ms\n", name, 1e3 * seconds);
}

/* Appends the short log once more, `shift` later; returns by how much the next one is. */
static int64_t repeat(struct bench *b, struct df_observation_writer *writer, int64_t shift)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation o;
  int64_t last = shift, step = 1;
  int found;
  check(b, df_observation_open(b->source, &reader, &b->header, &b->err));
  while ((found = df_observation_read(reader, &o, &b->err)) == 1) {
    o.n = b->frames++;
    o.pts += shift;
    if (o.pts > last)
      step = o.pts - last;
    last = o.pts;
    check(b, df_observation_append(writer, &o, &b->err));
  }
  df_observation_end(&reader);
  check(b, found);
  return last + step;
}

static void make_log(struct bench *b)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation_writer *writer = NULL;
  check(b, df_observation_open(b->source, &reader, &b->header, &b->err));
  df_observation_end(&reader);
  check(b, df_observation_create(b->path, &b->header, &writer, &b->err));
  double unit = (double)b->header.time_base.num / b->header.time_base.den;
  int64_t before = -1;
  for (int64_t shift = 0; (double)shift * unit < b->seconds && shift > before;) {
    before = shift;
    shift = repeat(b, writer, shift);
  }
  check(b, df_observation_close(&writer, &b->err));
}

/* What `run` decides with where the user says nothing. */
static struct df_decider_options options_of(const struct bench *b)
{
  const float width = (float)b->header.width, height = (float)b->header.height;
  struct df_decider_options options = {
      .director = {.picture_width = width, .picture_height = height, .lookahead = 1},
      .identifier =
          {
              .picture_width = width,
              .picture_height = height,
              .threshold = 0.363F,
              .fps = 30,
              .settle = 1,
          },
      .time_base = b->header.time_base,
      .high_score = 0.6F,
  };
  for (int s = 0; s < DF_SEATS; s++) {
    options.director.aspect[s] = 960.0F / 1080;
    options.director.tile_height[s] = 1080;
  }
  return options;
}

static void decide(struct bench *b, struct df_decider *decider, const struct df_observation *o)
{
  struct df_ask asks[DF_ASK_MAX];
  struct df_answer answers[DF_ASK_MAX] = {0};
  struct df_tracks_frame decided;
  int count = df_decider_see(decider, o, asks);
  check(b, count);
  for (int i = 0; i < count; i++) {
    for (size_t k = 0; k < o->answer_count; k++)
      if (o->answers[k].face == asks[i].face)
        answers[i] = o->answers[k];
    answers[i].face = asks[i].face;
    answers[i].track = asks[i].track;
    answers[i].why = asks[i].why;
  }
  check(b, df_decider_answer(decider, answers, (size_t)count));
  while (df_decider_pop(decider, &decided) == 1)
    ;
}

static double read_log(struct bench *b, struct df_decider *decider)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation o;
  int found;
  clock_t start = clock();
  check(b, df_observation_open(b->path, &reader, &b->header, &b->err));
  while ((found = df_observation_read(reader, &o, &b->err)) == 1)
    if (decider)
      decide(b, decider, &o);
  df_observation_end(&reader);
  check(b, found);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
  struct bench b = {.seconds = HOUR};
  b.json = argc > 1 && strcmp(argv[1], "--json") == 0;
  argc -= b.json;
  argv += b.json;
  if (argc < 2) {
    fprintf(stderr, "usage: replay_bench [--json] LOG [seconds of video]\n");
    return 2;
  }
  b.source = argv[1];
  if (argc > 2)
    b.seconds = strtod(argv[2], NULL);
  strcpy(b.path, "/tmp/dualface-replay-bench-XXXXXX");
  int fd = mkstemp(b.path);
  if (fd < 0) {
    perror(b.path);
    return 1;
  }
  close(fd);
  make_log(&b);
  struct df_decider_options options = options_of(&b);
  struct df_decider *decider = df_decider_create(&options);
  check(&b, decider ? 0 : DF_ENOMEM);
  print(&b, "read", read_log(&b, NULL));
  double seconds = read_log(&b, decider);
  print(&b, "read and decide", seconds);
  print(&b, "read and decide, each picture", seconds / (double)b.frames);
  df_decider_destroy(&decider);
  unlink(b.path);
  return 0;
}
