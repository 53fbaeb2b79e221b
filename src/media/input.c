#include "media/input.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "media/demux.h"
#include "media/ffmpeg.h"
#include "media/first_frame.h"
#include "media/timeline.h"
#include "media/video_info.h"

enum {
  EARLY_MAX = 2048,   /* packets read before the first picture is known; more means hopeless */
  BAD_READS_MAX = 64, /* in a row; then the rest of the file is taken for lost */
  SECOND = 1000000,
  OVERRUN = 10 * SECOND, /* other streams may lie this far behind the video in the file */
  CUT_OFF = SECOND / 2,  /* a file that ends this much before it should is said to be cut off */
};

struct df_input {
  char *path;
  struct df_log *log; /* borrowed */
  AVFormatContext *context;
  AVStream *video;
  struct df_video_info info;
  struct df_span span;
  int64_t entry; /* where pictures begin to be wanted, microseconds; INT64_MIN: with the first */
  struct df_timeline *timeline;
  AVPacket *early[EARLY_MAX]; /* read while opening; df_input_read gives them first */
  int early_count, early_next, early_seen;
  int64_t
      entered; /* the key frame that reading began at, microseconds; INT64_MIN: the file's beginning */
  bool ended;
  atomic_bool interrupted;
  atomic_llong damaged;
};

static int is_interrupted(void *opaque)
{
  struct df_input *input = opaque;
  return atomic_load(&input->interrupted);
}

static bool is_video(const struct df_input *input, const AVPacket *packet)
{
  assert(packet);
  return packet->stream_index == input->video->index;
}

static void drop_early(struct df_input *input)
{
  for (int i = input->early_next; i < input->early_count; i++)
    av_packet_free(&input->early[i]);
  input->early_count = input->early_next = input->early_seen = 0;
}

/* Half of what a packet holds, turned over: its beginning still says what it is. */
static int spoil(AVPacket *packet)
{
  int ret = av_packet_make_writable(packet);
  for (int i = packet->size / 2; ret >= 0 && i < packet->size; i++)
    packet->data[i] ^= 0xFF;
  return ret;
}

/* av_read_frame, or the fault that is there in its place. */
static int read_frame(struct df_input *input, AVPacket *packet)
{
  struct df_fault fault;
  bool fails = df_fault_hit(DF_FAULT_AT_READ, input->path, &fault);
  if (fails && fault.kind != DF_FAULT_DAMAGED)
    return df_ffmpeg_fault_code(&fault);
  int ret = av_read_frame(input->context, packet);
  return fails && ret == 0 ? spoil(packet) : ret;
}

/* 1 with a packet, 0 at the end of the file, else an error. What cannot be parsed is passed over. */
static int fetch(struct df_input *input, AVPacket *packet, struct df_error *err)
{
  for (int bad = 0; bad < BAD_READS_MAX; bad++) {
    df_ffmpeg_forget();
    int ret = read_frame(input, packet);
    if (ret == 0) {
      df_timeline_pass(input->timeline, packet, input->log);
      return 1;
    }
    int io = input->context->pb->error;
    if (ret == AVERROR_EOF && (io >= 0 || io == AVERROR_EOF))
      return 0;
    if (ret != AVERROR_INVALIDDATA && ret != AVERROR(EAGAIN))
      return df_ffmpeg_error(
          err, DF_EINPUT, ret == AVERROR_EOF ? io : ret, "%s cannot be read on", input->path);
    atomic_fetch_add(&input->damaged, 1);
  }
  return 0;
}

/* Reads a packet into `early`: 1 and it is borrowed in *ret_packet, 0 when there is none or no room. */
static int fetch_early(struct df_input *input, AVPacket **ret_packet, struct df_error *err)
{
  if (input->early_count == EARLY_MAX)
    return 0;
  AVPacket *packet = av_packet_alloc();
  if (!packet)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int ret = fetch(input, packet, err);
  if (ret <= 0) {
    av_packet_free(&packet);
    return ret;
  }
  input->early[input->early_count++] = packet;
  *ret_packet = packet;
  return 1;
}

