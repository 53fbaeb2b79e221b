#include "pipeline/probe.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"

void df_probe_decoded(struct df_probe *probe, int64_t n)
{
  double now = df_clock_now();
  atomic_store(&probe->decoded[n % DF_PROBE_UNDER_WAY], now);
  if (n == 0)
    atomic_store(&probe->first, now);
}

static int grow(struct df_probe *probe)
{
  size_t capacity = probe->capacity ? probe->capacity * 2 : 4096;
  float *latencies = realloc(probe->latencies, capacity * sizeof *latencies);
  if (!latencies)
    return DF_ENOMEM;
  probe->latencies = latencies;
  probe->capacity = capacity;
  return 0;
}

int df_probe_ready(struct df_probe *probe)
{
  if ((size_t)probe->frames == probe->capacity && grow(probe) < 0)
    return DF_ENOMEM;
  double now = df_clock_now();
  double decoded = atomic_load(&probe->decoded[probe->frames % DF_PROBE_UNDER_WAY]);
  probe->latencies[probe->frames++] = (float)(now - decoded);
  probe->last = now;
  return 0;
}

bool df_probe_is_over(struct df_probe *probe)
{
  double first = atomic_load(&probe->first);
  return probe->seconds > 0 && first > 0 && df_clock_now() - first >= probe->seconds;
}

void df_probe_release(struct df_probe *probe)
{
  free(probe->latencies);
  probe->latencies = NULL;
  probe->capacity = 0;
}
