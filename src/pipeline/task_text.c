#include "pipeline/task_text.h"

#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "pipeline/decide.h"

enum { END_BYTES = 1 << 20 };

static void write_sum(FILE *out, const uint8_t *bytes, size_t size)
{
  uint8_t sum[DF_SHA256_BYTES] = {0};
  struct df_sha256 *sha = df_sha256_create(false);
  if (sha) {
    df_sha256_update(sha, bytes, size);
    df_sha256_final(sha, sum);
  }
  df_sha256_destroy(&sha);
  for (size_t i = 0; i < sizeof sum; i++)
    fprintf(out, "%02x", sum[i]);
}

/* The sums of the file's first and last MiB. One that cannot be read has none, and is refused elsewhere. */
static void write_ends(FILE *out, const char *path, off_t size)
{
  uint8_t *bytes = malloc(END_BYTES);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  off_t from[2] = {0, size > END_BYTES ? size - END_BYTES : 0};
  for (int i = 0; i < 2 && bytes && fd >= 0; i++) {
    ssize_t count = pread(fd, bytes, END_BYTES, from[i]);
    fputc(' ', out);
    write_sum(out, bytes, count > 0 ? (size_t)count : 0);
  }
  if (fd >= 0)
    close(fd);
  free(bytes);
}

static void write_file(FILE *out, const char *key, const char *path)
{
  char absolute[PATH_MAX];
  struct stat info;
  if (!path || !realpath(path, absolute) || stat(absolute, &info) < 0) {
    fprintf(out, "%s none\n", key);
    return;
  }
  fprintf(out, "%s %s\n", key, absolute);
  fprintf(out, "%s-size %lld\n", key, (long long)info.st_size);
  fprintf(out, "%s-time %lld.%09ld\n", key, (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  fprintf(out, "%s-content", key);
  write_ends(out, absolute, info.st_size);
  fputc('\n', out);
}

static void write_program(FILE *out, const struct df_pipeline *p)
{
  fprintf(out, "program " DF_VERSION "\n");
  fprintf(out, "libraries %u %u\n", avformat_version(), avcodec_version());
  fprintf(out, "device %s\n", p->cuda ? "gpu" : "cpu");
  const struct df_model *models[] = {p->models.detector, p->models.embedder};
  for (int i = 0; i < 2; i++)
    fprintf(out, "%s %s %s %a %a %a\n", i == 0 ? "detector" : "embedder", models[i]->name,
        models[i]->sha256, (double)models[i]->score, (double)models[i]->nms,
        (double)models[i]->threshold);
}

static void write_decisions(FILE *out, const struct df_pipeline *p)
{
  const struct df_task *task = p->task;
  fprintf(out, "start %a\n", task->start);
  fprintf(out, "duration %a\n", task->duration);
  fprintf(out, "lookahead %a %zu\n", task->lookahead, df_decide_pictures_ahead(p));
  fprintf(out, "passes %d\n", task->two_pass ? 2 : 1);
  fprintf(out, "swap %d\n", task->swap);
  fprintf(out, "absent %d\n", (int)task->absent);
  fprintf(out, "hold %a\n", task->hold_seconds);
  fprintf(out, "face-height %a\n", (double)task->face_height);
  fprintf(out, "headroom %a\n", (double)task->headroom);
  write_file(out, "left", task->photos[DF_LEFT]);
  write_file(out, "right", task->photos[DF_RIGHT]);
}

static void write_encoding(FILE *out, const struct df_pipeline *p)
{
  const struct df_task *task = p->task;
  const struct df_layout *layout = &task->layout;
  const char *dot = strrchr(p->result->output, '.');
  fprintf(out, "size %dx%d\n", layout->width, layout->height);
  for (int s = 0; s < DF_SEATS; s++)
    fprintf(out, "layout-%d %d %d %d %d\n", s, layout->tiles[s].x, layout->tiles[s].y,
        layout->tiles[s].w, layout->tiles[s].h);
  fprintf(out, "fit %d\n", (int)task->fit);
  fprintf(out, "container %s\n", dot ? dot : "");
  fprintf(out, "codec %d\n", (int)task->codec);
  fprintf(out, "profile %d\n", (int)task->profile);
  fprintf(out, "crf %d\n", task->crf);
  fprintf(out, "bitrate %d\n", task->bitrate);
  fprintf(out, "encoder %d\n", (int)task->hardware);
  fprintf(out, "encoder-preset %s\n", task->encoder_preset ? task->encoder_preset : "");
  /* Of some encoders' threads each has a say in what comes out. */
  fprintf(
      out, "threads %d %d\n", task->threads, task->threads > 0 ? task->threads : av_cpu_count());
  fprintf(out, "segment %a\n", task->segment);
}

char *df_task_describe(const struct df_pipeline *p)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return NULL;
  write_program(out, p);
  write_file(out, "input", p->task->input);
  write_decisions(out, p);
  write_encoding(out, p);
  if (fclose(out) == 0)
    return text;
  free(text);
  return NULL;
}
