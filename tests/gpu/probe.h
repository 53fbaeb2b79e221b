/* The argument structs of probe.cu, which tries what kernels may do. */
#ifndef DF_TESTS_PROBE_H
#define DF_TESTS_PROBE_H

#include <stdint.h>

extern const char df_ptx_probe[];

/** to[z][y][x] = from[z][y][x] * scale + offset; counts the points in `counted`, sums `from` in `sum`. */
struct df_probe_arguments {
  uint64_t from, to;     /* uint8_t; float; rows of `columns`, without gaps */
  uint64_t counted, sum; /* uint32_t; uint64_t */
  int32_t columns, rows, layers;
  float scale, offset;
  int32_t unused;
};
_Static_assert(sizeof(struct df_probe_arguments) == 56, "the device's layout");

#endif
