/*
 * The stages in order. Each runs in a thread of its own and hands what it made to the next through a
 * bounded queue; end of stream travels down, "no more wanted" travels up, the first error cancels all.
 *
 *   stage     file                input -> output                             owner of the output
 *   demux     stage_demux.c       file -> video packets | other packets       queue | df_output
 *   decode    stage_decode.c      packet -> picture                           queue
 *   detect    stage_detect.c      picture -> picture + faces + cut measure    queue (a df_frame)
 *     look      stage_look.c        on a GPU: picture -> the batcher            queue (a df_frame)
 *     see       stage_look.c        on a GPU: the batcher's results -> as above queue (a df_frame)
 *   decide    stage_decide.c      df_frame -> df_frame + windows              queue; holds the look-ahead
 *   compose   stage_compose.c     df_frame -> composed picture                queue
 *   encode    stage_encode.c      composed picture -> packets                 df_output
 *
 * preprocess happens inside detect, track, identify, seat and direct inside decide (decider.h), mux inside
 * df_output. `analyze` ends after decide, `render` takes its windows from a tracks file instead of detect
 * and decide.
 *
 * A task with a work folder is cut into segments that a later run can go on after (segments.h): then encode hands
 * its packets to files of their own, and the output is joined of them when all stages are done. Segments may be made
 * side by side (renderers.h): then compose and encode are replaced by stages that hand segments on.
 *
 * In two passes (two_pass.h) the video is seen, decided on and drawn by tasks of their own: `survey` ends after decide,
 * which then only asks for looks; `plan` decides from the log, without stages; `draw` follows what was decided, as
 * `render` does, in a run.
 *
 * On a GPU pictures are in its memory from decode to encode, and all that is done to those of one video is
 * put in order by one stream; threads only hand on the right to put more work on it.
 */
#ifndef DF_PIPELINE_PIPELINE_H
#define DF_PIPELINE_PIPELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/seat.h"
#include "camera/director.h"
#include "compose/compose.h"
#include "compose/layout.h"
#include "media/encoder.h"
#include "media/profile.h"
#include "person/identifier.h"

struct df_engine;
struct df_probe;
struct df_runtime;

enum { DF_WORDS_MAX = 64 };

/** Values of an option that can be given more than once, in order. Borrowed. */
struct df_words {
  const char *items[DF_WORDS_MAX];
  size_t count;
};

enum { DF_JOBS_MAX = 32 };

enum df_task_kind { DF_TASK_RUN, DF_TASK_ANALYZE, DF_TASK_RENDER };

/**
 * Of two passes: SURVEY sees all, into `observations`; PLAN decides from all of `replay`; DRAW, of a run, takes from
 * `decided` what is to be shown.
 */
enum df_pass { DF_PASS_ONE, DF_PASS_SURVEY, DF_PASS_PLAN, DF_PASS_DRAW };

/** What is to be done with one video. All strings are borrowed; NULL means "not wanted" or "default". */
struct df_task {
  enum df_task_kind kind;
  const char *input;
  const char *output; /* file or folder; run and render */
  const char *tracks; /* run, analyze: written (NULL: not); render: read */
  const char
      *observations; /* run, analyze: the observation log to append to (NULL: none is kept) */
  int embed_all; /* analyze: each face of every so many pictures is embedded for the log; 0: those asked for */
  const char *replay; /* run, analyze: an observation log to decide from instead of detecting */
  const char *debug;  /* an overlay video (boxes, ids, windows) to write */
  const char *contact_sheet;       /* a PNG to write: frames of the result in time order */
  const char *models;              /* manifest or its folder */
  const char *detector, *embedder; /* names in the manifest */
  const char *photos[DF_SEATS];    /* who sits where, by photo */
  const char *people;              /* who sits where, by number: df_fixes_parse_people reads it */
  const char *people_sheet;        /* analyze: a PNG to write, with the people who were found */
  struct df_words fixes;           /* corrections by hand, as df_fix_parse reads them */
  const char *fix_file;            /* and a file with more of them, which come first */
  bool overwrite;
  double start, duration; /* seconds; 0 none */
  double lookahead;       /* seconds */
  bool swap;
  bool two_pass;       /* run, analyze: all is seen before anything is decided */
  const char *decided; /* DRAW: a tracks file */
  enum df_pass pass;   /* which part of that this is; ONE for callers */
  bool own_log;        /* PLAN: `replay` comes from the pass before, not from the user */
  enum df_absent_policy absent;
  double hold_seconds;         /* < 0: default */
  float face_height, headroom; /* 0: default */
  enum df_match_size match_size;
  struct df_layout layout;
  enum df_fit fit;
  enum df_codec codec;
  enum df_profile_name profile;
  int crf;     /* -1: the profile's */
  int bitrate; /* kb/s; 0: the profile's */
  const char *encoder_preset;
  int threads;               /* 0: as many as there are cores */
  enum df_hardware hardware; /* who encodes on a GPU */
  enum df_busy busy;         /* and what where NVENC serves no more encoders at once */
  const char *device;        /* as df_device_choice_parse (engine.h) reads it; NULL: the CPU */
  struct df_engine *engine;  /* the GPU to share with other tasks, in place of `device` */
  struct df_runtime
      *runtime; /* ONNX Runtime, for the CPU, to share with other tasks; NULL: its own */
  bool md5;     /* the sum of the composed pictures is wanted */
  const char *
      work; /* run: a folder for this task alone, where it keeps what is done for a later run to go on
                       with; gone when it is done. NULL: nothing is kept */
  double segment; /* with it: seconds of the video after which what is done is kept; 0: it is not */
  int jobs;       /* and how many of these are made side by side; 0: what the machine bears */
  struct df_probe *probe; /* run: a benchmark, which writes no file; `output` is not looked at */
};

