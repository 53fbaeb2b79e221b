/*
 * Runs the tracker on detections from a file, for comparing it with others: reads lines
 * `frame,x,y,w,h,score` (frames from 1, growing) from standard input and writes `frame,track,x,y,w,h` for
 * every detection that belongs to a track. Options are `name=value`, named as struct df_tracker_options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/tracker.h"

enum { FACES_MAX = 512 };

static bool set_option(struct df_tracker_options *options, const char *text)
{
  const struct {
    const char *name;
    float *value;
  } names[] = {
      {"high_score=", &options->high_score},
      {"low_score=", &options->low_score},
      {"new_score=", &options->new_score},
      {"match_first=", &options->match_first},
      {"match_second=", &options->match_second},
      {"match_new=", &options->match_new},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i].name);
    if (strncmp(text, names[i].name, length) != 0)
      continue;
    *names[i].value = strtof(text + length, NULL);
    return true;
  }
  if (strncmp(text, "lost_frames=", 12) == 0) {
    options->lost_frames = atoi(text + 12);
    return true;
  }
  options->confirm_at_once = strcmp(text, "confirm_at_once=1") == 0;
  return options->confirm_at_once;
}

static int track_frame(
    struct df_tracker *tracker, long frame, const struct df_face *faces, size_t count)
{
  struct df_tracked tracked[FACES_MAX];
  if (df_tracker_update(tracker, faces, count, tracked) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    if (tracked[i].track > 0)
      printf("%ld,%d,%.9g,%.9g,%.9g,%.9g\n", frame, tracked[i].track, (double)faces[i].box.x,
          (double)faces[i].box.y, (double)faces[i].box.w, (double)faces[i].box.h);
  return 0;
}

static int track_all(struct df_tracker *tracker)
{
  struct df_face faces[FACES_MAX], face = {0};
  size_t count = 0;
  long frame = 1, next;
  while (scanf("%ld,%f,%f,%f,%f,%f", &next, &face.box.x, &face.box.y, &face.box.w, &face.box.h,
             &face.score) == 6) {
    for (; frame < next; frame++, count = 0)
      if (track_frame(tracker, frame, faces, count) < 0)
        return -1;
    if (count < FACES_MAX)
      faces[count++] = face;
  }
  return feof(stdin) ? track_frame(tracker, frame, faces, count) : -1;
}

int main(int argc, char **argv)
{
  struct df_tracker_options options = {0};
  for (int i = 1; i < argc; i++)
    if (!set_option(&options, argv[i])) {
      fprintf(stderr, "track_driver: no such option: %s\n", argv[i]);
      return 2;
    }
  struct df_tracker *tracker = df_tracker_create(&options);
  int result = tracker ? track_all(tracker) : -1;
  df_tracker_destroy(&tracker);
  if (result < 0)
    fprintf(stderr, "track_driver: the input is no list of detections, or memory ran out\n");
  return result < 0 ? 1 : 0;
}
