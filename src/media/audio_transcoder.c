#include "media/audio_transcoder.h"

#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/ffmpeg.h"

enum {
  CHUNK = 1024,     /* samples a frame where the encoder does not mind */
  CHANNELS_MAX = 8, /* that any of the encoders has */
  TOLERANCE_MS = 5, /* time stamps jitter; a track follows them only beyond this */
  OPUS_RATE = 48000,
  OPUS_BITRATE = 80000, /* a channel, bit/s: transparent for most ears and content */
  AAC_BITRATE = 96000,
};

struct df_audio_transcoder {
  struct df_audio_transcoder_options options;
  AVCodecContext *decoder, *encoder;
  SwrContext *resampler;
  AVAudioFifo *fifo; /* samples as the encoder takes them */
  AVFrame *decoded, *converted, *ready;
  AVPacket *packet;
  int in_rate, in_format; /* what the resampler is set up for */
  AVChannelLayout in_layout;
  int64_t next;  /* sample, at the encoder's rate, that enters the fifo next */
  int64_t limit; /* first sample that is not wanted any more */
  bool started, ended;
};

static const int aac_rates[] = {
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};

static int choose_rate(bool opus, int rate)
{
  if (opus)
    return OPUS_RATE;
  for (size_t i = 0; i < sizeof aac_rates / sizeof *aac_rates; i++)
    if (aac_rates[i] == rate)
      return rate;
  return 48000;
}

static int open_decoder(struct df_audio_transcoder *t, struct df_error *err)
{
  const AVCodecParameters *input = t->options.input;
  const char *name = avcodec_get_name(input->codec_id);
  const AVCodec *codec = avcodec_find_decoder(input->codec_id);
  if (!codec)
    return df_fail(err, DF_EMISSING, "this FFmpeg has no decoder for %s audio", name);
  t->decoder = avcodec_alloc_context3(codec);
  if (!t->decoder)
    return df_fail(err, DF_ENOMEM, "no memory for an audio decoder");
  df_ffmpeg_forget();
  int result = avcodec_parameters_to_context(t->decoder, input);
  t->decoder->pkt_timebase = t->options.time_base;
  if (result >= 0)
    result = avcodec_open2(t->decoder, codec, NULL);
  if (result < 0)
    return df_ffmpeg_error(
        err, DF_EINPUT, result, "the decoder for %s audio cannot be opened", name);
  return 0;
}

/* The input's layout, or the usual one of its number of channels when it does not say. */
static int known_layout(const AVChannelLayout *layout, AVChannelLayout *ret_layout)
{
  if (layout->order != AV_CHANNEL_ORDER_UNSPEC && layout->nb_channels > 0)
    return av_channel_layout_copy(ret_layout, layout);
  av_channel_layout_default(ret_layout, layout->nb_channels > 0 ? layout->nb_channels : 2);
  return 0;
}

static int try_encoder(
    struct df_audio_transcoder *t, const AVCodec *codec, const AVChannelLayout *layout)
{
  bool opus = codec->id == AV_CODEC_ID_OPUS;
  AVCodecContext *encoder = t->encoder = avcodec_alloc_context3(codec);
  if (!encoder)
    return AVERROR(ENOMEM);
  encoder->sample_fmt = opus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
  encoder->sample_rate = choose_rate(opus, t->decoder->sample_rate);
  encoder->time_base = (AVRational){1, encoder->sample_rate};
  encoder->bit_rate = (int64_t)layout->nb_channels * (opus ? OPUS_BITRATE : AAC_BITRATE);
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  int result = av_channel_layout_copy(&encoder->ch_layout, layout);
  if (result >= 0)
    result = avcodec_open2(encoder, codec, NULL);
  if (result < 0)
    avcodec_free_context(&t->encoder);
  return result;
}

