/* What the kernel of turn.cu is given. Addresses are of device memory, strides in bytes. */
#ifndef DF_FRAME_TURN_ARGUMENTS_H
#define DF_FRAME_TURN_ARGUMENTS_H

#include <stdint.h>

extern const char df_ptx_turn[];

/**
 * Turns one plane: to(x, y) = from(x_at + x_of_x * x + x_of_y * y, and so on for y). The grid is the turned
 * plane's elements; a pair of Cb and Cr is one.
 */
struct df_turn_arguments {
  uint64_t from, to;
  int64_t from_stride, to_stride;
  int32_t columns, rows; /* of `to` */
  int32_t bytes;         /* an element: 1, 2 or 4, to which addresses and strides are aligned */
  int32_t x_at, x_of_x, x_of_y;
  int32_t y_at, y_of_x, y_of_y;
  int32_t unused;
};
_Static_assert(sizeof(struct df_turn_arguments) == 72, "the device's layout");

#endif
