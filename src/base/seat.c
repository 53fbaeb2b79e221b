#include "base/seat.h"

const char *const df_seat_names[DF_SEATS] = {"left", "right"};
