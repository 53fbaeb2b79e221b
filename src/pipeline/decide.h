/* What deciding from a running video and deciding from a log alone have in common. */
#ifndef DF_PIPELINE_DECIDE_H
#define DF_PIPELINE_DECIDE_H

#include "pipeline/stages.h"

/** The decider's options for a task: the same for the same task and video, so that a log replays alike. */
void df_decide_options(struct df_pipeline *p, struct df_decider_options *ret_options);

/** How many pictures wait for their future: the look-ahead at the stream's nominal rate, as far as memory goes. */
size_t df_decide_pictures_ahead(const struct df_pipeline *p);

/** Seconds from the beginning of the part that is read. */
double df_decide_seconds(const struct df_pipeline *p, int64_t pts);

/** Add up what the summary says. */
void df_decide_count_asked(struct df_pipeline *p, size_t asked);
void df_decide_count_frame(struct df_pipeline *p, const struct df_tracks_frame *decided);
void df_decide_progress(struct df_pipeline *p, const struct df_tracks_frame *decided);

/** After the last frame: who has the seats and how many people there were. */
void df_decide_finish(struct df_pipeline *p, struct df_decider *decider);

/** `analyze --replay`: decides from the log alone, in the calling thread. No picture is decoded. */
int df_decide_replay(struct df_pipeline *p, struct df_error *err);

#endif
