/* Each test is named after the promise of output.h that it checks. Inputs are made by the ffmpeg command,
 * results are read with it and with the reading half of media/. */
#include "remake.h"

#include <math.h>
#include <pthread.h>

static void picture_times_survive_in_every_time_base(void **state)
{
  (void)state;
  static const char *const rates[][2] = {{"25", "12800"}, {"30000/1001", "30000"}, {"50", "90000"},
      {"24000/1001", "1000000"}, {"20", "1000"}, {"1000", "1000"}, {"1/2", "16384"}};
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
    for (int codec = DF_CODEC_H264; codec <= DF_CODEC_AV1; codec++) {
      char arguments[512];
      snprintf(arguments, sizeof arguments,
          "-f lavfi -i testsrc2=s=160x120:r=%s -frames:v 40 -c:v libx264 -preset superfast "
          "-video_track_timescale %s base.mp4",
          rates[i][0], rates[i][1]);
      clip_make(arguments);
      codec_wanted = codec;
      remake("base.mp4", "base-out.mp4");
      assert_same_times("base.mp4", "base-out.mp4", true);
    }
  codec_wanted = DF_CODEC_H264;
}

static void variable_rates_stay_variable(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=1000:d=1 -vf \"select='gt(random(3),0.9)'\" -vsync "
            "passthrough -c:v libx264 -preset superfast -video_track_timescale 90000 vfr.mp4");
  for (codec_wanted = DF_CODEC_H264; codec_wanted <= DF_CODEC_AV1; codec_wanted++) {
    remake("vfr.mp4", "vfr-out.mp4");
    assert_same_times("vfr.mp4", "vfr-out.mp4", true);
    remake("vfr.mp4", "vfr-out.mkv");
    assert_same_times("vfr.mp4", "vfr-out.mkv", false);
  }
  codec_wanted = DF_CODEC_H264;
}

static void a_rate_that_encoders_are_not_told_is_written(void **state)
{
  (void)state;
  static const char *const rates[] = {"1/2", "500"};
  codec_wanted = DF_CODEC_AV1;
  for (int i = 0; i < 2; i++) {
    char arguments[256], wanted[64];
    snprintf(arguments, sizeof arguments,
        "-f lavfi -i testsrc2=s=160x120:r=%s -frames:v 8 -c:v libx264 rate.mp4", rates[i]);
    clip_make(arguments);
    remake("rate.mp4", "rate-out.mkv");
    snprintf(wanted, sizeof wanted, "r_frame_rate=%s", rates[i]);
    assert_says(said("ffprobe -v error -select_streams v -show_streams rate-out.mkv"), wanted);
  }
  codec_wanted = DF_CODEC_H264;
}

static void the_last_picture_is_shown_as_long_as_before(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=10:d=1 -c:v libx264 -bf 0 last.mp4");
  remake("last.mp4", "last-out.mp4");
  assert_says(said("ffprobe -v error -select_streams v -show_entries stream=duration -of "
                   "default=nw=1 last-out.mp4"),
      "duration=1.000000");
}

static void audio_is_copied_bit_for_bit(void **state)
{
  (void)state;
  static const char *const encoders[] = {
      "aac", "libmp3lame", "ac3", "eac3", "libopus", "flac", "alac"};
  static const char *const names[] = {"copy.mp4", "copy.mkv", "copy.mov"};
  for (size_t i = 0; i < sizeof encoders / sizeof *encoders; i++)
    for (int n = 0; n < 3; n++) {
      bool rare = i >= 4;
      if (rare && n == 2)
        continue; /* MOV carries neither Opus nor FLAC */
      char arguments[512], sums[256];
      snprintf(arguments, sizeof arguments,
          VIDEO SINE "-c:v libx264 -preset superfast -c:a %s -ac 2 -strict -2 audio.mkv",
          encoders[i]);
      clip_make(arguments);
      remake("audio.mkv", names[n]);
      snprintf(
          sums, sizeof sums, "%s", said("ffmpeg -v error -i audio.mkv -map 0:a -c copy -f md5 -"));
      if (strcmp(said("ffmpeg -v error -i %s -map 0:a -c copy -f md5 -", names[n]), sums) != 0)
        fail_msg("%s was changed in %s", encoders[i], names[n]);
    }
}