/** Where a task stands; read by any thread while it runs. */
struct df_progress {
  atomic_llong frames;       /* composed (run, render) or decided (analyze) so far */
  atomic_llong frames_total; /* estimate, 0 unknown */
  atomic_llong media_us;     /* time of the newest of them in the video, microseconds */
  atomic_llong media_total_us;
  atomic_bool stop; /* set by the caller to end the task cleanly: DF_ESTOPPED */
};

enum { DF_PART_NAME = 192, DF_PART_REFUSAL = 512 };

/** Who did one part of the work, and why not somebody faster: empty where nothing was refused or done. */
struct df_part {
  char name[DF_PART_NAME], refusal[DF_PART_REFUSAL];
};

/** What was done to the GPU in all; see gauge.h. */
struct df_gpu_use {
  long long bytes_up, bytes_down; /* copied over the bus to the GPU and back */
  long long host_waits;           /* times that a thread waited for the GPU */
  long long allocations;          /* of memory after warm-up; -1: the task ended before */
  long long memory_most;          /* bytes of its memory held at most */
};

enum { DF_FOUND_MAX = 64 };

/** Somebody who was found. Times are of the input, seconds. */
struct df_found {
  int person;            /* as in the tracks file; the number for people is one more */
  int seat;              /* enum df_seat at the end, DF_SEATS: none */
  double first_t;        /* when first seen */
  double seconds, share; /* in which the person was seen, of all that was looked at */
  int64_t view_pts;      /* where seen best */
  double view_t;
  struct df_box view; /* the face there, displayed pixels */
};

/** What came out. */
struct df_result {
  char output[4096]; /* final path; empty when none */
  int64_t frames;
  double seconds;              /* wall time */
  double first_frame_seconds;  /* from the start to the first encoded packet */
  int64_t seat_seen[DF_SEATS]; /* frames in which the seat's person was seen */
  int64_t faces;               /* found in all frames; doubtful ones that no track took left out */
  int64_t embeddings;          /* asked for */
  int64_t embedded_frames;     /* frames in which at least one was */
  int64_t cuts;
  int64_t damaged;      /* packets or pictures that could not be decoded */
  int64_t unsearched;   /* pictures that could not be searched for faces */
  int64_t unrecognised; /* faces that could not be embedded */
  int64_t undrawn;      /* pictures that could not be drawn */
  int64_t switches;     /* identity switches */
  size_t people;
  struct df_found found[DF_FOUND_MAX]; /* who was seen longest first */
  size_t found_count;
  double lookahead; /* seconds really used */
  bool on_gpu;
  struct df_part device;                     /* "cpu" or "cuda:0 NVIDIA ..." */
  struct df_part decoder, provider, encoder; /* "NVDEC", "TensorRT", "h264_nvenc" and their like */
  struct df_gpu_use gpu;                     /* when on_gpu */
  char md5[33];                              /* of the composed pictures, when it was asked for */
};

/**
 * Does one task from start to end in the calling thread's time. Says warnings and notes in `log`.
 * `progress` (required) is zeroed by the caller. On failure nothing unfinished has its final name. With a work
 * folder the same task can then be done again and goes on after its last whole segment, with the same result.
 *
 * An error for want of room on the disk says about how much, where enough was made to judge by.
 *
 * Returns 0 or the first error of any stage: DF_EINPUT, DF_EOUTPUT, DF_ENOSPACE, DF_EUSAGE, DF_EMISSING,
 * DF_EUNSUPPORTED, DF_ESTOPPED, DF_ENOMEM, DF_ELIBRARY.
 */
int df_pipeline_run(const struct df_task *task, struct df_log *log, struct df_progress *progress,
    struct df_result *ret_result, struct df_error *err);

#endif
