/*
 * Opens what a task needs before its first packet moves: input, models, outputs, logs, queues; and closes
 * it all again. Everything that a user can get wrong is found out here, before time is spent.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "pipeline/decide.h"
#include "pipeline/device_cuda.h"
#include "pipeline/stages.h"

/* Packets wait in some number, so that audio and video of one moment pass the demuxer at their own pace;
   pictures only one at a time, or none where deciding is all that is done before, since they are what
   memory is spent on: all stages but encode are fast enough never to need more, and encode has its own in
   the encoder. */
enum { PACKETS_MAX = 48, PICTURES_MAX = 1 };

/* On a GPU a picture is only the right to put more work on its stream: some wait, so that it never idles. */
enum { GPU_PICTURES_MAX = 4 };

/* The debug video is for looking at, not for keeping. */
enum { DEBUG_WIDTH_MAX = 1280, SIDE_MIN = 64 };

enum { SMALL_PIXELS_MAX = 1920 * 1088 };

static void free_packet(void *item)
{
  AVPacket *packet = item;
  av_packet_free(&packet);
}

struct df_frame *df_frame_create(int64_t n, struct df_picture *picture)
{
  struct df_frame *frame = calloc(1, sizeof *frame);
  if (!frame)
    return NULL;
  frame->n = n;
  frame->picture = picture;
  return frame;
}

void df_frame_free(void *item)
{
  struct df_frame *frame = item;
  if (!frame)
    return;
  df_picture_unref(&frame->picture);
  free(frame->observation);
  free(frame);
}

static bool same_inode(const char *a, const char *b, mode_t type)
{
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino && (first.st_mode & S_IFMT) == type;
}

static const char *base_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Whether two names are of one file in one folder, however the folder is spelled; it need not exist. */
static bool same_name(const char *a, const char *b)
{
  char folders[2][DF_PATH_BYTES];
  const char *paths[2] = {a, b};
  if (strcmp(base_name(a), base_name(b)) != 0)
    return false;
  for (int i = 0; i < 2; i++)
    snprintf(
        folders[i], sizeof folders[i], "%.*s.", (int)(base_name(paths[i]) - paths[i]), paths[i]);
  return same_inode(folders[0], folders[1], S_IFDIR);
}

static bool same_file(const char *a, const char *b)
{
  return a && b && (strcmp(a, b) == 0 || same_inode(a, b, S_IFREG) || same_name(a, b));
}

/* No file is written over one that is read, or over another one being written. */
static int check_distinct(const struct df_task *t, const char *output, struct df_error *err)
{
  bool reads_tracks = t->kind == DF_TASK_RENDER;
  const char *read[] = {t->input, t->replay, t->photos[DF_LEFT], t->photos[DF_RIGHT],
      reads_tracks ? t->tracks : NULL};
  const char *written[] = {
      output, t->debug, t->observations, t->contact_sheet, reads_tracks ? NULL : t->tracks};
  const size_t writes = sizeof written / sizeof written[0];
  for (size_t w = 0; w < writes; w++) {
    for (size_t r = 0; r < sizeof read / sizeof read[0]; r++)
      if (same_file(written[w], read[r]))
        return df_fail(
            err, DF_EUSAGE, "%s is read by this very task: give another name to write to", read[r]);
    for (size_t v = w + 1; v < writes; v++)
      if (same_file(written[w], written[v]))
        return df_fail(err, DF_EUSAGE, "%s is named for two different results", written[w]);
  }
  return 0;
}

/* Says now, not after an hour, that a result written at the end could not be. */
static int check_writable(const char *path, bool overwrite, struct df_error *err)
{
  struct df_whole_file probe;
  if (!path)
    return 0;
  int result = df_whole_file_begin(&probe, path, overwrite, err);
  df_whole_file_abandon(&probe);
  return result;
}

static struct df_encoder_options encoder_options(const struct df_pipeline *p)
{
  const struct df_task *task = p->task;
  return (struct df_encoder_options){
      .input = task->input,
      .codec = task->codec,
      .profile = task->profile,
      .width = task->layout.width,
      .height = task->layout.height,
      .depth = p->video->depth,
      .colour = p->video->colour,
      .transfer = p->video->transfer,
      .hdr = p->video->hdr,
      .time_base = p->video->time_base,
      .frame_rate = p->video->frame_rate,
      .crf = task->crf,
      .bitrate = task->bitrate,
      .preset = task->encoder_preset,
      .threads = task->threads,
      .gpu = p->cuda ? df_engine_gpu(p->engine) : NULL,
      .stream = p->cuda ? df_device_cuda_stream(p->cuda) : NULL,
      .hardware = task->hardware,
      /* One for all renderers, since cards may share a limit: where one of them would be refused it waits. */
      .gate = p->cuda ? df_engine_nvenc_gate(p->whole ? p->whole->engine : p->engine) : NULL,
      .busy = task->busy,
      .stop = &p->progress->stop,
  };
}

