/*
 * The people of a video for who wants to know them: who they are, how long they were seen, and when best. Gathered
 * from decided frames alone.
 */
#ifndef DF_PIPELINE_FOUND_H
#define DF_PIPELINE_FOUND_H

#include "pipeline/pipeline.h"
#include "pipeline/tracks.h"

/** Zero-initialise but for the first three; owns nothing. Of more people than there is room for, those seen longest. */
struct df_census {
  double frame_seconds;                /* nominal, of the first frame */
  float picture_width, picture_height; /* displayed pixels */
  struct {
    struct df_found found;
    float value; /* of the best view: larger and better to recognise */
  } people[DF_FOUND_MAX];
  size_t count;
  bool begun;
  double t, seconds; /* of the last frame; of all so far */
};

/** Takes the next frame. */
void df_census_see(struct df_census *census, const struct df_tracks_frame *frame);

/**
 * Lists the people, who was seen longest first; returns how many. Times are those of frames: the caller knows what
 * they are of the input.
 */
size_t df_census_list(const struct df_census *census, const int seat_person[DF_SEATS],
    struct df_found ret_found[DF_FOUND_MAX]);

enum { DF_FOUND_TEXT = 160 };

/** Whether a person was found. */
bool df_found_has(const struct df_result *result, int person);

/** Puts into words who was found, by number, as far as there is room for: "found were 1, 2". Returns `text`. */
const char *df_found_text(const struct df_result *result, char text[DF_FOUND_TEXT]);

#endif