/* The time of the first packet of a kind, "v" or "a", at or after `from`. */
static double first_time_from(double from, const char *name, const char *kind)
{
  return atof(said("ffprobe -v error -select_streams %s:0 -show_entries packet=pts_time -of "
                   "csv=p=0 %s | grep -E '^-?[0-9]' | tr -d , | awk '$1>=%f' | sort -g | head -1",
      kind, name, from));
}

static double first_time(const char *name, const char *kind)
{
  return first_time_from(-1000, name, kind);
}

static void assert_same_relation(const char *from, const char *to)
{
  double before = first_time(from, "a") - first_time(from, "v");
  double after = first_time(to, "a") - first_time(to, "v");
  if (fabs(before - after) > 0.001)
    fail_msg("%s to %s: audio was at %.4f, is at %.4f", from, to, before, after);
}

static void sound_and_picture_keep_their_relation(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a aac sync.mp4");
  clip_make(VIDEO SINE "-c:v libx264 -c:a libopus sync.mkv");
  clip_make(VIDEO "-itsoffset 0.377 " SINE "-c:v libx264 -c:a aac late-sound.mp4");
  clip_make("-itsoffset 0.52 " VIDEO SINE "-c:v libx264 -c:a ac3 late-picture.mkv");
  clip_make(VIDEO SINE "-c:v libx264 -c:a mp2 -muxdelay 1.4 sync.ts");
  static const char *const inputs[] = {
      "sync.mp4", "sync.mkv", "late-sound.mp4", "late-picture.mkv", "sync.ts"};
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    remake(inputs[i], "sync-out.mp4");
    assert_same_relation(inputs[i], "sync-out.mp4");
    remake(inputs[i], "sync-out.mkv");
    assert_same_relation(inputs[i], "sync-out.mkv");
  }
}

/* Where a picture is one unit long a part may begin between two; sound of AVI, one packet earlier. */
static void sound_and_picture_keep_their_relation_in_a_part(void **state)
{
  (void)state;
  static const char *const inputs[] = {"coarse.mp4", "coarse.avi"};
  clip_make(VIDEO SINE "-c:v mpeg4 -c:a ac3 -video_track_timescale 25 coarse.mp4");
  clip_make(VIDEO SINE "-c:v mpeg4 -c:a ac3 coarse.avi");
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    for (double start = 0.5; start < 0.58; start += 0.015) {
      remake_part(inputs[i], "coarse-out.mp4", start, 0, NULL);
      double before =
          first_time_from(start, inputs[i], "a") - first_time_from(start, inputs[i], "v");
      double after = first_time("coarse-out.mp4", "a") - first_time("coarse-out.mp4", "v");
      if (fabs(remainder(before - after, 0.032)) > 0.001)
        fail_msg("%s from %g: audio was at %.4f, is at %.4f", inputs[i], start, before, after);
    }
}

/* Seconds at which the sound of a file begins, and how many there are; the tone begins at once. */
static double onset(const char *name, double *ret_length)
{
  char path[CLIP_NAME + 8];
  said(
      "ffmpeg -v error -y -copyts -i %s -map 0:a -af aresample=async=1:first_pts=0 -ac 1 -ar 48000 "
      "-f f32le onset.raw",
      name);
  snprintf(path, sizeof path, "%s", clip_path("onset.raw"));
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  float sample;
  int count = 0, first = -1;
  for (; fread(&sample, sizeof sample, 1, file) == 1; count++)
    if (first < 0 && fabsf(sample) > 0.3f)
      first = count;
  fclose(file);
  if (ret_length)
    *ret_length = count / 48000.0;
  return first / 48000.0;
}

#define TONE_AT_ONE "-f lavfi -i \"aevalsrc=if(gte(t\\,1)\\,0.9*cos(6283*(t-1))\\,0):s=48000:d=2\" "