/* Channels as they are; stereo when the encoder has no such layout. */
static int open_encoder(struct df_audio_transcoder *t, struct df_error *err)
{
  const AVCodec *codec = avcodec_find_encoder_by_name(t->options.encoder);
  if (!codec)
    return df_fail(err, DF_EMISSING,
        "this FFmpeg has no audio encoder \"%s\"; install Debian's FFmpeg libraries, or write "
        "to a .mkv, which carries the audio as it is",
        t->options.encoder);
  AVChannelLayout layout = {0};
  df_ffmpeg_forget();
  int result = known_layout(&t->decoder->ch_layout, &layout);
  if (result >= 0)
    result = layout.nb_channels <= CHANNELS_MAX ? try_encoder(t, codec, &layout) : AVERROR(EINVAL);
  av_channel_layout_uninit(&layout);
  if (result < 0 && result != AVERROR(ENOMEM))
    result = try_encoder(t, codec, &(AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO);
  if (result < 0)
    return df_ffmpeg_error(
        err, DF_ELIBRARY, result, "the audio encoder %s cannot be opened", t->options.encoder);
  return 0;
}

static int chunk_of(const struct df_audio_transcoder *t)
{
  return t->encoder->frame_size > 0 ? t->encoder->frame_size : CHUNK;
}

static int allocate(struct df_audio_transcoder *t, struct df_error *err)
{
  t->decoded = av_frame_alloc();
  t->converted = av_frame_alloc();
  t->ready = av_frame_alloc();
  t->packet = av_packet_alloc();
  t->fifo =
      av_audio_fifo_alloc(t->encoder->sample_fmt, t->encoder->ch_layout.nb_channels, chunk_of(t));
  if (!t->decoded || !t->converted || !t->ready || !t->packet || !t->fifo)
    return df_fail(err, DF_ENOMEM, "no memory to transcode audio");
  return 0;
}

static int64_t samples_at(const struct df_audio_transcoder *t, int64_t microseconds)
{
  return av_rescale_q(microseconds - t->options.origin, AV_TIME_BASE_Q, t->encoder->time_base);
}

int df_audio_transcoder_create(const struct df_audio_transcoder_options *options,
    struct df_audio_transcoder **ret_transcoder, struct df_error *err)
{
  df_ffmpeg_quiet();
  struct df_audio_transcoder *t = calloc(1, sizeof *t);
  if (!t)
    return df_fail(err, DF_ENOMEM, "no memory to transcode audio");
  t->options = *options;
  int result = open_decoder(t, err);
  if (result == 0)
    result = open_encoder(t, err);
  if (result == 0)
    result = allocate(t, err);
  if (result < 0) {
    df_audio_transcoder_destroy(&t);
    return result;
  }
  t->options.input = NULL; /* the caller's; not needed again */
  t->limit = options->span.end == INT64_MAX ? INT64_MAX : samples_at(t, options->span.end);
  *ret_transcoder = t;
  return 0;
}

void df_audio_transcoder_destroy(struct df_audio_transcoder **transcoder_ptr)
{
  struct df_audio_transcoder *t = *transcoder_ptr;
  if (!t)
    return;
  avcodec_free_context(&t->decoder);
  avcodec_free_context(&t->encoder);
  swr_free(&t->resampler);
  av_audio_fifo_free(t->fifo);
  av_frame_free(&t->decoded);
  av_frame_free(&t->converted);
  av_frame_free(&t->ready);
  av_packet_free(&t->packet);
  av_channel_layout_uninit(&t->in_layout);
  free(t);
  *transcoder_ptr = NULL;
}

const AVCodecContext *df_audio_transcoder_context(const struct df_audio_transcoder *transcoder)
{
  return transcoder->encoder;
}

static int write_packets(struct df_audio_transcoder *t, struct df_error *err)
{
  for (;;) {
    int result = avcodec_receive_packet(t->encoder, t->packet);
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
      return 0;
    if (result < 0)
      return df_ffmpeg_error(err, DF_ELIBRARY, result, "audio cannot be encoded");
    result = t->options.write(t->options.context, t->packet, err);
    if (result < 0)
      return result;
  }
}

/* A writable frame of the encoder's kind in t->ready. */
static int get_ready(struct df_audio_transcoder *t, int samples)
{
  av_frame_unref(t->ready);
  t->ready->nb_samples = samples;
  t->ready->format = t->encoder->sample_fmt;
  t->ready->sample_rate = t->encoder->sample_rate;
  int result = av_channel_layout_copy(&t->ready->ch_layout, &t->encoder->ch_layout);
  return result < 0 ? result : av_frame_get_buffer(t->ready, 0);
}

static int encode_chunk(struct df_audio_transcoder *t, int samples, struct df_error *err)
{
  int64_t first = t->next - av_audio_fifo_size(t->fifo);
  int result = get_ready(t, samples);
  if (result >= 0)
    result = av_audio_fifo_read(t->fifo, (void **)t->ready->extended_data, samples);
  if (result >= 0) {
    t->ready->pts = first;
    result = avcodec_send_frame(t->encoder, t->ready);
  }
  if (result < 0)
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "audio cannot be encoded");
  return write_packets(t, err);
}

