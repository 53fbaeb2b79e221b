/* The summary that people read; see report.h. */
#include "cli/report.h"

#include <inttypes.h>

static double percent(int64_t part, int64_t whole)
{
  return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static const char *plural(int64_t count)
{
  return count == 1 ? "" : "s";
}

void df_report_speed(FILE *out, const char *path, const struct df_result *result, double speed)
{
  double seconds = result->seconds;
  fprintf(out, "%s: %" PRId64 " frame%s in %.1f s", path, result->frames, plural(result->frames),
      seconds);
  if (seconds > 0)
    fprintf(out, ", %.1f fps, %.2fx real time", (double)result->frames / seconds, speed);
  fputc('\n', out);
}

/* What a half whose person never came shows. */
static const char *shown_instead(const struct df_task *task)
{
  return task->absent == DF_ABSENT_BLACK  ? "black"
         : task->absent == DF_ABSENT_BLUR ? "the whole picture, blurred"
                                          : "the whole picture";
}

void df_report_people(FILE *out, const struct df_task *task, const struct df_result *result)
{
  const int64_t *seen = result->seat_seen;
  if (seen[DF_LEFT] == 0 && seen[DF_RIGHT] == 0) {
    fprintf(out, "%s: both halves show %s\n",
        result->faces == 0 ? "no face found" : "nobody who was seen got a half",
        shown_instead(task));
    return;
  }
  for (int seat = 0; seat < DF_SEATS; seat++)
    fprintf(out, "%s half: its person was seen in %.1f %% of the frames\n", df_seat_names[seat],
        percent(seen[seat], result->frames));
  for (int seat = 0; seat < DF_SEATS; seat++)
    if (seen[seat] == 0)
      fprintf(out, "only one person was seen: the %s half shows %s\n", df_seat_names[seat],
          shown_instead(task));
}

void df_report_details(FILE *out, const struct df_result *result)
{
  fprintf(out, "%zu %s, %" PRId64 " cut%s, %" PRId64 " embedding%s (in %.1f %% of the frames)\n",
      result->people, result->people == 1 ? "person" : "people", result->cuts, plural(result->cuts),
      result->embeddings, plural(result->embeddings),
      percent(result->embedded_frames, result->frames));
  if (result->switches > 0)
    fprintf(out, "identity switches: %" PRId64 "\n", result->switches);
  if (result->unsearched > 0)
    fprintf(
        out, "pictures that could not be searched for faces: %" PRId64 "\n", result->unsearched);
  if (result->unrecognised > 0)
    fprintf(out, "faces that could not be told from others: %" PRId64 "\n", result->unrecognised);
  if (result->undrawn > 0)
    fprintf(out, "pictures shown again in place of one that could not be drawn: %" PRId64 "\n",
        result->undrawn);
  if (result->damaged > 0)
    fprintf(out, "damaged packets or pictures: %" PRId64 "\n", result->damaged);
}

static double per_frame(long long amount, int64_t frames)
{
  return frames > 0 ? (double)amount / (double)frames : 0;
}

void df_report_device(FILE *out, const struct df_result *result)
{
  const struct df_gpu_use *use = &result->gpu;
  if (result->md5[0])
    fprintf(out, "MD5 of the composed pictures: %s\n", result->md5);
  if (!result->on_gpu)
    return;
  fprintf(out, "%s: decoded by %s", result->device.name, result->decoder.name);
  if (result->provider.name[0])
    fprintf(out, ", faces found by %s", result->provider.name);
  if (result->encoder.name[0])
    fprintf(out, ", encoded by %s", result->encoder.name);
  fprintf(out, "\na frame: %.1f kB to the GPU, %.1f kB from it, %.2f waits for it\n",
      per_frame(use->bytes_up, result->frames) / 1000,
      per_frame(use->bytes_down, result->frames) / 1000,
      per_frame(use->host_waits, result->frames));
}
