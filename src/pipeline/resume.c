/*
 * Opens the work folder of a task, finds what an earlier run did of it, and where to go on: at a picture a little
 * before the first that is missing, so that the decoder is at home again and can be checked against the log.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "media/packet_file.h"
#include "pipeline/decide.h"
#include "pipeline/task_text.h"
#include "pipeline/work.h"

/* What a task may want that needs every picture, so that none can be left out. NULL: nothing. */
static const char *needs_all(const struct df_task *task)
{
  return task->debug           ? "--debug draws"
         : task->contact_sheet ? "--contact-sheet shows"
         : task->md5           ? "--md5 sums up"
         : task->replay        ? "--replay decides"
                               : NULL;
}

static bool is_long(const struct df_pipeline *p)
{
  return p->video->duration <= 0 || p->video->duration > p->task->segment;
}

/* What was drawn is given up; what was seen too, unless it is what is drawn by. */
static int begin_anew(struct df_pipeline *p, struct df_error *err)
{
  struct df_work *work = p->segments.work;
  return p->task->pass == DF_PASS_DRAW ? df_work_cut(work, 0, err) : df_work_empty(work, err);
}

int df_segments_open(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  if (!task->work || task->kind != DF_TASK_RUN || task->probe || task->segment <= 0 || !is_long(p))
    return 0;
  const char *why = needs_all(task);
  if (why) {
    df_log_say(p->log, DF_LOG_NOTE,
        "should %s be broken off, it cannot be taken up: %s the whole video in one go",
        task->pass == DF_PASS_DRAW ? "the drawing" : "this run", why);
    return 0;
  }
  char *job = df_task_describe(p);
  int result = job ? df_work_open(task->work, job, p->log, &p->segments.work, err)
                   : df_fail(err, DF_ENOMEM, "out of memory");
  free(job);
  if (result == 0 && p->trust == DF_TRUST_NOTHING)
    result = begin_anew(p, err);
  return result;
}

/* Keeps what the output's header says of the video when the encoder that said so is gone. */
static int keep_header(struct df_pipeline *p, struct df_error *err)
{
  const AVCodecContext *from = df_encoder_context(p->sinks[DF_SINK_MAIN].encoder);
  AVCodecContext *to = p->segments.header = avcodec_alloc_context3(NULL);
  size_t size = (size_t)from->extradata_size;
  if (to && size > 0)
    to->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
  if (!to || (size > 0 && !to->extradata))
    return df_fail(err, DF_ENOMEM, "out of memory");
  if (size > 0)
    memcpy(to->extradata, from->extradata, size);
  to->extradata_size = from->extradata_size;
  to->codec_id = from->codec_id;
  to->width = from->width;
  to->height = from->height;
  to->time_base = from->time_base;
  return 0;
}

/* So that what a crash would leave beside the results goes when the task is taken up. */
static int note_unfinished(struct df_pipeline *p, struct df_error *err)
{
  char path[PATH_MAX];
  const char *files[DF_UNFINISHED] = {
      [DF_UNFINISHED_VIDEO] = df_output_temporary(p->sinks[DF_SINK_MAIN].output),
      [DF_UNFINISHED_TRACKS] = p->tracks_writer ? df_tracks_temporary(p->tracks_writer) : NULL,
  };
  int result = 0;
  for (int i = 0; i < DF_UNFINISHED && result == 0; i++)
    if (files[i] && realpath(files[i], path))
      result = df_work_note_unfinished(p->segments.work, (enum df_unfinished)i, path, err);
  return result;
}

/* The last picture of the log that is neither beyond number `n` nor later than `pts`. */
static int find_place(
    const char *path, int64_t n, int64_t pts, struct df_place *ret_place, struct df_error *err)
{
  struct df_observation_reader *reader = NULL;
  struct df_observation_header header;
  struct df_observation *o = malloc(sizeof *o);
  int result = o ? df_observation_open(path, &reader, &header, err)
                 : df_fail(err, DF_ENOMEM, "out of memory");
  *ret_place = (struct df_place){-1, 0};
  while (result >= 0 && (result = df_observation_read(reader, o, err)) == 1 && o->n <= n &&
         o->pts <= pts)
    *ret_place = (struct df_place){o->n, o->pts};
  df_observation_end(&reader);
  free(o);
  return result < 0 ? result : 0;
}