static int encode_whole_chunks(struct df_audio_transcoder *t, struct df_error *err)
{
  int result = 0, chunk = chunk_of(t);
  while (result == 0 && av_audio_fifo_size(t->fifo) >= chunk)
    result = encode_chunk(t, chunk, err);
  return result;
}

/* Puts samples from `first` on of `frame` (the encoder's kind) at the end of the track. */
static int append(struct df_audio_transcoder *t, AVFrame *frame, int first, struct df_error *err)
{
  int64_t count = frame->nb_samples - first;
  if (count > t->limit - t->next)
    count = t->limit - t->next;
  if (count <= 0)
    return 0;
  int bytes = av_get_bytes_per_sample(t->encoder->sample_fmt);
  bool planar = av_sample_fmt_is_planar(t->encoder->sample_fmt);
  int channels = t->encoder->ch_layout.nb_channels;
  void *planes[CHANNELS_MAX];
  for (int p = 0; p < (planar ? channels : 1); p++)
    planes[p] = frame->extended_data[p] + (ptrdiff_t)first * bytes * (planar ? 1 : channels);
  if (av_audio_fifo_write(t->fifo, planes, (int)count) < 0)
    return df_fail(err, DF_ENOMEM, "no memory to transcode audio");
  t->next += count;
  return encode_whole_chunks(t, err);
}

static int append_silence(struct df_audio_transcoder *t, int64_t count, struct df_error *err)
{
  int result = 0;
  while (result == 0 && count > 0 && t->next < t->limit) {
    int samples = (int)FFMIN(count, chunk_of(t));
    if (get_ready(t, samples) < 0)
      return df_fail(err, DF_ENOMEM, "no memory to transcode audio");
    av_samples_set_silence(t->ready->extended_data, 0, samples, t->ready->ch_layout.nb_channels,
        t->encoder->sample_fmt);
    count -= samples;
    /* append() may encode through t->ready: it has the samples in the fifo by then. */
    result = append(t, t->ready, 0, err);
  }
  return result;
}

static bool fits_resampler(const struct df_audio_transcoder *t, const AVFrame *frame)
{
  return t->resampler && frame->format == t->in_format && frame->sample_rate == t->in_rate &&
         av_channel_layout_compare(&frame->ch_layout, &t->in_layout) == 0;
}

/* For the first frame, and whenever the track changes what it is in mid-stream. */
static int set_resampler(struct df_audio_transcoder *t, const AVFrame *frame)
{
  swr_free(&t->resampler);
  AVChannelLayout layout = {0};
  int result = known_layout(&frame->ch_layout, &layout);
  if (result >= 0)
    result = swr_alloc_set_opts2(&t->resampler, &t->encoder->ch_layout, t->encoder->sample_fmt,
        t->encoder->sample_rate, &layout, frame->format, frame->sample_rate, 0, NULL);
  av_channel_layout_uninit(&layout);
  if (result >= 0)
    result = swr_init(t->resampler);
  if (result >= 0)
    result = av_channel_layout_copy(&t->in_layout, &frame->ch_layout);
  t->in_format = frame->format;
  t->in_rate = frame->sample_rate;
  return result;
}

