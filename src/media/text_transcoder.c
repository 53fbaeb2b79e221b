#include "media/text_transcoder.h"

#include <libavutil/mem.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/ffmpeg.h"

enum { TEXT_BYTES = 64 * 1024 }; /* more than any player shows at once */

struct df_text_transcoder {
  AVCodecContext *decoder, *encoder;
  uint8_t text[TEXT_BYTES];
};

bool df_text_transcoder_knows(enum AVCodecID from, enum AVCodecID to)
{
  const AVCodecDescriptor *descriptor = avcodec_descriptor_get(from);
  return descriptor && (descriptor->props & AV_CODEC_PROP_TEXT_SUB) && avcodec_find_decoder(from) &&
         avcodec_find_encoder(to);
}

static int open_decoder(
    struct df_text_transcoder *t, const AVCodecParameters *input, AVRational time_base)
{
  const AVCodec *codec = avcodec_find_decoder(input->codec_id);
  t->decoder = codec ? avcodec_alloc_context3(codec) : NULL;
  if (!t->decoder)
    return codec ? AVERROR(ENOMEM) : AVERROR_DECODER_NOT_FOUND;
  int result = avcodec_parameters_to_context(t->decoder, input);
  t->decoder->pkt_timebase = time_base;
  return result < 0 ? result : avcodec_open2(t->decoder, codec, NULL);
}

/* Encoders of text want the style header that the decoder made. */
static int copy_header(const AVCodecContext *decoder, AVCodecContext *encoder)
{
  if (!decoder->subtitle_header)
    return 0;
  encoder->subtitle_header = av_mallocz((size_t)decoder->subtitle_header_size + 1);
  if (!encoder->subtitle_header)
    return AVERROR(ENOMEM);
  memcpy(encoder->subtitle_header, decoder->subtitle_header, (size_t)decoder->subtitle_header_size);
  encoder->subtitle_header_size = decoder->subtitle_header_size;
  return 0;
}

static int open_encoder(struct df_text_transcoder *t, enum AVCodecID to)
{
  const AVCodec *codec = avcodec_find_encoder(to);
  t->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
  if (!t->encoder)
    return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
  t->encoder->time_base = AV_TIME_BASE_Q;
  int result = copy_header(t->decoder, t->encoder);
  return result < 0 ? result : avcodec_open2(t->encoder, codec, NULL);
}

int df_text_transcoder_create(const AVCodecParameters *input, AVRational time_base,
    enum AVCodecID to, struct df_text_transcoder **ret_transcoder, struct df_error *err)
{
  df_ffmpeg_quiet();
  struct df_text_transcoder *t = calloc(1, sizeof *t);
  if (!t)
    return df_fail(err, DF_ENOMEM, "no memory for subtitles");
  df_ffmpeg_forget();
  int result = open_decoder(t, input, time_base);
  if (result >= 0)
    result = open_encoder(t, to);
  if (result < 0) {
    df_text_transcoder_destroy(&t);
    return df_ffmpeg_error(err, DF_ELIBRARY, result, "subtitles cannot be rewritten");
  }
  *ret_transcoder = t;
  return 0;
}

void df_text_transcoder_destroy(struct df_text_transcoder **transcoder_ptr)
{
  struct df_text_transcoder *t = *transcoder_ptr;
  if (!t)
    return;
  avcodec_free_context(&t->decoder);
  avcodec_free_context(&t->encoder);
  free(t);
  *transcoder_ptr = NULL;
}

const AVCodecContext *df_text_transcoder_context(const struct df_text_transcoder *transcoder)
{
  return transcoder->encoder;
}

static int replace_contents(AVPacket *packet, const uint8_t *text, int size, struct df_error *err)
{
  AVBufferRef *buffer = av_buffer_allocz((size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
  if (!buffer)
    return df_fail(err, DF_ENOMEM, "no memory for subtitles");
  memcpy(buffer->data, text, (size_t)size);
  av_buffer_unref(&packet->buf);
  packet->buf = buffer;
  packet->data = buffer->data;
  packet->size = size;
  av_packet_free_side_data(packet);
  return 1;
}

int df_text_transcoder_rewrite(struct df_text_transcoder *t, AVPacket *packet, struct df_error *err)
{
  AVSubtitle subtitle = {0};
  int found = 0;
  if (avcodec_decode_subtitle2(t->decoder, &subtitle, &found, packet) < 0 || !found)
    return 0;
  int size = -1;
  if (subtitle.num_rects > 0) {
    /* Encoders want what lies before the display time to be in the packet's own time. */
    subtitle.end_display_time -= FFMIN(subtitle.start_display_time, subtitle.end_display_time);
    subtitle.start_display_time = 0;
    size = avcodec_encode_subtitle(t->encoder, t->text, sizeof t->text, &subtitle);
  }
  avsubtitle_free(&subtitle);
  return size > 0 ? replace_contents(packet, t->text, size, err) : 0;
}