static struct df_encoder_options debug_encoder_options(const struct df_pipeline *p)
{
  struct df_encoder_options o = encoder_options(p);
  int width = p->video->display_width, height = p->video->display_height;
  if (width > DEBUG_WIDTH_MAX) {
    height = (int)((int64_t)height * DEBUG_WIDTH_MAX / width);
    width = DEBUG_WIDTH_MAX;
  }
  o.width = width < SIDE_MIN ? SIDE_MIN : width & ~1;
  o.height = height < SIDE_MIN ? SIDE_MIN : height & ~1;
  o.codec = DF_CODEC_AUTO;
  o.profile = DF_PROFILE_REALTIME;
  o.crf = -1;
  o.bitrate = 0;
  o.preset = NULL;
  o.gpu = NULL; /* the overlay is drawn in host memory */
  return o;
}

static size_t pictures_max(const struct df_pipeline *p)
{
  return p->cuda ? GPU_PICTURES_MAX : PICTURES_MAX;
}

/* Where the pictures that its encoder gets come from. */
static int open_pools(struct df_pipeline *p, struct df_sink *sink, struct df_error *err)
{
  const struct df_encoder_options *options = &sink->encoder_options;
  struct df_encoder_plan plan;
  struct df_sink_options sink_options = {
      .device = p->cuda,
      .for_device = options->gpu != NULL,
      .fetched = p->md5 != NULL,
      .awaited =
          options->codec == DF_CODEC_NONE, /* all others wait themselves, or have no need to */
      .width = options->width,
      .height = options->height,
      .waiting = pictures_max(p),
  };
  int result = df_encoder_plan(options, &plan, err);
  sink_options.format = plan.format;
  return result < 0 ? result : df_sink_init(sink, &sink_options, err);
}

static int open_sink(struct df_pipeline *p, struct df_sink *sink, const char *path,
    struct df_encoder_options options, struct df_log *log, struct df_error *err)
{
  struct df_output_options output = {
      .path = path,
      .overwrite = p->task->overwrite,
  };
  options.global_header = path && df_output_global_header(path);
  sink->encoder_options = options;
  int result = df_encoder_create(&options, log, &sink->encoder, err);
  if (result == 0 && path)
    result = df_output_create(
        &output, p->input, df_encoder_context(sink->encoder), log, &sink->output, err);
  return result < 0 ? result : open_pools(p, sink, err);
}

static int open_outputs(struct df_pipeline *p, const char *debug, struct df_error *err)
{
  const struct df_task *task = p->task;
  const char *path = task->probe ? NULL : p->result->output;
  int result = 0;
  if (task->md5 && !(p->md5 = df_picture_md5_create()))
    return df_fail(err, DF_ENOMEM, "out of memory");
  if (task->kind != DF_TASK_ANALYZE && !(task->probe && task->probe->decode_only))
    result = open_sink(p, &p->sinks[DF_SINK_MAIN], path, encoder_options(p), p->log, err);
  if (result == 0 && task->debug) /* its choices are not the user's: nothing is said of them */
    result = open_sink(p, &p->sinks[DF_SINK_DEBUG], debug, debug_encoder_options(p), NULL, err);
  if (result == 0 && task->contact_sheet) {
    p->contact_sheet = df_contact_sheet_create(task->layout.width, task->layout.height);
    if (!p->contact_sheet)
      result = df_fail(err, DF_ENOMEM, "out of memory");
  }
  return result;
}

/* The names of the results, and whether they may be written. */
static int resolve_outputs(struct df_pipeline *p, char debug[DF_PATH_BYTES], struct df_error *err)
{
  const struct df_task *task = p->task;
  int result = 0;
  bool makes_video = task->kind != DF_TASK_ANALYZE && !task->probe;
  if (makes_video)
    result = df_output_resolve(task->output, p->input, task->input, task->overwrite,
        p->result->output, sizeof p->result->output, err);
  if (result == 0 && task->debug)
    result = df_output_resolve(
        task->debug, p->input, task->input, task->overwrite, debug, DF_PATH_BYTES, err);
  if (result == 0)
    result = check_distinct(task, makes_video ? p->result->output : NULL, err);
  if (result == 0)
    result = check_writable(task->contact_sheet, task->overwrite, err);
  if (result == 0)
    result = check_writable(task->observations, task->overwrite, err);
  return result;
}

