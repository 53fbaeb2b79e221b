#include "cli/events_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/json_writer.h"

/* Of some thousand videos' ends at once none is missed; and how long the thread sleeps when nothing happens. */
enum { ROOM = 512 };
static const double look_seconds = 3600;
static const char first_bytes[] = "{\"type\":\"event\"";

struct df_events_writer {
  struct df_events *events;
  struct df_events_reader *reader;
  struct df_log *log;
  const char *path;
  int file;    /* -1: standard output */
  bool failed; /* and it was said */
  pthread_t thread;
  bool running;
};

/* Standard output is others' too, who begin no line within this one. */
static void print_line(const char *line, size_t size)
{
  flockfile(stdout);
  fwrite(line, 1, size, stdout);
  fflush(stdout);
  funlockfile(stdout);
}

/* Whole lines in one call each: a supervisor and its worker may write to the same file. */
static void write_line(struct df_events_writer *w, const char *line, size_t size)
{
  if (w->file < 0) {
    print_line(line, size);
    return;
  }
  while (size > 0 && !w->failed) {
    ssize_t written = write(w->file, line, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      w->failed = true;
      df_log_say(w->log, DF_LOG_WARNING, "events are not written to %s any more: %s", w->path,
          strerror(errno));
      return;
    }
    line += written;
    size -= (size_t)written;
  }
}

/* Seconds since 1970, of the moment that the steady clock showed `time` at. */
static double wall_time(double time)
{
  struct timespec wall, steady;
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &steady);
  return (double)(wall.tv_sec - steady.tv_sec) + (double)(wall.tv_nsec - steady.tv_nsec) * 1e-9 +
         time;
}

static void describe(struct df_json_writer *json, const struct df_event *event)
{
  df_json_write_text(json, "kind", df_event_name(event->kind));
  df_json_write_truth(json, "recovery", df_event_is_recovery(event->kind));
  df_json_write_whole(json, "count", event->count);
  df_json_write_text(json, "input", event->input[0] ? event->input : NULL);
  df_json_write_text(json, "text", event->text[0] ? event->text : NULL);
  df_json_write_whole(json, "frames", event->frames);
  df_json_write_whole(json, "frames_total", event->frames_total);
  df_json_write_time(json, "time", event->time);
  df_json_write_time(json, "at", wall_time(event->time));
  df_json_write_whole(json, "pid", getpid());
}

/* One line: an event, or where it is NULL how many were missed. */
static void write_event(struct df_events_writer *w, const struct df_event *event, long long missed)
{
  char *line = NULL;
  size_t size = 0;
  FILE *memory = open_memstream(&line, &size);
  if (!memory)
    return;
  struct df_json_writer json = {.out = memory};
  df_json_write_open(&json, NULL, '{');
  df_json_write_text(&json, "type", "event");
  if (event) {
    describe(&json, event);
  } else {
    df_json_write_text(&json, "kind", "missed");
    df_json_write_whole(&json, "count", missed);
  }
  df_json_write_close(&json, '}');
  fputc('\n', memory);
  if (fclose(memory) == 0)
    write_line(w, line, size);
  free(line);
}

static void *work(void *context)
{
  struct df_events_writer *w = context;
  struct df_event event;
  int got;
  while ((got = df_events_next(w->reader, look_seconds, &event)) >= 0) {
    long long missed = df_events_missed(w->reader);
    if (missed > 0)
      write_event(w, NULL, missed);
    if (got > 0)
      write_event(w, &event, 0);
  }
  return NULL;
}

/* Whether there are events in it already, or nothing: then more may be added. */
static bool is_ours(int file)
{
  char begin[sizeof first_bytes];
  struct stat info;
  if (fstat(file, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
    return true;
  ssize_t got = pread(file, begin, sizeof begin - 1, 0);
  return got == (ssize_t)sizeof begin - 1 && memcmp(begin, first_bytes, sizeof begin - 1) == 0;
}

static int open_file(const char *path, int *ret_file, struct df_error *err)
{
  *ret_file = -1;
  if (strcmp(path, "-") == 0)
    return 0;
  int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    return df_fail(err, DF_EOUTPUT, "events cannot be written to %s: %s", path, strerror(errno));
  if (!is_ours(file)) {
    close(file);
    return df_fail(err, DF_EOUTPUT,
        "events cannot be added to %s, which holds something else; name another file", path);
  }
  *ret_file = file;
  return 0;
}

/* Signals are for the other threads: a supervisor waits for its own. */
static bool start_thread(struct df_events_writer *w)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  bool started = pthread_create(&w->thread, NULL, work, w) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

int df_events_writer_open(const char *path, struct df_events *events, struct df_log *log,
    struct df_events_writer **ret_writer, struct df_error *err)
{
  *ret_writer = NULL;
  if (!path)
    return 0;
  struct df_events_writer *w = calloc(1, sizeof *w);
  if (!w)
    return df_fail(err, DF_ENOMEM, "out of memory");
  *w = (struct df_events_writer){.events = events, .log = log, .path = path};
  int result = open_file(path, &w->file, err);
  if (result >= 0)
    result = df_events_subscribe(events, ROOM, &w->reader, err);
  if (result >= 0) {
    w->running = start_thread(w);
    result = w->running ? 0 : df_fail(err, DF_ENOMEM, "no thread could be started");
  }
  if (result < 0) {
    df_events_writer_close(&w);
    return result;
  }
  *ret_writer = w;
  return 0;
}

void df_events_writer_close(struct df_events_writer **writer)
{
  struct df_events_writer *w = *writer;
  if (!w)
    return;
  df_events_close(w->events);
  if (w->running)
    pthread_join(w->thread, NULL);
  df_events_unsubscribe(&w->reader);
  if (w->file >= 0)
    close(w->file);
  free(w);
  *writer = NULL;
}
