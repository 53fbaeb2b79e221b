/* Moves the elements of a plane to where they lie when it is turned or mirrored; changes none. */
#include "frame/turn_arguments.h"

#include "gpu/kernel.h"

DF_KERNEL(df_turn, struct df_turn_arguments)
{
  int32_t x = point.x, y = point.y;
  if (x >= arguments.columns || y >= arguments.rows)
    return;
  int64_t from_x = arguments.x_at + arguments.x_of_x * x + arguments.x_of_y * y;
  int64_t from_y = arguments.y_at + arguments.y_of_x * x + arguments.y_of_y * y;
  uint64_t from =
      arguments.from + (uint64_t)(from_y * arguments.from_stride + from_x * arguments.bytes);
  uint64_t to = arguments.to + (uint64_t)(y * arguments.to_stride + (int64_t)x * arguments.bytes);
  if (arguments.bytes == 1)
    *DF_POINTER(uint8_t, to) = *DF_POINTER(const uint8_t, from);
  else if (arguments.bytes == 2)
    *DF_POINTER(uint16_t, to) = *DF_POINTER(const uint16_t, from);
  else
    *DF_POINTER(uint32_t, to) = *DF_POINTER(const uint32_t, from);
}
