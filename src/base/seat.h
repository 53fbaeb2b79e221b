/* The two halves of the output. A person keeps the seat for the whole video. */
#ifndef DF_BASE_SEAT_H
#define DF_BASE_SEAT_H

/** In a stacked layout the left seat is the upper tile. */
enum df_seat { DF_LEFT, DF_RIGHT, DF_SEATS };

/** "left", "right". */
extern const char *const df_seat_names[DF_SEATS];

#endif