static void audio_the_container_cannot_carry_is_transcoded_in_time(void **state)
{
  (void)state;
  static const char *const cases[][3] = {{"pcm_s16le", "pcm.mkv", "aac.mp4"},
      {"pcm_s24le -ar 44100", "pcm.mov", "aac.mp4"}, {"libvorbis", "vorbis.mkv", "aac.mov"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char arguments[512];
    snprintf(arguments, sizeof arguments, VIDEO TONE_AT_ONE "-c:v libx264 -ac 2 -c:a %s %s",
        cases[i][0], cases[i][1]);
    clip_make(arguments);
    struct df_log *log = df_log_create(DF_LOG_NOTE, NULL, NULL);
    remake_part(cases[i][1], cases[i][2], 0, 0, log);
    assert_int_equal(df_log_kept(log), 1);
    assert_says(df_log_kept_line(log, 0, NULL), "transcoded");
    df_log_destroy(&log);
    double length;
    double before = onset(cases[i][1], NULL), after = onset(cases[i][2], &length);
    if (fabs(before - after) > 0.001)
      fail_msg("%s: the tone began at %.4f, begins at %.4f", cases[i][1], before, after);
    assert_true(fabs(length - 2) < 0.03);
    assert_says(said("ffprobe -v error -show_entries stream=codec_name,channels %s", cases[i][2]),
        "channels=2");
  }
}

/* FFmpeg would write a track that nobody can decode. */
static void windows_media_sound_never_goes_into_mov(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a wmav2 wma.mkv");
  remake("wma.mkv", "wma.mov");
  assert_says(
      said("ffprobe -v error -select_streams a -show_entries stream=codec_name wma.mov"), "=aac");
}

static void transcoded_audio_keeps_late_starts_gaps_and_channels(void **state)
{
  (void)state;
  clip_make(
      VIDEO "-itsoffset 0.25 " TONE_AT_ONE "-c:v libx264 -c:a pcm_s16le -ac 6 -ar 32000 late.mkv");
  remake("late.mkv", "late.mp4");
  assert_true(fabs(onset("late.mp4", NULL) - 1.25) < 0.002);
  const char *text =
      said("ffprobe -v error -select_streams a -show_entries stream=channels,sample_rate late.mp4");
  assert_says(text, "channels=6");
  assert_says(text, "sample_rate=32000");

  clip_make(VIDEO TONE_AT_ONE "-c:v libx264 -c:a pcm_s16le -af "
                              "\"aselect='not(between(t,0.3,0.8))'\" gap.mkv");
  remake("gap.mkv", "gap.mp4");
  assert_true(fabs(onset("gap.mp4", NULL) - onset("gap.mkv", NULL)) < 0.002);
}

static void webm_takes_av1_and_gets_opus(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a aac web.mp4");
  struct remake r;
  char path[CLIP_NAME];
  snprintf(path, sizeof path, "%s", clip_path("web.webm"));
  assert_int_equal(remake_open(&r, "web.mp4", path, 0, 0, true, NULL), DF_EUNSUPPORTED);
  assert_says(r.err.text, "av1");
  remake_close(&r);
  codec_wanted = DF_CODEC_AV1;
  remake("web.mp4", "web.webm");
  codec_wanted = DF_CODEC_H264;
  const char *text = said("ffprobe -v error -show_entries stream=codec_name web.webm");
  assert_says(text, "codec_name=av1");
  assert_says(text, "codec_name=opus");
}

static void the_wanted_part_is_cut_and_moved_to_zero(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=25:d=6 " TONE_AT_ONE "-af apad=whole_dur=6 "
            "-c:v libx264 -g 50 -c:a ac3 part.mkv");
  clip_make("-i part.mkv -c:v copy -c:a pcm_s16le part.mov");
  for (int i = 0; i < 2; i++) {
    remake_part(i ? "part.mov" : "part.mkv", "part-out.mp4", 0.6, 2, NULL);
    struct clip_result r;
    clip_decode("part-out.mp4", 0, 0, NULL, &r);
    assert_int_equal(r.count, 50);
    /* AC-3 begins 5 ms before the picture, so a frame of the input lies 5 ms after the cut. */
    assert_true(seconds_of(&r, 0) >= 0 && seconds_of(&r, 0) < 0.006);
    clip_free(&r);
    double length;
    double before = onset(i ? "part.mov" : "part.mkv", NULL);
    double after = onset("part-out.mp4", &length);
    if (fabs(before - 0.6 - after) > 0.002)
      fail_msg("the tone began at %.4f, begins at %.4f", before, after);
    assert_true(fabs(length - 2) < 0.06);
  }
}

