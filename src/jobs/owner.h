/*
 * Who holds a job: a process of some machine, and whether it is still there. A number of a process is given
 * again some time, so the moment at which it started belongs to it; both mean something only in the same
 * run of the same machine, and in the same container.
 */
#ifndef DF_JOBS_OWNER_H
#define DF_JOBS_OWNER_H

#include <stdint.h>

/** Plain memory of the caller's; texts are borrowed where a row of the ledger is looked at. */
struct df_owner {
  const char *host;  /* for show */
  const char *place; /* where its pid means something: the machine's run and the namespace */
  int64_t pid;
  int64_t
      start; /* clock ticks from the start of the machine to that of the process; 0: not known */
};

enum df_owner_life {
  DF_OWNER_ALIVE,
  DF_OWNER_GONE,      /* ended, or ended and not yet reaped */
  DF_OWNER_ELSEWHERE, /* cannot be seen from here */
};

enum { DF_OWNER_TEXT = 128 };

/** Says who this process is; its texts are written into the two buffers. */
void df_owner_self(struct df_owner *ret_owner, char host[DF_OWNER_TEXT], char place[DF_OWNER_TEXT]);

/** Looks whether `owner` is there, seen from `self`. Thread-safe. */
enum df_owner_life df_owner_look(const struct df_owner *self, const struct df_owner *owner);

#endif
