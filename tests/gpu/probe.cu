/* A kernel that does what the real ones do, for the tests of gpu.h. */
#include "probe.h"

#include "gpu/kernel.h"

DF_KERNEL(df_probe, struct df_probe_arguments)
{
  if (point.x >= arguments.columns || point.y >= arguments.rows || point.z >= arguments.layers)
    return;
  int64_t at = ((int64_t)point.z * arguments.rows + point.y) * arguments.columns + point.x;
  uint8_t value = DF_POINTER(const uint8_t, arguments.from)[at];
  DF_POINTER(float, arguments.to)[at] =
      df_add(df_mul((float)value, arguments.scale), arguments.offset);
  df_atomic_add(DF_POINTER(uint32_t, arguments.counted), 1);
  df_atomic_add_64(DF_POINTER(uint64_t, arguments.sum), value);
}