/* Opus has samples before 0 that nobody hears: a part of 0.6 s on begins 0.6 s after 0, not after those. */
static void a_part_is_counted_from_where_sound_is_heard(void **state)
{
  (void)state;
  clip_make("-f lavfi -i testsrc2=s=160x120:r=25:d=3 " TONE_AT_ONE "-c:v libx264 -g 25 "
            "-c:a libopus -ar 48000 early.mp4");
  remake("early.mp4", "early.mkv"); /* not every ffmpeg command writes such times itself */
  assert_true(first_time("early.mkv", "a") < -0.005);
  assert_true(fabs(first_time("early.mkv", "v")) < 0.0005);
  remake_part("early.mkv", "early-out.mkv", 0.6, 2, NULL);
  assert_true(fabs(first_time("early-out.mkv", "v")) < 0.0005);
  double before = onset("early.mkv", NULL), after = onset("early-out.mkv", NULL);
  if (fabs(before - 0.6 - after) > 0.002)
    fail_msg("the tone began at %.4f, begins at %.4f", before, after);
}

static void write_texts(void)
{
  clip_run(
      "printf '1\\n00:00:00,500 --> 00:00:01,250\\nHello there\\n\\n' >t.srt; "
      "printf ';FFMETADATA1\\ntitle=A talk\\n[CHAPTER]\\nTIMEBASE=1/1000\\nSTART=0\\nEND=1000\\n"
      "title=First\\n[CHAPTER]\\nTIMEBASE=1/1000\\nSTART=1000\\nEND=2000\\ntitle=Second\\n' "
      ">t.meta; "
      "printf 'not really a font' >t.ttf");
  clip_make("-f lavfi -i testsrc2=s=64x64 -frames:v 1 cover.png");
  clip_make(
      VIDEO SINE SINE "-i t.srt -i t.meta -attach t.ttf -map 0:v -map 1:a -map 2:a -map 3:s "
                      "-map_metadata 4 -map_chapters 4 -metadata:s:a:0 language=fra "
                      "-metadata:s:a:1 language=deu -metadata:s:a:1 title=Other "
                      "-disposition:a:0 0 -disposition:a:1 default "
                      "-metadata:s:t mimetype=font/ttf -c:v libx264 -c:a aac -c:s srt rich.mkv");
  clip_make("-i rich.mkv -i cover.png -map 0:v -map 0:a -map 1:v -c copy -c:s mov_text "
            "-disposition:v:1 attached_pic covered.mp4");
}

static void all_that_is_not_video_comes_along(void **state)
{
  (void)state;
  write_texts();
  remake("rich.mkv", "rich-out.mkv");
  remake("rich.mkv", "rich-out.mp4");
  static const char *const names[] = {"rich-out.mkv", "rich-out.mp4"};
  for (int i = 0; i < 2; i++) {
    const char *text =
        said("ffprobe -v error -show_format -show_streams -show_chapters %s", names[i]);
    assert_says(text, "TAG:title=A talk");
    assert_says(text, "TAG:title=First");
    assert_says(text, "TAG:title=Second");
    assert_says(text, "start_time=1.000000");
    assert_says(text, i ? "codec_name=mov_text" : "codec_name=subrip");
    text = said("ffprobe -v error -select_streams a:1 -show_streams %s", names[i]);
    assert_says(text, "TAG:language=deu");
    assert_says(text, "DISPOSITION:default=1");
    text = said("ffmpeg -v error -i %s -map 0:s -f srt -", names[i]);
    assert_says(text, "Hello there");
  }
  assert_says(
      said("ffprobe -v error -select_streams t -show_streams rich-out.mkv"), "filename=t.ttf");
}

