/* Files remade, photos read and pictures written by media/ while memory, or FFmpeg's, runs out. */
#include "../unit/clip.h"

#include "failing.h"
#include "media/encoder.h"
#include "media/output.h"
#include "media/still.h"
#include "pipeline/contact_sheet.h"

enum { WIDTH = 128, HEIGHT = 96 };

/* What one scenario remakes. */
struct order {
  const char *from, *to; /* names in the clips' folder */
  enum df_codec codec;
};

/* What the pipeline does with a file, with grey pictures in place of composed ones. */
struct remake {
  const struct order *order;
  struct df_log *log;
  struct df_input *input;
  struct df_decoder *decoder;
  struct df_encoder *encoder;
  struct df_output *output;
  struct df_pool *pool;
  AVPacket *packet;
};

static void path_of(const char *name, char path[CLIP_NAME])
{
  snprintf(path, CLIP_NAME, "%s/%s", clip_folder, name);
}

static int open_encoder(struct remake *r, const char *path, struct df_error *err)
{
  const struct df_video_info *info = df_input_video(r->input);
  struct df_encoder_options options = {
      .codec = r->order->codec,
      .profile = DF_PROFILE_REALTIME,
      .width = WIDTH,
      .height = HEIGHT,
      .depth = info->depth,
      .colour = info->colour,
      .transfer = info->transfer,
      .hdr = info->hdr,
      .time_base = info->time_base,
      .frame_rate = info->frame_rate,
      .crf = -1,
      .threads = 1,
      .global_header = df_output_global_header(path),
  };
  struct df_encoder_plan plan;
  int result = df_encoder_plan(&options, &plan, err);
  if (result == 0)
    result = df_encoder_create(&options, r->log, &r->encoder, err);
  if (result < 0)
    return result;
  r->pool = df_pool_create(plan.format, WIDTH, HEIGHT);
  return r->pool ? 0 : DF_ENOMEM;
}

static int open_all(struct remake *r, struct df_error *err)
{
  char from[CLIP_NAME], to[CLIP_NAME];
  path_of(r->order->from, from);
  path_of(r->order->to, to);
  int result = df_input_open(from, NULL, r->log, &r->input, err);
  if (result == 0)
    result = df_decoder_create(
        r->input, &(struct df_decoder_options){.threads = 1}, r->log, &r->decoder, err);
  if (result == 0)
    result = open_encoder(r, to, err);
  struct df_output_options options = {.path = to, .overwrite = true};
  if (result == 0)
    result = df_output_create(
        &options, r->input, df_encoder_context(r->encoder), r->log, &r->output, err);
  if (result < 0)
    return result;
  r->packet = av_packet_alloc();
  return r->packet ? 0 : DF_ENOMEM;
}

static int write_encoded(struct remake *r, struct df_error *err)
{
  AVPacket *packet = av_packet_alloc();
  if (!packet)
    return DF_ENOMEM;
  int result;
  while ((result = df_encoder_receive(r->encoder, packet, err)) == 1)
    if ((result = df_output_write_video(r->output, packet, err)) < 0)
      break;
  av_packet_free(&packet);
  return result;
}

static int encode_grey(struct remake *r, const struct df_picture *like, struct df_error *err)
{
  struct df_picture *grey = df_pool_take(r->pool);
  if (!grey)
    return DF_ENOMEM;
  for (int p = 0; p < 2; p++) {
    int rows = df_format_plane_height(grey->format, p, grey->height);
    memset(grey->planes[p], 0x80, (size_t)(grey->strides[p] * rows));
  }
  grey->pts = like->pts;
  grey->duration = like->duration;
  int result = df_encoder_send(r->encoder, grey, err);
  df_picture_unref(&grey);
  return result < 0 ? result : write_encoded(r, err);
}

/* Decodes the packet (NULL: the end) and encodes what comes of it. */
static int pass_on(struct remake *r, const AVPacket *packet, struct df_error *err)
{
  struct df_picture *picture = NULL;
  int result = df_decoder_send(r->decoder, packet, err);
  while (result == 0 && (result = df_decoder_receive(r->decoder, &picture, err)) == 1) {
    result = encode_grey(r, picture, err);
    df_picture_unref(&picture);
  }
  return result;
}

static int remake_all(struct remake *r, struct df_error *err)
{
  int result;
  while ((result = df_input_read(r->input, r->packet, err)) == 1) {
    if (r->packet->stream_index == df_input_video_stream(r->input)->index)
      result = pass_on(r, r->packet, err);
    else
      result = df_output_write_other(r->output, r->packet, err);
    av_packet_unref(r->packet);
    if (result < 0)
      return result;
  }
  if (result == 0)
    result = pass_on(r, NULL, err);
  if (result == 0)
    result = df_encoder_send(r->encoder, NULL, err);
  if (result == 0)
    result = write_encoded(r, err);
  return result < 0 ? result : df_output_finish(r->output, err);
}

static int remake(void *context, struct df_error *err)
{
  struct remake r = {.order = context};
  r.log = df_log_create(DF_LOG_ERROR, NULL, NULL);
  int result = r.log ? open_all(&r, err) : DF_ENOMEM;
  if (result == 0)
    result = remake_all(&r, err);
  df_output_destroy(&r.output);
  df_encoder_destroy(&r.encoder);
  df_decoder_destroy(&r.decoder);
  df_pool_destroy(&r.pool);
  df_input_close(&r.input);
  av_packet_free(&r.packet);
  df_log_destroy(&r.log);
  return result;
}

