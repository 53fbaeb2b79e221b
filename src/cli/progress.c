/* Speed, share and time to go; see progress.h. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>

void df_meter_init(struct df_meter *meter, const struct df_standing *first)
{
  *meter = (struct df_meter){.first = *first};
}

static double share_done(const struct df_standing *at)
{
  double share = -1;
  if (at->frames_total > 0)
    share = (double)at->frames / (double)at->frames_total;
  else if (at->media_total_us > 0)
    share = (double)at->media_us / (double)at->media_total_us;
  return fmin(share, 1); /* totals are estimates */
}

/* Time to go at the pace of lately; frames are the better measure where their number is known. */
static double time_to_go(const struct df_standing *at, double fps, double speed)
{
  if (at->frames_total > 0)
    return fps > 0 ? fmax((double)(at->frames_total - at->frames), 0) / fps : -1;
  if (at->media_total_us > 0)
    return speed > 0 ? fmax((double)(at->media_total_us - at->media_us) / 1e6, 0) / speed : -1;
  return -1;
}

struct df_reading df_meter_read(struct df_meter *meter, const struct df_standing *at)
{
  const struct df_standing *from = &meter->first;
  if (meter->count == DF_METER_SAMPLES)
    from = &meter->samples[meter->next]; /* the oldest; about to be replaced */
  struct df_reading reading = {
      .frames = at->frames,
      .frames_total = at->frames_total > 0 ? at->frames_total : -1,
      .share = share_done(at),
      .fps = -1,
      .speed = -1,
      .elapsed = at->now - meter->first.now,
      .eta = -1,
  };
  double seconds = at->now - from->now;
  if (seconds > 0) {
    reading.fps = (double)(at->frames - from->frames) / seconds;
    reading.speed = fmax((double)(at->media_us - from->media_us), 0) / 1e6 / seconds;
    reading.eta = time_to_go(at, reading.fps, reading.speed);
  }
  meter->samples[meter->next] = *at;
  meter->next = (meter->next + 1) % DF_METER_SAMPLES;
  if (meter->count < DF_METER_SAMPLES)
    meter->count++;
  return reading;
}

const char *df_duration_text(double seconds, char *text, size_t size)
{
  long long whole = (long long)fmin(fmax(ceil(seconds), 0), 1e9);
  if (whole >= 3600)
    snprintf(text, size, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    snprintf(text, size, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

const char *df_reading_line(const struct df_reading *reading, char *text, size_t size)
{
  char share[16] = "", total[32] = "", fps[32] = "", speed[32] = "", eta[48] = "", time[32];
  if (reading->share >= 0)
    snprintf(share, sizeof share, "%5.1f %%  ", floor(reading->share * 1000) / 10);
  if (reading->frames_total > 0)
    snprintf(total, sizeof total, "/%lld", reading->frames_total);
  if (reading->fps >= 0)
    snprintf(fps, sizeof fps, "  %.1f fps", reading->fps);
  if (reading->speed >= 0)
    snprintf(speed, sizeof speed, "  %.2fx", reading->speed);
  if (reading->eta >= 0)
    snprintf(eta, sizeof eta, "  ETA %s", df_duration_text(reading->eta, time, sizeof time));
  snprintf(text, size, "%s%lld%s frames%s%s%s", share, reading->frames, total, fps, speed, eta);
  return text;
}