static double subtitle_time(const char *name, const char *entry)
{
  const char *text = said("ffprobe -v error -select_streams s -show_entries packet=pts_time,"
                          "duration_time,size -of default %s | tr '\\n' ' ' | "
                          "sed 's/\\[PACKET\\]/\\n/g' | grep -v 'size=2 ' | grep pts_time",
      name);
  const char *at = strstr(text, entry);
  assert_non_null(at);
  return atof(at + strlen(entry));
}

static void subtitles_keep_their_times(void **state)
{
  (void)state;
  write_texts();
  static const char *const names[] = {"rich-out.mkv", "rich-out.mp4", "rich-out.mov"};
  for (int i = 0; i < 3; i++) {
    remake("rich.mkv", names[i]);
    double before = subtitle_time("rich.mkv", "pts_time=") - first_time("rich.mkv", "v");
    double after = subtitle_time(names[i], "pts_time=") - first_time(names[i], "v");
    assert_true(fabs(before - after) < 0.002);
    assert_true(fabs(subtitle_time(names[i], "duration_time=") - 0.75) < 0.002);
  }
}

static void cover_pictures_are_kept(void **state)
{
  (void)state;
  write_texts();
  remake("covered.mp4", "covered-out.mp4");
  assert_says(said("ffprobe -v error -select_streams v:1 -show_streams covered-out.mp4"),
      "DISPOSITION:attached_pic=1");
  char sum[64];
  snprintf(sum, sizeof sum, "%s", said("ffmpeg -v error -i cover.png -c copy -f md5 -"));
  assert_string_equal(said("ffmpeg -v error -i covered-out.mp4 -map 0:v:1 -c copy -f md5 -"), sum);
  remake("covered.mp4", "covered-out.mkv");
  assert_says(said("ffprobe -v error -show_streams covered-out.mkv"), "filename=cover.png");
}

static void rotation_and_statistics_are_not_carried_over(void **state)
{
  (void)state;
  clip_make(VIDEO "-c:v libx264 plain.mp4");
  clip_run(
      "ffmpeg -v error -nostdin -y -display_rotation 90 -i plain.mp4 -c copy turned.mp4 "
      "2>/dev/null || ffmpeg -v error -nostdin -y -i plain.mp4 -c copy -metadata:s:v rotate=90 "
      "turned.mp4");
  assert_says(said("ffprobe -v error -show_streams turned.mp4"), "rotation");
  remake("turned.mp4", "turned-out.mp4");
  assert_silent_of(said("ffprobe -v error -show_streams turned-out.mp4"), "rotat");
  clip_make("-i plain.mp4 -c copy plain.mkv");
  remake("plain.mp4", "plain-out.mkv");
  assert_silent_of(said("ffprobe -v error -show_format plain-out.mkv"), "major_brand");
}

static void colour_and_hdr_are_in_the_container_too(void **state)
{
  (void)state;
  clip_make(
      "-f lavfi -i testsrc2=s=160x120:r=25:d=0.4 -pix_fmt yuv420p10le -c:v libx265 -x265-params "
      "\"log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:"
      "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):"
      "max-cll=987,321\" hdr.mp4");
  for (codec_wanted = DF_CODEC_AUTO; codec_wanted <= DF_CODEC_AV1;
       codec_wanted += DF_CODEC_AV1 - DF_CODEC_AUTO) {
    remake("hdr.mp4", "hdr-out.mp4");
    const char *text = said("ffprobe -v error -show_streams hdr-out.mp4");
    assert_says(text, "pix_fmt=yuv420p10le");
    assert_says(text, "color_transfer=smpte2084");
    assert_says(text, "color_primaries=bt2020");
    assert_says(text, "color_range=tv");
    assert_says(text, "Mastering display metadata");
    assert_says(text, "max_content=987");
    if (codec_wanted == DF_CODEC_AUTO)
      assert_says(text, "codec_tag_string=hvc1");
  }
  codec_wanted = DF_CODEC_H264;
}

