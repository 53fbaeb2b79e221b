/*
 * The private folder of an unfinished job: what is done of it, so that a later run takes it up, and of which
 * job it is (docs/segments.md). One run at a time uses it. Everything in it is this module's to delete.
 */
#ifndef DF_PIPELINE_WORK_H
#define DF_PIPELINE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "base/whole_file.h"
#include "pipeline/journal.h"

struct AVCodecContext;
struct df_work;

/**
 * Opens the folder, made where it is missing, for the job that `job` describes: lines of a key, a space and a
 * value. What another job left there is deleted, and `log` hears once what differs. Also what a run that was
 * killed left beside its output is deleted. DF_EOUTPUT when another run is using it or it cannot be written.
 */
int df_work_open(const char *folder, const char *job, struct df_log *log, struct df_work **ret_work,
    struct df_error *err);
/** Leaves the folder as it is, for a later run. Accepts NULL, sets *work to NULL. */
void df_work_close(struct df_work **work);
/** Deletes the folder with all that is in it: the job is done. Accepts NULL, sets *work to NULL. */
void df_work_remove(struct df_work **work);

/** What the name of a folder ends with that is being deleted. */
#define DF_WORK_DISCARDED ".done"

/** Deletes a folder with all files in it. */
void df_work_delete(const char *folder);
/** Deletes a folder, whose lock the caller holds, at one blow: in no moment is it there in part. */
void df_work_discard(const char *folder);

/** Forgets all that is done. */
int df_work_empty(struct df_work *work, struct df_error *err);

/** Forgets all segments but the first `count` in order of time. */
int df_work_cut(struct df_work *work, size_t count, struct df_error *err);

/**
 * Reads the files of all segments that are done. From the first one that is not as it was written, or was not
 * made by an encoder like `video`, they are forgotten, and `log` hears of it. Deletes what belongs to none.
 */
int df_work_verify(struct df_work *work, const struct AVCodecContext *video, struct df_log *log,
    struct df_error *err);

/** The segments that are done; borrowed. */
const struct df_journal *df_work_journal(const struct df_work *work);

/** Notes a segment as done whose file is whole. */
int df_work_commit(struct df_work *work, const struct df_segment *segment, struct df_error *err);

/** Files that are written beside their final names, which nobody else would delete after a crash. */
enum df_unfinished { DF_UNFINISHED_VIDEO, DF_UNFINISHED_TRACKS, DF_UNFINISHED };

/** Notes such a file until the folder is closed: by then whoever writes it must have deleted or named it. */
int df_work_note_unfinished(
    struct df_work *work, enum df_unfinished which, const char *path, struct df_error *err);

/** Writes the path of a file of that name in the folder, for a caller who keeps no segments there. */
void df_work_path(const struct df_work *work, const char *name, char ret_path[DF_PATH_BYTES]);
/**
 * Notes that the file written at `temporary` is about to be given its final name, `path`. Should the run be killed
 * before the job is done, the next one knows by that that what is called so is its own.
 */
int df_work_note_naming(struct df_work *work, enum df_unfinished which, const char *temporary,
    const char *path, struct df_error *err);
/** After that failed, and the file is gone. */
void df_work_forget_naming(struct df_work *work, enum df_unfinished which);
/** Whether a file that was noted so in the folder has its final name, which is `path` unless that is NULL. */
bool df_work_has_named(const char *folder, enum df_unfinished which, const char *path);

/** Writes the path of the observation log. */
void df_work_log_path(const struct df_work *work, char ret_path[DF_PATH_BYTES]);
/** Writes the path of the packets of the segment of this index. Any thread. */
void df_work_segment_path(const struct df_work *work, int64_t index, char ret_path[DF_PATH_BYTES]);

#endif
