#include "eval/motion.h"

#include <math.h>
#include <stdlib.h>

enum { CORNERS = 2 };

/* A jump is a step, and a change of step, of so many window heights from one frame to the next. */
static const double jump = 0.08;
/* At a cut a face that is elsewhere by so many of its heights, or so many times as high, asks for one. */
static const double moved = 0.5, resized = 1.3;
/* A face rests when for so long before and after (a second, less what rounding of times takes) its centre and
   height stay within such a share of its height. */
static const double rest_seconds = 0.999, rest_share = 0.1;
static const double standard_rate = 30;

const double df_spread_levels[DF_SPREAD_LEVELS] = {0.01, 0.1, 0.5, 1, 2, 4};

struct move {
  double x, y;
};

struct list {
  double *values;
  size_t count;
};

static bool is_live(const struct df_half *half)
{
  return half->state != DF_WINDOW_BLACK && half->state != DF_WINDOW_FROZEN &&
         half->state != DF_WINDOW_BLURRED;
}

/* How each of two opposite corners moved to `frame` from the one before, in shares of the window's height. */
static void step(const struct df_record_frame *frame, enum df_seat seat, struct move moves[CORNERS])
{
  struct df_box a = frame[-1].halves[seat].window, b = frame->halves[seat].window;
  moves[0] = (struct move){b.x - a.x, b.y - a.y};
  moves[1] =
      (struct move){moves[0].x + (double)b.w - (double)a.w, moves[0].y + (double)b.h - (double)a.h};
  for (int i = 0; i < CORNERS; i++) {
    moves[i].x /= b.h;
    moves[i].y /= b.h;
  }
}

static double length(struct move m)
{
  return hypot(m.x, m.y);
}

static double longest(const struct move moves[CORNERS])
{
  return fmax(length(moves[0]), length(moves[1]));
}

/* Whether a shot begins from frame `first` to `last`. */
static bool is_cut_within(const struct df_record *record, size_t first, size_t last)
{
  for (size_t i = first; i <= last && i < record->frame_count; i++)
    if (record->frames[i].cut)
      return true;
  return false;
}

/* From the step before to the one after frame i, which has neighbours. */
static void add_acceleration(const struct df_record *record, size_t i, enum df_seat seat,
    double tile_height, struct list *all, struct list *turns)
{
  const struct df_record_frame *f = &record->frames[i];
  double before = f[0].t - f[-1].t, after = f[1].t - f[0].t;
  if (!is_live(&f[-1].halves[seat]) || !is_live(&f[0].halves[seat]) ||
      !is_live(&f[1].halves[seat]) || is_cut_within(record, i - 1, i + 2) || !(before > 0) ||
      !(after > 0))
    return;
  struct move in[CORNERS], out[CORNERS];
  double most = 0, turning = 0, unit = tile_height / (standard_rate * standard_rate);
  step(f, seat, in);
  step(f + 1, seat, out);
  for (int c = 0; c < CORNERS; c++) {
    struct move change = {out[c].x / after - in[c].x / before, out[c].y / after - in[c].y / before};
    double size = length(change) / ((before + after) / 2) * unit;
    most = fmax(most, size);
    if (in[c].x * out[c].x + in[c].y * out[c].y < 0)
      turning = fmax(turning, size);
  }
  all->values[all->count++] = most;
  turns->values[turns->count++] = turning;
}

/* Where a face has been, each way: its centre and its height. */
struct reach {
  double low[3], high[3];
};

/* Adds a face; whether it stays within a share of its height. */
static bool stays(struct reach *reach, const struct df_true_face *face)
{
  struct df_point centre = df_box_centre(face->box);
  const double now[3] = {centre.x, centre.y, face->box.h};
  for (int d = 0; d < 3; d++) {
    reach->low[d] = fmin(reach->low[d], now[d]);
    reach->high[d] = fmax(reach->high[d], now[d]);
    if (reach->high[d] - reach->low[d] > rest_share * face->box.h)
      return false;
  }
  return true;
}

/* Whether the face of `id` rests from frame i on, backwards or forwards, for long enough. */
static bool rests_towards(
    const struct df_record *record, size_t i, int id, bool forwards, struct reach *reach)
{
  for (size_t k = i; k < record->frame_count; forwards ? k++ : k--) {
    const struct df_record_frame *frame = &record->frames[k];
    const struct df_true_face *face = df_record_face(record, frame, id);
    if (!face || !face->asked || (forwards && k > i && frame->cut) || !stays(reach, face))
      return false;
    if (fabs(record->frames[i].t - frame->t) >= rest_seconds)
      return true;
    if (!forwards && (frame->cut || k == 0))
      return false;
  }
  return false;
}

static bool rests(const struct df_record *record, size_t i, int id)
{
  struct reach reach = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
  return rests_towards(record, i, id, false, &reach) && rests_towards(record, i, id, true, &reach);
}

