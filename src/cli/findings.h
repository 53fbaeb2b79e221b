/*
 * What `dualface doctor` found, one line a thing, in the order in which it was found; and how that is shown to
 * people and to programs. Looks for nothing itself.
 */
#ifndef DF_CLI_FINDINGS_H
#define DF_CLI_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

enum df_finding_state {
  DF_FOUND,   /* there, and can be used */
  DF_ABSENT,  /* not there or not usable, and the program does without it */
  DF_MISSING, /* not there or not usable, and the program needs it */
};

struct df_finding {
  const char *topic; /* "GPU"; borrowed, of static life */
  char name[64];     /* "h264_nvenc" */
  enum df_finding_state state;
  char text[DF_ERROR_TEXT]; /* what was found, or why it cannot be used */
  char advice[256];         /* how to get it; empty: nothing to be done */
};

/** Zero-initialise; released by df_findings_finish. */
struct df_findings {
  struct df_finding *list;
  size_t count, room;
  bool overflowed; /* memory ran out: something was found that is not in the list */
};

/** Adds a finding; `advice` (copied) may be NULL. */
void df_findings_add(struct df_findings *findings, const char *topic, const char *name,
    enum df_finding_state state, const char *advice, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

void df_findings_finish(struct df_findings *findings);

/** Whether the program can run: nothing that it needs is missing. */
bool df_findings_usable(const struct df_findings *findings);

/** For people: topics as headings, a line a finding, advice below it, and last what it comes to. */
void df_findings_print(const struct df_findings *findings, FILE *out);

/** The line {"type":"doctor",...} (docs/cli.md). `status` is what the program will exit with. */
void df_findings_print_json(const struct df_findings *findings, int status, FILE *out);

#endif