static int open_tracks(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  const struct df_video_info *video = p->video;
  struct df_tracks_header header = {
      .width = video->display_width,
      .height = video->display_height,
      .time_base = video->time_base,
  };
  const char *read = task->kind == DF_TASK_RENDER ? task->tracks : task->decided;
  int result = 0;
  if (task->tracks && task->kind != DF_TASK_RENDER) {
    snprintf(header.input, sizeof header.input, "%s", base_name(task->input));
    result = df_tracks_create(task->tracks, task->overwrite, &header, &p->tracks_writer, err);
  }
  if (result < 0 || !read)
    return result;
  result = df_tracks_open(read, &p->tracks_reader, &p->tracks_header, err);
  const struct df_tracks_header *found = &p->tracks_header;
  bool base_differs = (int64_t)found->time_base.num * video->time_base.den !=
                      (int64_t)found->time_base.den * video->time_base.num;
  if (result == 0 &&
      (found->width != header.width || found->height != header.height || base_differs))
    result = df_fail(err, DF_EINPUT,
        "%s was made from a video of %dx%d with time base %d/%d, %s has %dx%d and %d/%d", read,
        found->width, found->height, found->time_base.num, found->time_base.den, task->input,
        header.width, header.height, header.time_base.num, header.time_base.den);
  return result;
}

struct df_observation_header df_pipeline_log_header(const struct df_pipeline *p)
{
  struct df_observation_header header = {
      .width = p->video->display_width,
      .height = p->video->display_height,
      .time_base = p->video->time_base,
  };
  snprintf(header.detector, sizeof header.detector, "%s", p->models.detector->name);
  snprintf(header.embedder, sizeof header.embedder, "%s", p->models.embedder->name);
  return header;
}

static int open_logs(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  struct df_observation_header found;
  if (df_pipeline_follows(p) || !p->models.manifest)
    return 0;
  struct df_observation_header mine = df_pipeline_log_header(p);
  int result = 0;
  if (task->replay)
    result = df_observation_open(task->replay, &p->log_reader, &found, err);
  if (result == 0 && task->replay && memcmp(&found, &mine, sizeof mine) != 0)
    result = df_fail(err, DF_EINPUT,
        "%s was made from another video or with other models (%dx%d, %s, %s)", task->replay,
        found.width, found.height, found.detector, found.embedder);
  if (result == 0 && task->observations && !df_segments_wanted(&p->segments))
    result = df_observation_create(task->observations, &mine, &p->log_writer, err);
  return result;
}

int df_pipeline_threads(const struct df_task *task)
{
  long cores = task->threads > 0 ? task->threads : sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : cores > 64 ? 64 : (int)cores;
}

/*
 * Each of a decoder's threads holds pictures of its own, and takes turns with the stages that follow. Where
 * there is an encoder, half of the cores decode pictures of up to 1080p faster than the other half encodes.
 * Renderers share the cores.
 */
static int decoder_threads(const struct df_pipeline *p)
{
  int cores = df_pipeline_threads(p->task), renderers = p->whole ? p->whole->renderers.count : 1;
  cores = (cores + renderers - 1) / renderers;
  bool large = (int64_t)p->video->width * p->video->height > SMALL_PIXELS_MAX;
  return large || p->task->kind == DF_TASK_ANALYZE ? cores : (cores + 1) / 2;
}

static int open_models(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  if (task->kind == DF_TASK_RENDER || (task->probe && task->probe->decode_only))
    return 0;
  int result = df_models_init(&p->models, task->models, task->detector, task->embedder, err);
  for (int level = 0; level < DF_EFFORT_LEVELS && result == 0; level++)
    p->letterboxes[level] = df_letterbox_fit((float)p->video->display_width,
        (float)p->video->display_height, p->video->display_x, p->video->display_y,
        p->models.detector->input.multiple, df_effort_areas[level]);
  return result;
}

static int open_queues(struct df_pipeline *p, struct df_error *err)
{
  const size_t pictures = pictures_max(p);
  p->packets = df_queue_create(PACKETS_MAX, free_packet);
  p->decoded = df_queue_create(pictures, df_frame_free);
  p->observed = df_queue_create(pictures, df_frame_free);
  /* Else nobody keeps what is decided. */
  bool composes = p->task->kind != DF_TASK_ANALYZE && p->renderers.count == 0;
  p->decided = df_queue_create(p->cuda || !composes ? pictures : 0, df_frame_free);
  /* One more is in the hands of each of the two stages, and the batcher has all of them. */
  p->looking = df_queue_create(DF_UNDER_WAY - 2, df_frame_free);
  bool all = p->packets && p->decoded && p->looking && p->observed && p->decided;
  return all ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
}

/* Decoded pictures that are kept at once on a GPU: in two queues, in the hands of the stages beside them, with
   the batcher, and waiting for their future. */
