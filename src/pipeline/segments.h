/*
 * A long task is cut into segments, so that a later run can take it up (docs/segments.md): each is encoded by an
 * encoder of its own into a file of packets in the task's work folder, and the output is joined of them in the
 * end, without encoding anything again. A run that is never broken off goes the same way, so that both come to
 * the same pictures.
 *
 *   opening   resume.c     what is done already, and where to go on
 *   encode    segments.c   packets -> a file a segment -> the journal
 *   the end   join.c       those files, and the input's other streams -> df_output
 *
 * When a task is taken up, all that was seen in it is in its observation log, from which decisions are made again
 * from the first picture on. Pictures before `skip` are not even decoded: their frames have none.
 */
#ifndef DF_PIPELINE_SEGMENTS_H
#define DF_PIPELINE_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/journal.h"

struct AVCodecContext;
struct AVPacket;
struct df_packet_writer;
struct df_pipeline;
struct df_task;
struct df_work;

/** Part of struct df_pipeline. All zero: the task is not cut. */
struct df_segments {
  struct df_work *work; /* NULL: not cut */
  struct df_observation_writer *log_writer;
  struct AVCodecContext *header; /* what the output's header says of the video: no encoder */

  int64_t known;    /* pictures in the log */
  int64_t first;    /* the first picture to encode: those before are done */
  int64_t begin;    /* the first picture to hand on at all */
  int64_t skip;     /* the first picture to decode */
  int64_t skip_pts; /* its time */
  bool whole;       /* all are done: nothing is decoded */

  struct df_packet_writer *writer; /* of the segment that is being made */
  struct df_segment current;
};

/** Seconds of pictures that are decoded before those that are wanted, so that the decoder is at home again. */
enum { DF_WARM_UP = 1 };

/** How much of what an earlier run left is believed. Each time it does not fit, less. */
enum df_trust {
  DF_TRUST_ALL,      /* also that decoding may begin in mid-file */
  DF_TRUST_SEGMENTS, /* but decoding begins with the first picture */
  DF_TRUST_NOTHING,
};

/** The same in the video's time base. */
int64_t df_segments_warm_up(const struct df_pipeline *p);
/** Which segment a picture of this time is in. */
int64_t df_segments_index(const struct df_pipeline *p, int64_t pts);

/**
 * Whether the results that are there were made by a run of this task that was killed while it named them, so that they
 * may be replaced. By what the work folder says, which may be of another task.
 */
bool df_segments_may_replace(const struct df_task *task);

/** Of a run that p->replaces: DF_EOUTPUT, as for any file that is there, when they are not of the very same task. */
int df_segments_check_replaced(struct df_pipeline *p, struct df_error *err);

/** Opens the work folder where the task has one and can be cut, before anything is written. */
int df_segments_open(struct df_pipeline *p, struct df_error *err);
/** Finds what is done, once encoder and output are open, and opens the logs. */
int df_segments_resume(struct df_pipeline *p, struct df_error *err);
/** Releases all; deletes the folder when the task is `done`. */
void df_segments_close(struct df_pipeline *p, bool done);

/** Whether the task is cut. */
static inline bool df_segments_wanted(const struct df_segments *segments)
{
  return segments->work != NULL;
}

/**
 * Of the encoding thread. Before a picture with this pts: begins its segment, with an encoder of its own, where it
 * is not that of the one before. `packet` is blank.
 */
int df_segments_enter(
    struct df_pipeline *p, int64_t pts, struct AVPacket *packet, struct df_error *err);
/** Takes what the encoder has ready into the segment's file. */
int df_segments_drain(struct df_pipeline *p, struct AVPacket *packet, struct df_error *err);
/** After the last picture. */
int df_segments_end(struct df_pipeline *p, struct AVPacket *packet, struct df_error *err);

/**
 * Notes a segment as done whose file is whole. What was seen is durable before, so that its successor can always be
 * decided anew.
 */
int df_segments_commit(
    struct df_pipeline *p, const struct df_segment *segment, struct df_error *err);

/**
 * Puts a new encoder in the place of the video's, if it has one. One whose headers are not the output's, since another
 * had to take over, says them before each key frame.
 */
int df_segments_next_encoder(struct df_pipeline *p, struct df_error *err);

/**
 * When all stages have ended well: the last segment is done. Not before, since to the encoding thread the end of the
 * video and that of a stage that failed may look alike.
 */
int df_segments_finish(struct df_pipeline *p, struct df_error *err);

/** Writes the output's packets, the video's from the segments, all others from the input. */
int df_segments_join(struct df_pipeline *p, struct df_error *err);

/** Gives the video, which is whole, its final name. */
int df_segments_name_video(struct df_pipeline *p, struct df_error *err);
/** The same for the tracks, if they are wanted. */
int df_segments_name_tracks(struct df_pipeline *p, struct df_error *err);

/** Gives the user the observation log, if it is wanted; then all of it is there. */
int df_segments_publish_log(struct df_pipeline *p, struct df_error *err);

/** Says that what an earlier run left does not fit this one, so that the task is begun again with less of it. */
int df_segments_misfit(struct df_pipeline *p, const char *what, struct df_error *err);

#endif