/* The next video packet for looking ahead: first those that were read before, then new ones. */
static const AVPacket *look_ahead(void *context)
{
  struct df_input *input = context;
  for (;;) {
    AVPacket *packet = NULL;
    if (input->early_seen < input->early_count)
      packet = input->early[input->early_seen];
    else if (fetch_early(input, &packet, NULL) <= 0)
      return NULL;
    input->early_seen++;
    if (is_video(input, packet))
      return packet;
  }
}

static int no_video(const struct df_input *input, struct df_error *err)
{
  bool audio = false, cover = false;
  for (unsigned i = 0; i < input->context->nb_streams; i++) {
    enum AVMediaType type = input->context->streams[i]->codecpar->codec_type;
    audio |= type == AVMEDIA_TYPE_AUDIO;
    cover |= type == AVMEDIA_TYPE_VIDEO;
  }
  return df_fail(err, DF_EINPUT, "%s has no video%s", input->path,
      audio && cover ? ", only audio and a cover picture"
      : audio        ? ", only audio"
                     : "");
}

static int choose_stream(struct df_input *input, struct df_error *err)
{
  AVFormatContext *context = input->context;
  int index = df_demux_best_video(context);
  if (index < 0)
    return no_video(input, err);
  input->video = context->streams[index];
  for (unsigned i = 0; i < context->nb_streams; i++) {
    AVStream *stream = context->streams[i];
    if ((int)i != index && stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
        !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
      stream->discard = AVDISCARD_ALL;
  }
  enum AVCodecID id = input->video->codecpar->codec_id;
  if (id == AV_CODEC_ID_NONE)
    return df_fail(
        err, DF_EINPUT, "%s has video in a codec that FFmpeg does not know", input->path);
  if (!avcodec_find_decoder(id))
    return df_fail(err, DF_EMISSING, "%s needs a decoder for %s, which this machine's FFmpeg lacks",
        input->path, avcodec_get_name(id));
  return 0;
}

/* Formats of pictures are videos only if a second picture follows. */
static int refuse_still(struct df_input *input, struct df_error *err)
{
  bool still = input->video->disposition & AV_DISPOSITION_STILL_IMAGE;
  if (!still && df_demux_is_image(input->context))
    still = !look_ahead(input) || !look_ahead(input);
  input->early_seen = 0;
  if (atomic_load(&input->interrupted))
    return df_fail(err, DF_ESTOPPED, "%s: reading was stopped", input->path);
  if (still)
    return df_fail(err, DF_EINPUT, "%s is a still picture (%s), not a video", input->path,
        avcodec_get_name(input->video->codecpar->codec_id));
  return 0;
}

static int64_t in_microseconds(const struct df_input *input, int64_t time)
{
  return av_rescale_q(time, input->video->time_base, AV_TIME_BASE_Q);
}

/*
 * Where the whole file begins for who looks and listens. A little before 0 lie only samples that a decoder
 * needs but nobody hears, so there only the video counts.
 */
static int64_t file_beginning(const struct df_input *input)
{
  int64_t start = input->context->start_time, video = input->video->start_time;
  if (start == AV_NOPTS_VALUE)
    return 0;
  if (start >= 0)
    return start;
  return video == AV_NOPTS_VALUE ? 0 : FFMIN(in_microseconds(input, video), 0);
}

static int set_span(
    struct df_input *input, const struct df_input_options *options, struct df_error *err)
{
  double start = options ? options->start : 0, duration = options ? options->duration : 0;
  int64_t base = file_beginning(input), length = input->context->duration;
  if (length > 0 && input->context->start_time != AV_NOPTS_VALUE)
    length -= base - input->context->start_time;
  if (length > 0 && start * SECOND >= (double)length)
    return df_fail(err, DF_EINPUT, "%s is %.3f s long; nothing of it lies after %.3f s",
        input->path, (double)length / SECOND, start);
  input->span = (struct df_span){INT64_MIN, INT64_MAX};
  if (start > 0)
    input->span.begin = base + llround(start * SECOND);
  input->entry = input->span.begin;
  if (options && options->entry > 0 && options->entry > input->entry)
    input->entry = options->entry;
  if (duration > 0)
    input->span.end = (start > 0 ? input->span.begin : base) + llround(duration * SECOND);
  return 0;
}

/* After a seek: whether decoding from the first key frame on shows the first picture that is wanted. */
static int reaches_entry(struct df_input *input, struct df_error *err)
{
  AVPacket *packet = NULL;
  int ret;
  while ((ret = fetch_early(input, &packet, err)) > 0)
    if (is_video(input, packet) && packet->flags & AV_PKT_FLAG_KEY) {
      bool timed = packet->pts != AV_NOPTS_VALUE;
      int64_t start = input->video->start_time;
      if (timed && (start == AV_NOPTS_VALUE || packet->pts > start))
        input->entered = in_microseconds(input, packet->pts);
      return !timed || in_microseconds(input, packet->pts) <= input->entry;
    }
  return ret;
}

/*
 * Ever further back, since formats differ in where a seek ends. 1 when decoding can start from here, 0
 * when the file must be read from its start.
 */
static int seek_to_entry(struct df_input *input, struct df_error *err)
{
  if (input->context->iformat->flags &
      AVFMT_NOTIMESTAMPS) /* times count from where reading began */
    return 0;
  int64_t base = input->context->start_time == AV_NOPTS_VALUE ? 0 : input->context->start_time;
  for (int64_t back = SECOND; input->entry - back > base; back *= 4) {
    int64_t ts = av_rescale_q(input->entry - back, AV_TIME_BASE_Q, input->video->time_base);
    drop_early(input);
    df_timeline_reset(input->timeline);
    int ret = avformat_seek_file(input->context, input->video->index, INT64_MIN, ts, ts, 0);
    if (ret == AVERROR_EXIT)
      return df_fail(err, DF_ESTOPPED, "%s: reading was stopped", input->path);
    if (ret < 0)
      return 0;
    ret = reaches_entry(input, err);
    if (ret != 0)
      return ret;
  }
  return 0;
}

static int open_file(struct df_input *input, struct df_error *err)
{
  drop_early(input);
  df_timeline_destroy(&input->timeline);
  df_demux_close(&input->context);
  AVIOInterruptCB interrupt = {is_interrupted, input};
  int ret = df_demux_open(input->path, &interrupt, &input->context, err);
  if (ret == 0)
    ret = choose_stream(input, err);
  if (ret == 0 && !(input->timeline = df_timeline_create(input->context)))
    ret = df_fail(err, DF_ENOMEM, "out of memory");
  return ret;
}

static int find_info(struct df_input *input, struct df_error *err)
{
  AVFrame *frame = NULL;
  if (df_video_info_wants_frame(input->video))
    frame = df_first_frame(input->video->codecpar, look_ahead, input);
  if (frame) { /* the decoder starts from what is true */
    input->video->codecpar->format = frame->format;
    input->video->codecpar->width = frame->width;
    input->video->codecpar->height = frame->height;
  }
  int ret = df_video_info_fill(input->context, input->video, frame, input->span, &input->info, err);
  av_frame_free(&frame);
  return ret;
}

static int open_all(
    struct df_input *input, const struct df_input_options *options, struct df_error *err)
{
  int ret = open_file(input, err);
  if (ret == 0)
    ret = refuse_still(input, err);
  if (ret == 0)
    ret = set_span(input, options, err);
  if (ret < 0 || input->entry == INT64_MIN)
    return ret < 0 ? ret : find_info(input, err);
  ret = seek_to_entry(input, err);
  if (ret == 0) { /* opened anew: not every format finds back to its start */
    input->entered = INT64_MIN;
    ret = open_file(input, err);
  }
  return ret < 0 ? ret : find_info(input, err);
}

int df_input_open(const char *path, const struct df_input_options *options, struct df_log *log,
    struct df_input **ret_input, struct df_error *err)
{
  struct df_input *input = calloc(1, sizeof *input);
  if (!input || !(input->path = strdup(path))) {
    df_input_close(&input);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  input->log = log;
  input->entered = INT64_MIN;
  int ret = open_all(input, options, err);
  if (ret < 0) {
    df_input_close(&input);
    return ret;
  }
  *ret_input = input;
  return 0;
}

void df_input_close(struct df_input **input_ptr)
{
  struct df_input *input = *input_ptr;
  if (!input)
    return;
  drop_early(input);
  df_timeline_destroy(&input->timeline);
  df_demux_close(&input->context);
  free(input->path);
  free(input);
  *input_ptr = NULL;
}

const struct df_video_info *df_input_video(const struct df_input *input)
{
  return &input->info;
}

struct df_span df_input_span(const struct df_input *input)
{
  return input->span;
}

int64_t df_input_entered(const struct df_input *input)
{
  return input->entered;
}

int64_t df_input_beginning(const struct df_input *input)
{
  return input->span.begin != INT64_MIN ? input->span.begin : file_beginning(input);
}

AVFormatContext *df_input_context(struct df_input *input)
{
  return input->context;
}

AVStream *df_input_video_stream(struct df_input *input)
{
  return input->video;
}

int64_t df_input_damaged(const struct df_input *input)
{
  return atomic_load(&input->damaged);
}

static int take_packet(struct df_input *input, AVPacket *packet, struct df_error *err)
{
  if (input->early_next == input->early_count)
    return fetch(input, packet, err);
  AVPacket **early = &input->early[input->early_next++];
  av_packet_move_ref(packet, *early);
  av_packet_free(early);
  return 1;
}

/* What the container promised against what came; only where it truly promised something. */
static void warn_if_cut_off(struct df_input *input)
{
  AVFormatContext *context = input->context;
  int64_t seen = df_timeline_end(input->timeline);
  if (context->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE || seen == INT64_MIN)
    return;
  int64_t base = context->start_time == AV_NOPTS_VALUE ? 0 : context->start_time, promised;
  if (input->video->duration > 0 && input->video->start_time != AV_NOPTS_VALUE) {
    promised = in_microseconds(input, input->video->start_time + input->video->duration);
    seen = df_timeline_stream_end(input->timeline, input->video->index);
  } else if (context->duration > 0) {
    promised = base + context->duration;
  } else {
    return;
  }
  if (seen < promised - CUT_OFF)
    df_log_say(input->log, DF_LOG_WARNING,
        "%s ends at %.1f s although it says that it is %.1f s long; it may be cut off", input->path,
        seen == INT64_MIN ? 0 : (double)(seen - base) / SECOND, (double)(promised - base) / SECOND);
}

int df_input_read(struct df_input *input, AVPacket *packet, struct df_error *err)
{
  for (;;) {
    if (atomic_load(&input->interrupted))
      return df_fail(err, DF_ESTOPPED, "%s: reading was stopped", input->path);
    if (input->ended)
      return 0;
    bool early = input->early_next < input->early_count;
    int ret = take_packet(input, packet, err);
    if (ret < 0)
      return ret;
    if (ret == 0) {
      input->ended = true;
      warn_if_cut_off(input);
      return 0;
    }
    if (early || input->span.end == INT64_MAX) /* the timeline is ahead of early packets */
      return 1;
    if (df_timeline_all_passed(input->timeline, input->video->index, input->span.end, OVERRUN)) {
      av_packet_unref(packet);
      input->ended = true;
      return 0;
    }
    if (!is_video(input, packet) ||
        !df_timeline_passed(input->timeline, input->video->index, input->span.end))
      return 1;
    av_packet_unref(packet);
  }
}

const char *df_input_path(const struct df_input *input)
{
  return input->path;
}

void df_input_interrupt(struct df_input *input)
{
  atomic_store(&input->interrupted, true);
}