static void add_still(const struct df_record *record, size_t i, enum df_seat seat,
    double tile_height, struct list *still)
{
  const struct df_record_frame *f = &record->frames[i];
  double lasted = f->t - f[-1].t;
  if (!(lasted > 0) || !is_live(&f[-1].halves[seat]) || !is_live(&f->halves[seat]) ||
      !rests(record, i, record->seat_id[seat]))
    return;
  struct move moves[CORNERS];
  step(f, seat, moves);
  still->values[still->count++] = longest(moves) * tile_height / lasted / standard_rate;
}

/* A step that is no part of a glide. Frame i has one before it. */
static bool jumps(const struct df_record *record, size_t i, enum df_seat seat)
{
  const struct df_record_frame *f = &record->frames[i];
  if (!is_live(&f[-1].halves[seat]) || !is_live(&f->halves[seat]))
    return false;
  struct move now[CORNERS], before[CORNERS] = {{0}}, change[CORNERS];
  step(f, seat, now);
  if (i >= 2 && is_live(&f[-2].halves[seat]))
    step(f - 1, seat, before);
  for (int c = 0; c < CORNERS; c++)
    change[c] = (struct move){now[c].x - before[c].x, now[c].y - before[c].y};
  return longest(now) >= jump && longest(change) >= jump;
}

/* Whether the cut at frame i shows a person elsewhere than `before`, where it was seen last (NULL: nowhere yet),
   to a half that has gone on showing something. */
static bool asks_for_jump(
    const struct df_record *record, size_t i, enum df_seat seat, const struct df_true_face *before)
{
  const struct df_record_frame *f = &record->frames[i];
  const struct df_true_face *after = df_record_face(record, f, record->seat_id[seat]);
  if (!before || !after || !after->asked || !is_live(&f[-1].halves[seat]))
    return false;
  struct df_point a = df_box_centre(before->box), b = df_box_centre(after->box);
  double low = fmin(before->box.h, after->box.h), high = fmax(before->box.h, after->box.h);
  return hypot(b.x - a.x, b.y - a.y) >= moved * high || high >= resized * low;
}

static void judge_jumps(const struct df_record *record, size_t i,
    const struct df_true_face *const seen_last[DF_SEATS], struct df_motion *motion)
{
  bool asked = false, met = true;
  for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
    bool jumped = jumps(record, i, seat);
    if (!record->frames[i].cut) {
      motion->false_jumps += jumped;
    } else if (asks_for_jump(record, i, seat, seen_last[seat])) {
      asked = true;
      met = met && jumped;
    }
  }
  motion->cuts += asked;
  motion->cuts_met += asked && met;
}

static void measure_jumps(const struct df_record *record, struct df_motion *motion)
{
  const struct df_true_face *seen_last[DF_SEATS] = {NULL, NULL};
  for (size_t i = 0; i < record->frame_count; i++) {
    if (i > 0)
      judge_jumps(record, i, seen_last, motion);
    for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
      const struct df_true_face *face =
          df_record_face(record, &record->frames[i], record->seat_id[seat]);
      if (face && face->asked)
        seen_last[seat] = face;
    }
  }
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Nearest rank. Sorts the list. */
static struct df_spread spread_of(struct list *list)
{
  struct df_spread spread = {.count = list->count, .mean = NAN, .high = NAN};
  if (list->count == 0)
    return spread;
  double sum = 0;
  for (size_t i = 0; i < list->count; i++) {
    sum += list->values[i];
    for (int k = 0; k < DF_SPREAD_LEVELS; k++)
      spread.over[k] += list->values[i] > df_spread_levels[k];
  }
  qsort(list->values, list->count, sizeof *list->values, by_size);
  size_t rank = (99 * list->count + 99) / 100;
  spread.mean = sum / (double)list->count;
  spread.high = list->values[rank - 1];
  return spread;
}

static void measure(const struct df_record *record, const int tile_height[DF_SEATS],
    struct list *all, struct list *turns, struct list *still, struct df_motion *motion)
{
  size_t count = record->frame_count;
  for (size_t i = 1; i < count; i++)
    for (enum df_seat seat = 0; seat < DF_SEATS; seat++) {
      if (i + 1 < count)
        add_acceleration(record, i, seat, tile_height[seat], all, turns);
      add_still(record, i, seat, tile_height[seat], still);
    }
  measure_jumps(record, motion);
  motion->acceleration = spread_of(all);
  motion->jitter = spread_of(turns);
  motion->still = spread_of(still);
  if (count > 1) /* the last frame lasts as long as they do on average */
    motion->seconds = record->frames[count - 1].t * (double)count / (double)(count - 1);
}

int df_motion_measure(const struct df_record *record, const int tile_height[DF_SEATS],
    struct df_motion *ret_motion, struct df_error *err)
{
  struct list lists[3] = {{0}};
  struct df_motion motion = {0};
  bool room = true;
  for (int i = 0; i < 3; i++) {
    lists[i].values = calloc(DF_SEATS * record->frame_count + 1, sizeof(double));
    room = room && lists[i].values;
  }
  if (room)
    measure(record, tile_height, &lists[0], &lists[1], &lists[2], &motion);
  for (int i = 0; i < 3; i++)
    free(lists[i].values);
  if (!room)
    return df_fail(err, DF_ENOMEM, "out of memory");
  *ret_motion = motion;
  return 0;
}
