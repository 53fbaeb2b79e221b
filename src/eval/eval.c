#include "eval/eval.h"

#include "eval/match.h"

static size_t count_wrong_frames(const struct df_record *record)
{
  struct df_showing showing = {0};
  size_t wrong = 0;
  for (size_t i = 0; i < record->frame_count; i++) {
    bool any = false;
    for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
      struct df_shown shown = df_showing_next(&showing, &record->frames[i], seat);
      any = df_half_is_wrong(record, &shown, seat) || any;
    }
    wrong += any;
  }
  return wrong;
}

int df_evaluate(struct df_record *record, const int tile_height[DF_SEATS],
    struct df_evaluation *ret_evaluation, struct df_error *err)
{
  struct df_evaluation e = {.frames = record->frame_count};
  int result = df_match_leave_out(record, err);
  if (result == 0)
    result = df_identity_measure(record, &e.identity, err);
  if (result == 0)
    result = df_hota_measure(record, &e.hota, err);
  if (result == 0)
    result = df_motion_measure(record, tile_height, &e.motion, err);
  if (result < 0)
    return result;
  df_halves_measure(record, e.halves);
  e.wrong_frames = count_wrong_frames(record);
  *ret_evaluation = e;
  return 0;
}
