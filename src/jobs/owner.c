#include "jobs/owner.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Start and state of a process, from /proc/PID/stat; false when it cannot be read. */
static bool look_at(int64_t pid, int64_t *ret_start, char *ret_state)
{
  enum { STATE = 3, START = 22 }; /* fields, counted from 1; the name is the second */
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  size_t length = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[length] = '\0';
  char *at = strrchr(line, ')'); /* a name may have blanks and brackets in it */
  if (!at || !at[1])
    return false;
  *ret_state = at[2];
  for (int field = STATE - 1; at && field < START; field++)
    at = strchr(at + 1, ' ');
  if (!at)
    return false;
  *ret_start = strtoll(at, NULL, 10);
  return true;
}

static void read_boot(char *text, size_t size)
{
  FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
  if (!file || !fgets(text, (int)size, file))
    snprintf(text, size, "?");
  if (file)
    fclose(file);
  text[strcspn(text, "\n")] = '\0';
}

void df_owner_self(struct df_owner *ret_owner, char host[DF_OWNER_TEXT], char place[DF_OWNER_TEXT])
{
  char boot[64], space[48] = "?", state;
  if (gethostname(host, DF_OWNER_TEXT) < 0)
    snprintf(host, DF_OWNER_TEXT, "unknown");
  host[DF_OWNER_TEXT - 1] = '\0';
  read_boot(boot, sizeof boot);
  ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (length > 0)
    space[length] = '\0';
  snprintf(place, DF_OWNER_TEXT, "%s %s", boot, space);
  *ret_owner = (struct df_owner){.host = host, .place = place, .pid = getpid()};
  look_at(ret_owner->pid, &ret_owner->start, &state);
}

enum df_owner_life df_owner_look(const struct df_owner *self, const struct df_owner *owner)
{
  int64_t start;
  char state;
  if (strcmp(self->place, owner->place) != 0 || strcmp(self->host, owner->host) != 0)
    return DF_OWNER_ELSEWHERE;
  if (owner->pid == self->pid && owner->start == self->start)
    return DF_OWNER_ALIVE;
  if (owner->pid <= 0 || (kill((pid_t)owner->pid, 0) < 0 && errno == ESRCH))
    return DF_OWNER_GONE;
  /* There is one of this number; it may be hidden, or there is no descriptor left to look with. */
  if (self->start == 0 || !look_at(owner->pid, &start, &state))
    return DF_OWNER_ELSEWHERE;
  return start != owner->start || state == 'Z' || state == 'X' ? DF_OWNER_GONE : DF_OWNER_ALIVE;
}
