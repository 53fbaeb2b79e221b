/*
 * How long the camera's decisions take: microseconds a frame, on average over ten minutes of two people who are
 * never still and go away now and then, for several look-aheads; and the longest that one frame took. Judges
 * nothing. Usage: director_bench [--json]
 *
 * With --json prints a line for each: {"name": "...", "us": 12.3, "worst_us": 456.7}.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "camera/director.h"

enum { SECONDS = 600, RATE = 30 };

struct bench {
  struct df_director *director;
  uint32_t seed;
  double total, worst; /* seconds */
};

/* Seconds of this process's own, so that others in between do not count. */
static double own_seconds(void)
{
  return (double)clock() / CLOCKS_PER_SEC;
}

/* -1..1, the same sequence each time. */
static float noise(struct bench *b)
{
  b->seed = b->seed * 1664525u + 1013904223u;
  return (float)(b->seed >> 8) / (float)(1 << 23) - 1;
}

static struct df_scene scene_at(struct bench *b, int n)
{
  struct df_scene scene = {.n = n, .t = (double)n / RATE};
  for (int s = 0; s < DF_SEATS; s++) {
    float h = (float)(170 + 30 * sin(scene.t * 0.2 + s)) * (1 + 0.015f * noise(b));
    float x = (float)(500 + 900 * s + 150 * sin(scene.t * 0.7 + s)) + 2 * noise(b);
    float y = (float)(500 + 40 * sin(scene.t * 0.4)) + 2 * noise(b);
    scene.seen[s] = (n + 200 * s) % 400 < 370;
    scene.face[s] = (struct df_box){x - 0.38f * h, y - h / 2, 0.76f * h, h};
    scene.turn[s] = (float)sin(scene.t * 0.1);
  }
  return scene;
}

static void take_ready(struct bench *b)
{
  struct df_direction direction;
  while (df_director_pop(b->director, &direction))
    continue;
}

static void measure(struct bench *b, double lookahead)
{
  struct df_director_options options = {.picture_width = 1920,
      .picture_height = 1080,
      .aspect = {8.f / 9, 8.f / 9},
      .tile_height = {1080, 1080},
      .lookahead = lookahead};
  *b = (struct bench){.director = df_director_create(&options), .seed = 1};
  if (!b->director)
    exit(1);
  for (int n = 0; n <= SECONDS * RATE; n++) {
    struct df_scene scene = scene_at(b, n);
    double start = own_seconds();
    if (n == SECONDS * RATE)
      df_director_finish(b->director);
    else if (df_director_push(b->director, &scene) < 0)
      exit(1);
    take_ready(b);
    double took = own_seconds() - start;
    b->total += took;
    if (n < SECONDS * RATE)
      b->worst = fmax(b->worst, took);
  }
  df_director_destroy(&b->director);
}

int main(int argc, char **argv)
{
  static const double lookaheads[] = {0, 0.5, 1.5, 10, SECONDS};
  bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
  for (size_t i = 0; i < sizeof lookaheads / sizeof *lookaheads; i++) {
    struct bench b;
    measure(&b, lookaheads[i]);
    double us = b.total / (SECONDS * RATE) * 1e6, worst = b.worst * 1e6;
    char name[64];
    snprintf(name, sizeof name, "director, look-ahead %g s", lookaheads[i]);
    if (json)
      printf("{\"name\": \"%s\", \"us\": %.2f, \"worst_us\": %.1f}\n", name, us, worst);
    else
      printf("%-32s %8.2f us a frame, %8.1f us at most\n", name, us, worst);
  }
  return 0;
}
