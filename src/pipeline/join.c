/*
 * Makes the output of segments that are done: their packets as they are, one after the other, and the packets of
 * the input's other streams, read once more, in order of time. Encodes and decodes no picture.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "media/packet_file.h"
#include "pipeline/stages.h"
#include "pipeline/work.h"

struct join {
  struct df_pipeline *p;
  struct df_input *input; /* opened anew: the task's own has been read */
  struct df_packet_reader *segment;
  size_t next; /* segment to open */
  AVPacket *video, *other;
  bool has_video, has_other;
};

/* The next packet of the video: 1, or 0 after the last segment. */
static int read_video(struct join *j, struct df_error *err)
{
  const struct df_segments *s = &j->p->segments;
  const struct df_journal *journal = df_work_journal(s->work);
  char path[DF_PATH_BYTES];
  for (;;) {
    int result = j->segment ? df_packet_file_read(j->segment, j->video, err) : 0;
    if (result != 0)
      return result;
    df_packet_file_close(&j->segment);
    if (j->next == df_journal_count(journal))
      return 0;
    df_work_segment_path(s->work, df_journal_at(journal, j->next++)->index, path);
    result = df_packet_file_open(path, s->header, &j->segment, err);
    if (result < 0)
      return result;
  }
}

/* The next packet that the output wants of the input: 1, or 0 at the end. */
static int read_other(struct join *j, struct df_error *err)
{
  const struct df_output *output = j->p->sinks[DF_SINK_MAIN].output;
  int result;
  while ((result = df_input_read(j->input, j->other, err)) == 1 &&
         !df_output_wants(output, j->other->stream_index))
    av_packet_unref(j->other);
  return result;
}

/* Fills what is empty: 1 while there is something to write. */
static int fill(struct join *j, struct df_error *err)
{
  int result = 0;
  if (!j->has_video) {
    result = read_video(j, err);
    j->has_video = result == 1;
  }
  if (result >= 0 && !j->has_other) {
    result = read_other(j, err);
    j->has_other = result == 1;
  }
  return result < 0 ? result : j->has_video || j->has_other;
}

static bool video_is_next(const struct join *j)
{
  if (!j->has_video || !j->has_other)
    return j->has_video;
  const struct df_rational *base = &j->p->video->time_base;
  const AVStream *stream = df_input_context(j->input)->streams[j->other->stream_index];
  int64_t time = j->other->dts != AV_NOPTS_VALUE ? j->other->dts : j->other->pts;
  if (time == AV_NOPTS_VALUE) /* it is to be where it is in the file */
    return false;
  return av_compare_ts(
             j->video->dts, (AVRational){base->num, base->den}, time, stream->time_base) <= 0;
}

static int write_next(struct join *j, struct df_error *err)
{
  struct df_output *output = j->p->sinks[DF_SINK_MAIN].output;
  if (video_is_next(j)) {
    j->has_video = false;
    return df_output_write_video(output, j->video, err);
  }
  j->has_other = false;
  return df_output_write_other(output, j->other, err);
}

static int join_all(struct join *j, struct df_error *err)
{
  const struct df_task *task = j->p->task;
  struct df_input_options part = {.start = task->start, .duration = task->duration};
  int result = df_input_open(task->input, &part, NULL, &j->input, err);
  if (result < 0)
    return result;
  while ((result = fill(j, err)) == 1) {
    if (atomic_load(&j->p->progress->stop))
      return df_fail(err, DF_ESTOPPED, "stopped before the end");
    result = write_next(j, err);
    if (result < 0)
      return result;
  }
  return result;
}

int df_segments_join(struct df_pipeline *p, struct df_error *err)
{
  struct join j = {.p = p, .video = av_packet_alloc(), .other = av_packet_alloc()};
  int result = j.video && j.other ? join_all(&j, err) : df_fail(err, DF_ENOMEM, "out of memory");
  df_packet_file_close(&j.segment);
  df_input_close(&j.input);
  av_packet_free(&j.video);
  av_packet_free(&j.other);
  return result;
}
