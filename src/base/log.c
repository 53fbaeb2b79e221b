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
  struct df_log *parent;    /* NULL: none */
  struct df_events *events; /* NULL: nobody is told */
  char *input;              /* NULL: of none in particular */
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

struct df_log *df_log_create_for(struct df_log *parent, const char *input, enum df_log_level level,
    df_log_fn *write, void *context)
{
  struct df_log *log = df_log_create(level, write, context);
  if (!log)
    return NULL;
  log->parent = parent;
  log->events = parent ? parent->events : NULL;
  log->input = strdup(input);
  if (!log->input)
    df_log_destroy(&log);
  return log;
}

void df_log_publish_to(struct df_log *log, struct df_events *events)
{
  log->events = events;
}

void df_log_destroy(struct df_log **log_ptr)
{
  struct df_log *log = *log_ptr;
  if (!log)
    return;
  for (size_t i = 0; i < log->kept_count; i++)
    free(log->kept[i].line);
  pthread_mutex_destroy(&log->lock);
  free(log->input);
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

/* Says it here, or, when it is of all jobs and there is one, leaves the saying to the parent. */
static void say(struct df_log *log, enum df_log_level level, bool of_all, const char *line)
{
  bool elsewhere = of_all && log->parent;
  pthread_mutex_lock(&log->lock);
  bool news = true;
  if (level == DF_LOG_WARNING || level == DF_LOG_NOTE)
    news = keep(log, level, line);
  if (news && !elsewhere && level <= log->level && log->write)
    log->write(log->context, level, line);
  pthread_mutex_unlock(&log->lock);
  if (elsewhere)
    say(log->parent, level, false, line);
}

static void publish_line(struct df_log *log, enum df_event_kind kind, const char *line)
{
  if (!log->events)
    return;
  struct df_event event = {.kind = kind};
  snprintf(event.text, sizeof event.text, "%s", line);
  df_log_publish(log, &event);
}

/* The rest of a function that says a line: format, say, publish. Without an event `kind` is DF_EVENT_KIND_COUNT. */
__attribute__((format(printf, 5, 0))) static void tell(struct df_log *log, enum df_log_level level,
    bool of_all, enum df_event_kind kind, const char *format, va_list args)
{
  char line[LINE_MAX_BYTES];
  if (!log)
    return;
  vsnprintf(line, sizeof line, format, args);
  say(log, level, of_all, line);
  if (kind != DF_EVENT_KIND_COUNT)
    publish_line(log, kind, line);
}

/* Of what is merely said, warnings are events. */
static enum df_event_kind kind_of(enum df_log_level level)
{
  return level == DF_LOG_WARNING ? DF_EVENT_WARNING : DF_EVENT_KIND_COUNT;
}

void df_log_say(struct df_log *log, enum df_log_level level, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tell(log, level, false, kind_of(level), format, args);
  va_end(args);
}

void df_log_say_of_all(struct df_log *log, enum df_log_level level, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tell(log, level, true, kind_of(level), format, args);
  va_end(args);
}

void df_log_event(
    struct df_log *log, enum df_log_level level, enum df_event_kind kind, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tell(log, level, false, kind, format, args);
  va_end(args);
}

void df_log_event_of_all(
    struct df_log *log, enum df_log_level level, enum df_event_kind kind, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  tell(log, level, true, kind, format, args);
  va_end(args);
}

void df_log_publish(struct df_log *log, const struct df_event *event)
{
  if (!log || !log->events)
    return;
  struct df_event mine = *event;
  snprintf(mine.input, sizeof mine.input, "%s", log->input ? log->input : "");
  df_events_publish(log->events, &mine);
}

void df_log_publish_job(struct df_log *log, enum df_event_kind kind, long long frames,
    long long frames_total, const char *text)
{
  struct df_event event = {.kind = kind, .frames = frames, .frames_total = frames_total};
  snprintf(event.text, sizeof event.text, "%s", text);
  df_log_publish(log, &event);
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