/* Resamples `frame`, or what the resampler still holds (NULL), into t->converted. */
static int convert(struct df_audio_transcoder *t, const AVFrame *frame)
{
  AVFrame *out = t->converted;
  av_frame_unref(out);
  int room = swr_get_out_samples(t->resampler, frame ? frame->nb_samples : 0);
  if (room <= 0)
    return room;
  out->nb_samples = room;
  out->format = t->encoder->sample_fmt;
  int result = av_channel_layout_copy(&out->ch_layout, &t->encoder->ch_layout);
  if (result >= 0)
    result = av_frame_get_buffer(out, 0);
  if (result >= 0)
    result = swr_convert(t->resampler, out->extended_data, room,
        frame ? (const uint8_t **)frame->extended_data : NULL, frame ? frame->nb_samples : 0);
  out->nb_samples = FFMAX(result, 0);
  return result;
}

/*
 * How far (samples) the frame begins after (> 0) or before (< 0) the end of the track; 0 when its time is
 * unknown or within tolerance. The track begins where its first frame does, but not before 0.
 */
static int64_t gap_before(struct df_audio_transcoder *t, const AVFrame *frame)
{
  int64_t pts = frame->best_effort_timestamp;
  if (pts == AV_NOPTS_VALUE) {
    t->started = true;
    return 0;
  }
  AVRational unit = t->encoder->time_base;
  int64_t origin = av_rescale_q(t->options.origin, AV_TIME_BASE_Q, unit);
  int64_t wanted = av_rescale_q(pts, t->options.time_base, unit) - origin -
                   swr_get_delay(t->resampler, t->encoder->sample_rate);
  if (!t->started) {
    /* A frame that ends before 0 is dropped whole and starts nothing. */
    t->started = wanted + av_rescale(frame->nb_samples, unit.den, frame->sample_rate) > 0;
    t->next = FFMAX(wanted, 0);
    return wanted - t->next;
  }
  int64_t gap = wanted - t->next;
  int64_t tolerance = t->encoder->sample_rate * TOLERANCE_MS / 1000 +
                      2 * av_rescale_q(1, t->options.time_base, unit);
  return llabs(gap) > tolerance ? gap : 0;
}

static int take_frame(struct df_audio_transcoder *t, struct df_error *err)
{
  int result = 0;
  if (!fits_resampler(t, t->decoded))
    result = set_resampler(t, t->decoded);
  if (result < 0)
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "audio cannot be resampled");
  int64_t gap = gap_before(t, t->decoded);
  result = convert(t, t->decoded);
  if (result < 0)
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "audio cannot be resampled");
  if (gap > 0)
    result = append_silence(t, gap, err);
  else
    result = 0;
  int skip = (int)FFMIN(gap < 0 ? -gap : 0, t->converted->nb_samples);
  return result < 0 ? result : append(t, t->converted, skip, err);
}

static int drain(struct df_audio_transcoder *t, struct df_error *err)
{
  int result = 0;
  if (t->resampler && convert(t, NULL) > 0)
    result = append(t, t->converted, 0, err);
  int left = av_audio_fifo_size(t->fifo);
  if (result == 0 && left > 0)
    result = encode_chunk(t, left, err);
  if (result < 0)
    return result;
  avcodec_send_frame(t->encoder, NULL);
  return write_packets(t, err);
}

int df_audio_transcoder_send(
    struct df_audio_transcoder *t, const AVPacket *packet, struct df_error *err)
{
  if (t->ended)
    return 0;
  t->ended = !packet;
  df_ffmpeg_forget();
  /* What cannot be decoded leaves a gap, which the next good frame fills with silence. */
  int result = avcodec_send_packet(t->decoder, packet);
  if (result == AVERROR(ENOMEM))
    return df_fail(err, DF_ENOMEM, "no memory to decode audio");
  while (avcodec_receive_frame(t->decoder, t->decoded) >= 0) {
    result = take_frame(t, err);
    av_frame_unref(t->decoded);
    if (result < 0)
      return result;
  }
  return packet ? 0 : drain(t, err);
}
