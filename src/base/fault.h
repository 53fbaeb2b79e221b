/*
 * Faults on purpose: the places where something outside of our hands can fail, and failures that are put there
 * so that what the program does then can be seen. Off unless DUALFACE_FAULT says otherwise, and then a place
 * costs one atomic load. docs/faults.md has the grammar and says what each place does.
 *
 * A fault is put where the real failure would appear, so that the real recovery runs. Kinds that end or stop the
 * process (crash, kill, hang) happen in here; all others are the caller's to act out. The program sets the
 * faults up once, at its start; from then on everything here is thread-safe.
 */
#ifndef DF_BASE_FAULT_H
#define DF_BASE_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* name, as a user writes it, the kind it has by itself, the kinds it can have beside crash, kill and hang */
#define DF_FAULT_POINTS(X)                                                                         \
  X(READ, "read", ERROR, DF_FAULT_ERRORS | DF_FAULT_BIT(DAMAGED))                                  \
  X(DECODE_OPEN, "decode-open", ERROR, DF_FAULT_ERRORS)                                            \
  X(DECODE, "decode", ERROR, DF_FAULT_ERRORS)                                                      \
  X(DETECT, "detect", ERROR, DF_FAULT_ERRORS)                                                      \
  X(EMBED, "embed", ERROR, DF_FAULT_ERRORS)                                                        \
  X(BATCH, "batch", ENOMEM, DF_FAULT_ERRORS)                                                       \
  X(INFER, "infer", ERROR, DF_FAULT_ERRORS)                                                        \
  X(GPU_OPEN, "gpu-open", ERROR, DF_FAULT_ERRORS)                                                  \
  X(GPU_MEMORY, "gpu-memory", ENOMEM, DF_FAULT_ERRORS)                                             \
  X(COMPOSE, "compose", ERROR, DF_FAULT_ERRORS)                                                    \
  X(ENCODE_OPEN, "encode-open", ERROR, DF_FAULT_ERRORS)                                            \
  X(ENCODE, "encode", ERROR, DF_FAULT_ERRORS)                                                      \
  X(MUX_HEADER, "mux-header", ENOSPC, DF_FAULT_WRITES)                                             \
  X(MUX_WRITE, "mux-write", ENOSPC, DF_FAULT_WRITES)                                               \
  X(TRACKS_WRITE, "tracks-write", ENOSPC, DF_FAULT_WRITES)                                         \
  X(OBSERVATIONS_WRITE, "observations-write", ENOSPC, DF_FAULT_WRITES)                             \
  X(SEGMENT_WRITE, "segment-write", ENOSPC, DF_FAULT_WRITES)                                       \
  X(JOURNAL_WRITE, "journal-write", ENOSPC, DF_FAULT_WRITES)                                       \
  X(FINISH, "finish", ENOSPC, DF_FAULT_WRITES)                                                     \
  X(NAMED, "named", KILL, 0)

#define DF_FAULT_BIT(kind) (1u << DF_FAULT_##kind)
#define DF_FAULT_ERRORS (DF_FAULT_BIT(ERROR) | DF_FAULT_BIT(ENOMEM))
#define DF_FAULT_WRITES (DF_FAULT_ERRORS | DF_FAULT_BIT(ENOSPC))

enum df_fault_point {
#define DF_FAULT_ENUM(name, text, kind, kinds) DF_FAULT_AT_##name,
  DF_FAULT_POINTS(DF_FAULT_ENUM)
#undef DF_FAULT_ENUM
      DF_FAULT_POINT_COUNT
};

enum df_fault_kind {
  DF_FAULT_ERROR,   /* the library or the system says no */
  DF_FAULT_ENOMEM,  /* out of memory */
  DF_FAULT_ENOSPC,  /* the disk is full */
  DF_FAULT_DAMAGED, /* what was read is not what was written */
  DF_FAULT_CRASH,   /* the process aborts */
  DF_FAULT_KILL,    /* SIGKILL, as the kernel does when memory runs out */
  DF_FAULT_HANG,    /* the thread sleeps for good */
  DF_FAULT_KIND_COUNT
};

enum { DF_FAULT_RULES_MAX = 16 };

/** A fault that is due. */
struct df_fault {
  enum df_fault_point point;
  enum df_fault_kind kind;
  long long n; /* the how manieth time the point was passed, from 1 */
};

/**
 * Reads what is to fail: "decode@120,encode-open,batch@3+:error/talk.mp4". Replaces what was set up before; NULL
 * or empty: nothing is to fail. `attempt` is this process's number under a supervisor, from 1. Before other
 * threads run. DF_EUSAGE with what there is; nothing is set up then.
 */
int df_fault_set_up(const char *text, int attempt, struct df_error *err);

/** Whether there are any; for df_fault_hit only. */
extern atomic_bool df_fault_armed;

/** As df_fault_hit, where some are. */
bool df_fault_look(enum df_fault_point point, const char *input, struct df_fault *ret_fault);

/**
 * Passes a point: true when the caller is to fail as *ret_fault says. `input` is the path of the video that is
 * worked on, NULL where that is nobody's in particular.
 */
static inline bool df_fault_hit(
    enum df_fault_point point, const char *input, struct df_fault *ret_fault)
{
  return atomic_load_explicit(&df_fault_armed, memory_order_relaxed) &&
         df_fault_look(point, input, ret_fault);
}

/** Writes "fault injected at decode 120"; returns `text`. */
const char *df_fault_text(const struct df_fault *fault, char *text, size_t size);

/** Passes a point: 0, or the fault as an error: `code` for ERROR, DF_ENOMEM, DF_ENOSPACE. */
int df_fault_check(enum df_fault_point point, const char *input, int code, struct df_error *err);

#endif
