/*
 * The people of a video for who wants to know them: who they are, how long they were seen, and when best. An
 * identifier counts frames; what is remembered here is the time stamps of those that matter.
 */
#ifndef DF_PIPELINE_FOUND_H
#define DF_PIPELINE_FOUND_H

#include "pipeline/pipeline.h"
#include "pipeline/tracks.h"

/** A face as large as it has been seen of a person. */
struct df_large_view {
  int person;
  int64_t pts;
  struct df_box box;
};

/** The frames with the best looks at the people known, and the largest faces. Zero-initialise; owns nothing. */
struct df_views {
  struct {
    int64_t frame, pts;
  } items[DF_PEOPLE_MAX];
  size_t count;
  struct df_large_view large[DF_PEOPLE_MAX]; /* for who was never looked at well */
  size_t large_count;
};

/** After every decided frame. */
void df_views_see(struct df_views *views, const struct df_tracks_frame *frame);

/** After a frame in which somebody was looked at: `frame` as the identifier counts, and its time stamp. */
void df_views_note(
    struct df_views *views, const struct df_identifier *identifier, int64_t frame, int64_t pts);

enum { DF_FOUND_TEXT = 160 };

/** Whether a person was found. */
bool df_found_has(const struct df_result *result, int person);

/** Puts into words who was found, by number, as far as there is room for: "found were 1, 2". Returns `text`. */
const char *df_found_text(const struct df_result *result, char text[DF_FOUND_TEXT]);

/**
 * Lists the people known, who was seen longest first; returns how many. `seconds`: how long all was. Times of views
 * are left to the caller, who knows what time stamps mean. Who is only known by a photo was not found.
 */
size_t df_found_list(const struct df_views *views, const struct df_identifier *identifier,
    const int seat_person[DF_SEATS], double seconds, struct df_found ret_found[DF_PEOPLE_MAX]);

#endif