/* AV1's encoder waits for ever when it is closed without memory to show it a picture, so it is left open. */
static void remakes(const char *from, const char *to, enum df_codec codec)
{
  struct order order = {from, to, codec};
  struct failing_options options = {
      .folder = clip_folder,
      .dense = 40,
      .growth = 12,
      .once = codec == DF_CODEC_AV1,
  };
  survives(remake, &order, &options);
}

#define PICTURES "-f lavfi -i testsrc2=s=160x120:r=25 "
#define SOUND "-f lavfi -i sine=440:r=48000 "
#define SHORT "-t 0.24 "

static void plain_files(void **state)
{
  (void)state;
  clip_make(PICTURES SOUND SHORT "-c:v libx264 -preset superfast -c:a aac plain.mp4");
  remakes("plain.mp4", "plain-out.mp4", DF_CODEC_H264);
  remakes("plain.mp4", "plain-out.mkv", DF_CODEC_HEVC);
}

/* Every way that a stream can go: copied, transcoded, rewritten, attached. */
static void files_with_everything(void **state)
{
  (void)state;
  clip_run("printf '1\\n00:00:00,000 --> 00:00:00,200\\nHello\\n\\n' >t.srt; printf ttf >t.ttf; "
           "printf ';FFMETADATA1\\ntitle=T\\n[CHAPTER]\\nTIMEBASE=1/1000\\nSTART=0\\nEND=100\\n"
           "title=One\\n' >t.meta");
  clip_make(PICTURES SHORT "-frames:v 1 cover.png");
  clip_make(PICTURES SOUND "-i t.srt -i t.meta -attach t.ttf -map 0 -map 1 -map 2 -map_metadata 3 "
                           "-map_chapters 3 -metadata:s:t mimetype=font/ttf " SHORT
                           "-c:v libx264 -preset superfast -c:a flac -c:s srt rich.mkv");
  clip_make("-i rich.mkv -i cover.png -map 0:v -map 0:a -map 0:s -map 1:v -c copy -c:s mov_text "
            "-strict -2 -disposition:v:1 attached_pic covered.mp4");
  remakes("rich.mkv", "rich-out.mkv", DF_CODEC_H264);
  remakes("rich.mkv", "rich-out.mp4", DF_CODEC_H264);
  remakes("rich.mkv", "rich-out.webm", DF_CODEC_AV1);
  remakes("covered.mp4", "covered-out.mp4", DF_CODEC_H264);
  remakes("covered.mp4", "covered-out.mkv", DF_CODEC_H264);
}

static void pictures_to_convert_and_deinterlace(void **state)
{
  (void)state;
  clip_make(PICTURES SHORT "-vf interlace -c:v mpeg2video -flags +ilme+ildct laced.ts");
  clip_make(PICTURES SHORT "-c:v ffv1 -pix_fmt bgr0 rgb.mkv");
  remakes("laced.ts", "laced-out.mp4", DF_CODEC_H264);
  remakes("rgb.mkv", "rgb-out.mp4", DF_CODEC_H264);
}

static void high_dynamic_range(void **state)
{
  (void)state;
  clip_make(
      PICTURES SHORT "-c:v libx265 -pix_fmt yuv420p10le -x265-params "
                     "'log-level=none:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:"
                     "colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)"
                     "WP(15635,16450)L(10000000,50):max-cll=1000,400' hdr.mp4");
  remakes("hdr.mp4", "hdr-out.mp4", DF_CODEC_HEVC);
  remakes("hdr.mp4", "hdr-out.mkv", DF_CODEC_H264); /* tone-mapped */
}

static int read_photo(void *context, struct df_error *err)
{
  struct df_picture *picture = NULL;
  int result = df_still_read(context, &picture, err);
  df_picture_unref(&picture);
  return result;
}

static void photos(void **state)
{
  (void)state;
  char path[CLIP_NAME];
  struct failing_options options = {.folder = clip_folder, .any_error = true};
  clip_make(PICTURES "-frames:v 1 photo.jpg");
  path_of("photo.jpg", path);
  survives(read_photo, path, &options);
}

/* `context`: where to write it. */
static int make_sheet(void *context, struct df_error *err)
{
  struct df_contact_sheet *sheet = df_contact_sheet_create(WIDTH, HEIGHT);
  struct df_pool *pool = df_pool_create(DF_FORMAT_NV12, WIDTH, HEIGHT);
  struct df_picture *picture = pool ? df_pool_take(pool) : NULL;
  int result = sheet && picture ? 0 : DF_ENOMEM;
  for (int p = 0; p < 2 && result == 0; p++)
    memset(picture->planes[p], 0x80,
        (size_t)(picture->strides[p] * df_format_plane_height(picture->format, p, HEIGHT)));
  for (int n = 0; n < 60 && result == 0; n++)
    result = df_contact_sheet_add(sheet, n, picture, err);
  if (result == 0)
    result = df_contact_sheet_write(sheet, context, err);
  df_picture_unref(&picture);
  df_pool_destroy(&pool);
  df_contact_sheet_destroy(&sheet);
  return result;
}

static void contact_sheets(void **state)
{
  (void)state;
  char path[CLIP_NAME];
  struct failing_options options = {.folder = clip_folder};
  path_of("sheet.png", path);
  survives(make_sheet, path, &options);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_files),
      cmocka_unit_test(files_with_everything),
      cmocka_unit_test(pictures_to_convert_and_deinterlace),
      cmocka_unit_test(high_dynamic_range),
      cmocka_unit_test(photos),
      cmocka_unit_test(contact_sheets),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