static size_t pictures_under_way(const struct df_pipeline *p)
{
  enum { HANDS = 4 };
  size_t looked_at = p->client ? DF_UNDER_WAY + df_decide_pictures_ahead(p) : 0;
  return 2 * GPU_PICTURES_MAX + HANDS + looked_at;
}

int df_pipeline_open_decoder(
    struct df_pipeline *p, struct df_decoder **ret_decoder, struct df_error *err)
{
  struct df_decoder_options options = {.threads = decoder_threads(p)};
  if (p->cuda) {
    options.pictures = pictures_under_way(p);
    options.gpu = df_engine_gpu(p->engine);
    options.device = p->cuda;
    options.stream = df_device_cuda_stream(p->cuda);
  }
  return df_decoder_create(p->input, &options, p->log, ret_decoder, err);
}

int df_pipeline_open(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  char debug[DF_PATH_BYTES];
  struct df_input_options part = {.start = task->start, .duration = task->duration};
  int result = df_input_open(task->input, &part, p->log, &p->input, err);
  if (result < 0)
    return result;
  p->video = df_input_video(p->input);
  p->seat_person[DF_LEFT] = p->seat_person[DF_RIGHT] = DF_NOBODY;
  atomic_store(&p->progress->frames_total, p->video->frames);
  atomic_store(&p->progress->media_total_us, (long long)(p->video->duration * 1e6));

  result = resolve_outputs(p, debug, err);
  if (result == 0)
    result = open_models(p, err);
  if (result == 0)
    result = open_tracks(p, err);
  if (result == 0)
    result = df_pipeline_open_device(p, err);
  if (result == 0)
    result = df_pipeline_open_decoder(p, &p->decoder, err);
  if (result == 0)
    result = df_segments_open(p, err);
  if (result == 0)
    result = df_segments_check_replaced(p, err);
  if (result == 0)
    result = df_renderers_open(p, err);
  if (result == 0)
    result = open_outputs(p, debug, err);
  if (result == 0)
    result = open_queues(p, err);
  if (result == 0) /* last, since the log that is written replaces what is there at once */
    result = open_logs(p, err);
  if (result == 0)
    result = df_segments_resume(p, err);
  if (result == 0 && p->renderers.count > 0) { /* which have encoders of their own */
    df_pipeline_report_encoder(p);
    df_encoder_destroy(&p->sinks[DF_SINK_MAIN].encoder);
  }
  return result;
}

static int open_segment_sink(struct df_pipeline *p, struct df_error *err)
{
  struct df_sink *sink = &p->sinks[DF_SINK_MAIN];
  sink->encoder_options = encoder_options(p);
  sink->encoder_options.global_header = p->whole->sinks[DF_SINK_MAIN].encoder_options.global_header;
  int result = df_segments_next_encoder(p, err);
  if (result == 0 && p->plan->before_count > 0)
    result = df_encoder_follow(sink->encoder, p->plan->before, (size_t)p->plan->before_count, err);
  return result < 0 ? result : open_pools(p, sink, err);
}

int df_pipeline_open_segment(struct df_pipeline *p, struct df_engine *engine, struct df_error *err)
{
  const struct df_task *task = p->task;
  struct df_input_options part = {.start = task->start, .duration = task->duration};
  int result = df_input_open(task->input, &part, NULL, &p->input, err);
  if (result < 0)
    return result;
  p->video = df_input_video(p->input);
  result = df_pipeline_share_device(p, engine, err);
  if (result == 0)
    result = df_pipeline_open_decoder(p, &p->decoder, err);
  if (result == 0)
    result = open_segment_sink(p, err);
  if (result == 0)
    result = open_queues(p, err);
  return result < 0 ? result : df_pipeline_open_stills(p, err);
}

void df_pipeline_close(struct df_pipeline *p, bool done)
{
  df_batcher_leave(&p->client); /* the batcher lets go of pictures before they go */
  df_renderers_close(p);
  for (int s = 0; s < DF_SEATS; s++)
    df_picture_unref(&p->stills[s]);
  struct df_queue **queues[] = {&p->packets, &p->decoded, &p->looking, &p->observed, &p->decided};
  for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++)
    df_queue_destroy(queues[i]);
  for (int s = 0; s < DF_SINKS; s++)
    df_sink_finish(&p->sinks[s]);
  df_segments_close(p, done);
  df_picture_md5_destroy(&p->md5);
  df_contact_sheet_destroy(&p->contact_sheet);
  df_tracks_abandon(&p->tracks_writer);
  df_tracks_close(&p->tracks_reader);
  df_observation_close(&p->log_writer, NULL);
  df_observation_end(&p->log_reader);
  df_decoder_destroy(&p->decoder);
  df_pipeline_close_device(p);
  df_models_finish(&p->models);
  df_input_close(&p->input);
}
