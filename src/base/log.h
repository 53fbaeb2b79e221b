/*
 * What the program says besides its results. A log is a place to say things to, given to whoever may
 * have something to say; there is no global one. Thread-safe.
 *
 * Levels: an error is said once, by the stage it ended; a warning is a damaged input or a fallback; a
 * note is a choice the user should know of (audio transcoded, HDR tone-mapped). Warnings and notes are
 * also kept, each text once, for the summary at the end. Nothing is said per frame above DEBUG.
 *
 * A log may be one job's, with a parent that is of all: what is said of a job is published as an event too
 * (events.h), and what holds for all jobs alike is said by the parent, once.
 */
#ifndef DF_BASE_LOG_H
#define DF_BASE_LOG_H

#include <stddef.h>

#include "base/events.h"

enum df_log_level { DF_LOG_ERROR, DF_LOG_WARNING, DF_LOG_NOTE, DF_LOG_DEBUG };

struct df_log;

/** Receives one line without its newline. Called by any thread, one at a time. */
typedef void df_log_fn(void *context, enum df_log_level level, const char *line);

/** Makes a log that hands lines up to `level` to `write`. NULL when memory runs out. */
struct df_log *df_log_create(enum df_log_level level, df_log_fn *write, void *context);

/** From now on warnings and recoveries of this log, and of those made of it, are events too. `events` is borrowed. */
void df_log_publish_to(struct df_log *log, struct df_events *events);

/**
 * Makes a log of one job, whose input is copied, below `parent` (borrowed; NULL: none): it publishes where the
 * parent does. NULL when memory runs out.
 */
struct df_log *df_log_create_for(struct df_log *parent, const char *input, enum df_log_level level,
    df_log_fn *write, void *context);

/** Accepts NULL, sets *log to NULL. */
void df_log_destroy(struct df_log **log);

/** Says one line; the same warning or note is said and kept once. `log` may be NULL (says nothing). */
void df_log_say(struct df_log *log, enum df_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As df_log_say, of a recovery: it is published each time, as an event of this kind. */
void df_log_event(struct df_log *log, enum df_log_level level, enum df_event_kind kind,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** As df_log_event, of what comes from the machine and not from the input: of all jobs with one parent it is said
 * once, by the parent. It is kept in the job's log all the same. */
void df_log_event_of_all(struct df_log *log, enum df_log_level level, enum df_event_kind kind,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** As df_log_say, but likewise said once of all jobs. */
void df_log_say_of_all(struct df_log *log, enum df_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Publishes an event, with the log's input in place of the event's, and says nothing. `log` may be NULL. */
void df_log_publish(struct df_log *log, const struct df_event *event);

/** As df_log_publish, of a job that stands at so many pictures. `text` may be empty. */
void df_log_publish_job(struct df_log *log, enum df_event_kind kind, long long frames,
    long long frames_total, const char *text);

/** How many warnings and notes are kept. */
size_t df_log_kept(struct df_log *log);

/** The i-th kept line, borrowed until the log ends; its level in *ret_level unless NULL. */
const char *df_log_kept_line(struct df_log *log, size_t i, enum df_log_level *ret_level);

#endif
