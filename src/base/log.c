#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kept lines are for a summary that a person reads: more than this many kinds help nobody. */
enum { KEPT_MAX = 64, LINE_MAX_BYTES = 1024 };

struct kept {
  enum df_log_level level;
  char *line;
};

struct df_log {
  pthread_mutex_t lock;
  enum df_log_level level;
  df_log_fn *write;
  void *context;
  struct kept kept[KEPT_MAX];
  size_t kept_count;
};

struct df_log *df_log_create(enum df_log_level level, df_log_fn *write, void *context)
{
  struct df_log *log = calloc(1, sizeof *log);
  if (!log)
    return NULL;
  pthread_mutex_init(&log->lock, NULL);
  log->level = level;
  log->write = write;
  log->context = context;
  return log;
}

void df_log_destroy(struct df_log **log_ptr)
{
  struct df_log *log = *log_ptr;
  if (!log)
    return;
  for (size_t i = 0; i < log->kept_count; i++)
    free(log->kept[i].line);
  pthread_mutex_destroy(&log->lock);
  free(log);
  *log_ptr = NULL;
}

/* Keeps a warning or note; false when the same one was kept before. */
static bool keep(struct df_log *log, enum df_log_level level, const char *line)
{
  for (size_t i = 0; i < log->kept_count; i++)
    if (strcmp(log->kept[i].line, line) == 0)
      return false;
  if (log->kept_count == KEPT_MAX)
    return true;
  char *copy = strdup(line);
  if (copy)
    log->kept[log->kept_count++] = (struct kept){.level = level, .line = copy};
  return true;
}

void df_log_say(struct df_log *log, enum df_log_level level, const char *format, ...)
{
  if (!log)
    return;
  char line[LINE_MAX_BYTES];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);

  pthread_mutex_lock(&log->lock);
  bool news = true;
  if (level == DF_LOG_WARNING || level == DF_LOG_NOTE)
    news = keep(log, level, line);
  if (news && level <= log->level && log->write)
    log->write(log->context, level, line);
  pthread_mutex_unlock(&log->lock);
}

size_t df_log_kept(struct df_log *log)
{
  pthread_mutex_lock(&log->lock);
  size_t count = log->kept_count;
  pthread_mutex_unlock(&log->lock);
  return count;
}

const char *df_log_kept_line(struct df_log *log, size_t i, enum df_log_level *ret_level)
{
  pthread_mutex_lock(&log->lock);
  const char *line = i < log->kept_count ? log->kept[i].line : NULL;
  if (line && ret_level)
    *ret_level = log->kept[i].level;
  pthread_mutex_unlock(&log->lock);
  return line;
}
