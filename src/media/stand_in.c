#include "media/stand_in.h"

enum {
  ALERT_PICTURES = 48, /* damage is counted before the gap shows: by as many as a decoder holds back */
  GAP_MOST = 300,      /* what is missing for longer was not lost to damage */
};

static void note_damage(struct df_stand_in *s, int64_t damaged)
{
  if (damaged > s->damaged)
    s->alert = ALERT_PICTURES;
  else if (s->alert > 0)
    s->alert--;
  s->damaged = damaged;
}

/* How many pictures should have come between the last one and `pts`. */
static int missing_before(const struct df_stand_in *s, int64_t pts)
{
  if (!s->last || s->alert == 0)
    return 0;
  int64_t expected = s->last->duration > s->step ? s->last->duration : s->step;
  int64_t missing = (pts - s->last->pts - expected + s->step / 2) / s->step;
  return missing < 0 || missing > GAP_MOST ? 0 : (int)missing;
}

static void open_gap(struct df_stand_in *s, int count, int64_t to)
{
  s->gap = s->left = count;
  s->from = s->last ? s->last->pts : 0;
  s->to = to;
}

void df_stand_in_push(struct df_stand_in *stand_in, struct df_picture *picture, int64_t damaged)
{
  note_damage(stand_in, damaged);
  open_gap(stand_in, missing_before(stand_in, picture->pts), picture->pts);
  stand_in->held = picture;
}

void df_stand_in_end(struct df_stand_in *stand_in, int64_t pts, int64_t damaged)
{
  note_damage(stand_in, damaged);
  if (pts != INT64_MIN)
    open_gap(stand_in, missing_before(stand_in, pts + stand_in->step), pts + stand_in->step);
}

int df_stand_in_pop(
    struct df_stand_in *stand_in, struct df_picture **ret_picture, struct df_error *err)
{
  struct df_stand_in *s = stand_in;
  if (s->left > 0) {
    int n = s->gap - s->left-- + 1;
    int64_t pts = s->from + n * (s->to - s->from) / (s->gap + 1);
    *ret_picture = df_picture_repeat(s->last, pts, s->step);
    return *ret_picture ? 1 : df_fail(err, DF_ENOMEM, "out of memory");
  }
  if (!s->held)
    return 0;
  df_picture_unref(&s->last);
  s->last = df_picture_ref(s->held);
  *ret_picture = s->held;
  s->held = NULL;
  return 1;
}

void df_stand_in_finish(struct df_stand_in *stand_in)
{
  df_picture_unref(&stand_in->last);
  df_picture_unref(&stand_in->held);
}