/* Where to go on: sets what is left out. `target` is the last picture that need not be looked at. */
static int choose_entry(
    struct df_pipeline *p, const char *log, struct df_place target, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  struct df_place entry;
  if (s->whole && target.n == s->first - 1) {
    s->skip = s->first;
    s->skip_pts = INT64_MAX;
    return 0;
  }
  s->whole = false; /* what was seen must be seen again */
  int64_t most = p->renderers.count > 0 ? target.n : s->first;
  int result = find_place(log, most, target.pts - df_segments_warm_up(p), &entry, err);
  if (result == 0 && entry.n > 0) {
    s->skip = entry.n;
    s->skip_pts = entry.pts;
  }
  return result;
}

/* Renderers go on with all that is done, one encoding thread with what is done without a gap. */
static int read_journal(struct df_pipeline *p, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  const struct df_journal *journal = df_work_journal(s->work);
  size_t count = df_journal_count(journal);
  int result = p->renderers.count > 0 ? 0 : df_work_cut(s->work, count, err);
  if (result < 0 || count == 0)
    return result;
  s->current = *df_journal_at(journal, count - 1);
  s->first = s->current.first + s->current.count;
  s->whole = s->current.last;
  return 0;
}

static int plan(struct df_pipeline *p, const char *log, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  struct df_place target = {-1, 0};
  int result = read_journal(p, err);
  if (result == 0)
    result = find_place(log, INT64_MAX, INT64_MAX, &target, err);
  s->known = target.n + 1;
  if (result == 0 && p->renderers.count == 0)
    result = find_place(log, s->first, INT64_MAX, &target, err);
  if (result < 0 || target.n < 0) {
    s->whole = false;
    return result;
  }
  if (p->trust == DF_TRUST_ALL)
    result = choose_entry(p, log, target, err);
  else
    s->whole = false;
  size_t done = df_journal_total(df_work_journal(s->work));
  if (p->task->pass != DF_PASS_DRAW || done > 0) /* whose log was made just before */
    df_log_event(p->log, DF_LOG_NOTE, DF_EVENT_RESUMED,
        "resumed at %.1f s: %zu of its segments were already done",
        df_decide_seconds(p, target.pts), done);
  return result;
}

/* Goes on with the log of the earlier run; what cannot be used is as good as none. */
static int open_log(struct df_pipeline *p, const char *path, struct df_error *err)
{
  struct df_segments *s = &p->segments;
  struct df_observation_header header = df_pipeline_log_header(p), found;
  struct df_error why = {0};
  int result = df_observation_go_on(path, &header, &s->log_writer, &why);
  if (result == 0)
    return df_observation_open(path, &p->log_reader, &found, err);
  if (result != DF_EINPUT || p->task->pass == DF_PASS_DRAW)
    return df_fail(err, result, "%s", why.text);
  result = df_work_empty(s->work, err);
  return result == 0 ? df_observation_create(path, &header, &s->log_writer, err) : result;
}

int df_segments_resume(struct df_pipeline *p, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  struct df_segments *s = &p->segments;
  if (!df_segments_wanted(s))
    return 0;
  df_work_log_path(s->work, path);
  int result = keep_header(p, err);
  if (result == 0)
    result = note_unfinished(p, err);
  if (result == 0)
    result = df_work_verify(s->work, s->header, p->log, err);
  if (result == 0)
    result = open_log(p, path, err);
  if (result == 0 && p->log_reader)
    result = plan(p, path, err);
  return result;
}

int df_segments_publish_log(struct df_pipeline *p, struct df_error *err)
{
  char path[DF_PATH_BYTES];
  if (!p->task->observations)
    return 0;
  df_work_log_path(p->segments.work, path);
  return df_whole_file_copy(path, p->task->observations, p->task->overwrite, err);
}

void df_segments_close(struct df_pipeline *p, bool done)
{
  struct df_segments *s = &p->segments;
  df_packet_file_abandon(&s->writer);
  df_observation_close(&s->log_writer, NULL);
  avcodec_free_context(&s->header);
  if (done)
    df_work_remove(&s->work);
  df_work_close(&s->work);
}
