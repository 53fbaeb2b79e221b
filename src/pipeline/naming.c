/*
 * How the results of a task that is cut into segments get their names, so that a run that is killed meanwhile can be
 * taken up: the next one finds files with these names, and must know that they are the task's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stages.h"
#include "pipeline/work.h"

enum { CHUNK_BYTES = 1 << 16 };

static bool is_there(const char *path)
{
  return path && access(path, F_OK) == 0;
}

static bool same_content(const char *a, const char *b)
{
  FILE *streams[2] = {fopen(a, "re"), fopen(b, "re")};
  char *chunks = malloc(2 * CHUNK_BYTES);
  bool same = streams[0] && streams[1] && chunks, more = true;
  while (same && more) {
    size_t first = fread(chunks, 1, CHUNK_BYTES, streams[0]);
    size_t second = fread(chunks + CHUNK_BYTES, 1, CHUNK_BYTES, streams[1]);
    same = first == second && memcmp(chunks, chunks + CHUNK_BYTES, first) == 0 &&
           !ferror(streams[0]) && !ferror(streams[1]);
    more = first > 0;
  }
  for (int i = 0; i < 2; i++)
    if (streams[i])
      fclose(streams[i]);
  free(chunks);
  return same;
}

/* The log gets its name as a copy of the one in the folder. */
static bool is_own_log(const struct df_task *task)
{
  char path[DF_PATH_BYTES];
  return snprintf(path, sizeof path, "%s/observations", task->work) < (int)sizeof path &&
         same_content(path, task->observations);
}

bool df_segments_may_replace(const struct df_task *task)
{
  if (!task->work || task->overwrite || task->kind != DF_TASK_RUN)
    return false;
  return df_work_has_named(task->work, DF_UNFINISHED_VIDEO, NULL) &&
         (!is_there(task->tracks) ||
             df_work_has_named(task->work, DF_UNFINISHED_TRACKS, task->tracks)) &&
         (!is_there(task->observations) || is_own_log(task));
}

int df_segments_check_replaced(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  if (!p->replaces || (df_segments_wanted(&p->segments) &&
                          df_work_has_named(task->work, DF_UNFINISHED_VIDEO, p->result->output)))
    return 0;
  return df_output_resolve(
      task->output, p->input, task->input, false, p->result->output, sizeof p->result->output, err);
}

int df_segments_name_video(struct df_pipeline *p, struct df_error *err)
{
  struct df_work *work = p->segments.work;
  struct df_output *output = p->sinks[DF_SINK_MAIN].output;
  int result = df_work_note_naming(
      work, DF_UNFINISHED_VIDEO, df_output_temporary(output), p->result->output, err);
  if (result == 0)
    result = df_output_finish(output, err);
  if (result < 0)
    df_work_forget_naming(work, DF_UNFINISHED_VIDEO);
  return result;
}

int df_segments_name_tracks(struct df_pipeline *p, struct df_error *err)
{
  struct df_work *work = p->segments.work;
  if (!p->tracks_writer)
    return 0;
  int result = df_work_note_naming(
      work, DF_UNFINISHED_TRACKS, df_tracks_temporary(p->tracks_writer), p->task->tracks, err);
  if (result == 0)
    result = df_tracks_finish(p->tracks_writer, p->seat_person, err);
  df_tracks_abandon(&p->tracks_writer);
  if (result < 0)
    df_work_forget_naming(work, DF_UNFINISHED_TRACKS);
  return result;
}
