#include "pipeline/gauge.h"

#include "base/clock.h"

static const double warm_up = 1; /* seconds */

void df_gauge_begin(struct df_gauge *gauge, struct df_gpu *gpu)
{
  *gauge = (struct df_gauge){.gpu = gpu};
  if (!gpu)
    return;
  struct df_gpu_counters *counters = df_gpu_counters(gpu);
  gauge->bytes_up = atomic_load(&counters->bytes_up);
  gauge->bytes_down = atomic_load(&counters->bytes_down);
  gauge->host_waits = atomic_load(&counters->host_waits);
}

void df_gauge_picture(struct df_gauge *gauge)
{
  if (!gauge->gpu || gauge->warm)
    return;
  double now = df_clock_now();
  if (gauge->first_time == 0)
    gauge->first_time = now;
  if (now - gauge->first_time < warm_up)
    return;
  gauge->warm = true;
  gauge->allocations = atomic_load(&df_gpu_counters(gauge->gpu)->allocations);
}

void df_gauge_read(const struct df_gauge *gauge, struct df_gpu_use *ret_use)
{
  *ret_use = (struct df_gpu_use){.allocations = -1};
  if (!gauge->gpu)
    return;
  struct df_gpu_counters *counters = df_gpu_counters(gauge->gpu);
  ret_use->bytes_up = atomic_load(&counters->bytes_up) - gauge->bytes_up;
  ret_use->bytes_down = atomic_load(&counters->bytes_down) - gauge->bytes_down;
  ret_use->host_waits = atomic_load(&counters->host_waits) - gauge->host_waits;
  ret_use->memory_most = atomic_load(&counters->allocated_most);
  if (gauge->warm)
    ret_use->allocations = atomic_load(&counters->allocations) - gauge->allocations;
}