struct other_writer {
  struct remake *remake;
  AVPacket **packets;
  int count, result;
};

static void *write_others(void *arg)
{
  struct other_writer *w = arg;
  struct df_error err = {0};
  for (int i = 0; i < w->count && w->result == 0; i++)
    w->result = df_output_write_other(w->remake->output, w->packets[i], &err);
  return NULL;
}

static void video_and_the_rest_may_come_from_two_threads(void **state)
{
  (void)state;
  clip_make(VIDEO SINE "-c:v libx264 -c:a pcm_s16le threads.mkv");
  struct remake r;
  char path[CLIP_NAME];
  snprintf(path, sizeof path, "%s", clip_path("threads.mp4"));
  assert_int_equal(remake_open(&r, "threads.mkv", path, 0, 0, true, NULL), 0);
  AVPacket *video[200], *others[400];
  int videos = 0;
  struct other_writer w = {&r, others, 0, 0};
  while (df_input_read(r.input, r.packet, &r.err) > 0) {
    bool is_video = r.packet->stream_index == df_input_video_stream(r.input)->index;
    AVPacket **slot = is_video ? &video[videos++] : &others[w.count++];
    assert_true(videos <= 200 && w.count <= 400);
    *slot = av_packet_clone(r.packet);
    av_packet_unref(r.packet);
  }
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, write_others, &w), 0);
  for (int i = 0; i < videos; i++) {
    assert_int_equal(df_decoder_send(r.decoder, video[i], &r.err), 0);
    assert_int_equal(encode_decoded(&r), 0);
  }
  pthread_join(thread, NULL);
  assert_int_equal(w.result, 0);
  assert_int_equal(df_decoder_send(r.decoder, NULL, &r.err), 0);
  assert_int_equal(encode_decoded(&r), 0);
  assert_int_equal(df_encoder_send(r.encoder, NULL, &r.err), 0);
  assert_int_equal(write_encoded(&r), 0);
  assert_int_equal(df_output_finish(r.output, &r.err), 0);
  assert_true(df_output_bytes(r.output) > 0);
  remake_close(&r);
  for (int i = 0; i < videos; i++)
    av_packet_free(&video[i]);
  for (int i = 0; i < w.count; i++)
    av_packet_free(&others[i]);
  assert_same_times("threads.mkv", "threads.mp4", true);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(picture_times_survive_in_every_time_base),
      cmocka_unit_test(variable_rates_stay_variable),
      cmocka_unit_test(a_rate_that_encoders_are_not_told_is_written),
      cmocka_unit_test(the_last_picture_is_shown_as_long_as_before),
      cmocka_unit_test(audio_is_copied_bit_for_bit),
      cmocka_unit_test(sound_and_picture_keep_their_relation),
      cmocka_unit_test(sound_and_picture_keep_their_relation_in_a_part),
      cmocka_unit_test(audio_the_container_cannot_carry_is_transcoded_in_time),
      cmocka_unit_test(windows_media_sound_never_goes_into_mov),
      cmocka_unit_test(transcoded_audio_keeps_late_starts_gaps_and_channels),
      cmocka_unit_test(webm_takes_av1_and_gets_opus),
      cmocka_unit_test(the_wanted_part_is_cut_and_moved_to_zero),
      cmocka_unit_test(a_part_is_counted_from_where_sound_is_heard),
      cmocka_unit_test(all_that_is_not_video_comes_along),
      cmocka_unit_test(subtitles_keep_their_times),
      cmocka_unit_test(cover_pictures_are_kept),
      cmocka_unit_test(rotation_and_statistics_are_not_carried_over),
      cmocka_unit_test(colour_and_hdr_are_in_the_container_too),
      cmocka_unit_test(video_and_the_rest_may_come_from_two_threads),
  };
  return cmocka_run_group_tests(tests, clip_setup, clip_teardown);
}
