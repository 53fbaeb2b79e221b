/*
 * While two tracks are in contact it is not known yet where to cut: the head is what came before the largest overlap
 * so far, the tail what came after, and when they part the head is kept as a tracklet of its own.
 */
#include "person/tracklets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Seconds. */
static const double short_gap = 0.25; /* a track missed for less has not really been away */
static const double remember = 10;    /* a track not seen for longer is forgotten */
static const double frame_longest = 0.5;
/* Overlap (intersection over union) from which two tracks can be exchanged. */
static const float overlap_least = 0.02f;
static const float jump = 0.5f; /* in sizes of the face */

void df_tracklets_init(struct df_tracklets *ts, float width, float height, double fps)
{
  *ts = (struct df_tracklets){.picture_width = width, .picture_height = height, .frame = -1};
  ts->frame_seconds = 1 / (fps > 0 ? fps : 25);
}

static void empty(struct df_tracklet *tracklet)
{
  free(tracklet->sum);
  free(tracklet->places);
  *tracklet = (struct df_tracklet){.first = -1, .before = -1};
}

void df_tracklets_finish(struct df_tracklets *ts)
{
  for (size_t i = 0; i < ts->count; i++)
    empty(&ts->kept[i]);
  for (int i = 0; i < DF_OPEN_TRACKS; i++) {
    empty(&ts->open[i].head);
    empty(&ts->open[i].tail);
  }
  free(ts->kept);
  ts->kept = NULL;
  ts->count = ts->room = 0;
}

static int add_place(struct df_tracklet *tracklet, long cell, float x)
{
  if (tracklet->place_count == 0)
    tracklet->place_first = cell;
  while (tracklet->place_first + (long)tracklet->place_count <= cell) {
    if (tracklet->place_count == tracklet->place_room) {
      size_t room = tracklet->place_room ? tracklet->place_room * 2 : 4;
      float *places = realloc(tracklet->places, room * sizeof *places);
      if (!places)
        return DF_ENOMEM;
      tracklet->places = places;
      tracklet->place_room = room;
    }
    tracklet->places[tracklet->place_count++] = x;
  }
  return 0;
}

static int add_looks(
    struct df_tracklet *tracklet, const float *values, int dimensions, double scale, double weight)
{
  if (!tracklet->sum) {
    tracklet->sum = calloc((size_t)dimensions, sizeof *tracklet->sum);
    if (!tracklet->sum)
      return DF_ENOMEM;
    tracklet->dimensions = dimensions;
  }
  if (tracklet->dimensions != dimensions)
    return 0;
  for (int i = 0; i < dimensions; i++)
    tracklet->sum[i] += (float)(scale * (double)values[i]);
  tracklet->weight += weight;
  return 0;
}

/* The tail becomes part of the head. */
static int join(struct df_open_track *open)
{
  struct df_tracklet *head = &open->head, *tail = &open->tail;
  if (tail->first < 0)
    return 0;
  if (head->first < 0) {
    struct df_tracklet nothing = *head;
    *head = *tail;
    *tail = nothing;
    return 0;
  }
  for (size_t i = 0; i < tail->place_count; i++)
    if (add_place(head, tail->place_first + (long)i, tail->places[i]) < 0)
      return DF_ENOMEM;
  if (tail->sum && add_looks(head, tail->sum, tail->dimensions, 1, tail->weight) < 0)
    return DF_ENOMEM;
  head->last = tail->last;
  head->ends = tail->ends;
  head->dwell += tail->dwell;
  head->presence += tail->presence;
  head->area_sum += tail->area_sum;
  head->score_sum += tail->score_sum;
  head->signs += tail->signs;
  head->moved += tail->moved;
  head->box_last = tail->box_last;
  head->looks += tail->looks;
  head->fair_looks += tail->fair_looks;
  if (tail->best_quality > head->best_quality) {
    head->best_quality = tail->best_quality;
    head->best_frame = tail->best_frame;
    head->best_box = tail->best_box;
  }
  empty(tail);
  return 0;
}

/* Keeps a part of a track as a tracklet, if there is anything of it. */
static int keep(struct df_tracklets *ts, struct df_open_track *open, struct df_tracklet *part)
{
  if (part->first < 0)
    return 0;
  if (ts->count == ts->room) {
    size_t room = ts->room ? ts->room * 2 : 64;
    struct df_tracklet *kept = realloc(ts->kept, room * sizeof *kept);
    if (!kept)
      return DF_ENOMEM;
    ts->kept = kept;
    ts->room = room;
  }
  part->before = open->closed;
  open->closed = (int)ts->count;
  ts->kept[ts->count++] = *part;
  *part = (struct df_tracklet){.first = -1, .before = -1};
  return 0;
}

/* What comes now may be somebody else; so may what came since the peak of a contact. */
static int cut_here(struct df_tracklets *ts, struct df_open_track *open)
{
  open->peak = 0;
  open->interval = 0;
  open->ask_at = ts->t;
  open->asked_quality = 0;
  open->hurry_at = INFINITY;
  int result = keep(ts, open, &open->head);
  return result < 0 ? result : keep(ts, open, &open->tail);
}

static int release(struct df_tracklets *ts, struct df_open_track *open)
{
  if (cut_here(ts, open) < 0)
    return DF_ENOMEM;
  open->track = 0;
  return 0;
}

static struct df_open_track *find(struct df_tracklets *ts, int track)
{
  for (int i = 0; i < DF_OPEN_TRACKS; i++)
    if (ts->open[i].track == track)
      return &ts->open[i];
  return NULL;
}

/* A free place, or that of the track not seen for longest; NULL when memory runs out. */
static struct df_open_track *begin(struct df_tracklets *ts, int track)
{
  struct df_open_track *oldest = NULL;
  for (int i = 0; i < DF_OPEN_TRACKS; i++) {
    struct df_open_track *open = &ts->open[i];
    if (open->track == 0) {
      oldest = open;
      break;
    }
    if (!open->visible && (!oldest || open->seen_at < oldest->seen_at))
      oldest = open;
  }
  if (oldest->track > 0 && release(ts, oldest) < 0)
    return NULL;
  *oldest = (struct df_open_track){.track = track,
      .closed = -1,
      .ask_at = ts->t,
      .hurry_at = INFINITY,
      .head = {.first = -1, .before = -1},
      .tail = {.first = -1, .before = -1}};
  return oldest;
}

static float mean_size(struct df_box box)
{
  return (box.w + box.h) / 2;
}

static bool has_jumped(struct df_box before, struct df_box now)
{
  struct df_point a = df_box_centre(before), b = df_box_centre(now);
  float size = fminf(mean_size(before), mean_size(now));
  return hypotf(b.x - a.x, b.y - a.y) > jump * size;
}

static bool is_valid(const struct df_face *face)
{
  float sum = face->box.x + face->box.y + face->score;
  return !df_box_empty(face->box) && isfinite(sum) && isfinite(df_box_area(face->box));
}

static int take_in(struct df_tracklets *ts, const struct df_face *face, int track, size_t index)
{
  struct df_open_track *open = find(ts, track);
  if (open && open->visible)
    return 0; /* one track on two faces: the first counts */
  bool is_new = !open;
  if (is_new)
    open = begin(ts, track);
  if (!open)
    return DF_ENOMEM;
  bool away = !is_new && ts->t - open->seen_at - ts->dt > short_gap;
  bool doubtful = away || (!is_new && has_jumped(open->box, face->box));
  open->visible = true;
  open->face = index;
  open->box = face->box;
  open->seen_at = ts->t;
  return doubtful ? cut_here(ts, open) : 0;
}

/* Whether two faces are near: their boxes touch when each is made larger by this share of its size. */
static bool is_near(struct df_box a, struct df_box b, float margin)
{
  float x = (a.w + b.w) / 2 * (1 + margin), y = (a.h + b.h) / 2 * (1 + margin);
  struct df_point ca = df_box_centre(a), cb = df_box_centre(b);
  return fabsf(ca.x - cb.x) < x && fabsf(ca.y - cb.y) < y;
}

/* The visible face that is nearest to overlapping with this one. */
static const struct df_open_track *neighbour(
    const struct df_tracklets *ts, const struct df_open_track *open, float *ret_overlap)
{
  const struct df_open_track *best = NULL;
  float most = -1;
  for (int i = 0; i < DF_OPEN_TRACKS; i++) {
    const struct df_open_track *other = &ts->open[i];
    if (other == open || other->track == 0 || !other->visible ||
        !is_near(open->box, other->box, open->in_contact ? 0.3f : 0.1f))
      continue;
    float overlap = df_box_iou(open->box, other->box);
    if (overlap > most) {
      most = overlap;
      best = other;
    }
  }
  *ret_overlap = most;
  return best;
}

static int part(struct df_tracklets *ts, struct df_open_track *open)
{
  open->in_contact = false;
  open->partner = 0;
  open->peak = 0;
  return keep(ts, open, &open->head);
}

static int notice_contact(struct df_tracklets *ts, struct df_open_track *open)
{
  float overlap;
  const struct df_open_track *other = neighbour(ts, open, &overlap);
  const struct df_open_track *partner = open->in_contact ? find(ts, open->partner) : NULL;
  if (open->in_contact && (!partner || !partner->visible)) {
    /* Hidden by this face, or this is the hidden one, whom the track has gone over to. */
    int result = cut_here(ts, open);
    if (result < 0)
      return result;
    open->in_contact = false;
  }
  if (!other)
    return open->in_contact ? part(ts, open) : 0;
  open->in_contact = true;
  open->partner = other->track;
  if (overlap < overlap_least || overlap < open->peak)
    return 0;
  open->peak = overlap;
  open->interval = 0; /* whoever it is now has to be looked at again */
  open->asked_quality = 0;
  return join(open);
}

static int accumulate(
    struct df_tracklets *ts, struct df_open_track *open, const struct df_face *face)
{
  struct df_tracklet *tail = &open->tail;
  double picture = fmax((double)ts->picture_width * (double)ts->picture_height, 1);
  double area = fmin((double)df_box_area(face->box) / picture, 1);
  double x = (double)df_box_centre(face->box).x / fmax((double)ts->picture_width, 1);
  if (tail->first < 0) {
    tail->track = open->track;
    tail->first = ts->frame;
    tail->begins = ts->t;
    tail->shot = ts->shot;
    tail->box_first = face->box;
  }
  tail->last = ts->frame;
  tail->ends = ts->t;
  tail->box_last = face->box;
  enum df_sign sign = df_liveliness_see(&open->liveliness, face, ts->t);
  tail->signs += sign != DF_SIGN_NONE;
  tail->moved += sign == DF_SIGN_MOVED;
  tail->dwell += ts->dt;
  tail->presence += ts->dt * sqrt(area);
  tail->area_sum += ts->dt * area;
  tail->score_sum += ts->dt * (double)face->score;
  return add_place(tail, (long)floor(ts->t / DF_PLACE_STEP), (float)fmin(fmax(x, 0), 1));
}

static int forget(struct df_tracklets *ts, bool cut)
{
  for (int i = 0; i < DF_OPEN_TRACKS; i++) {
    struct df_open_track *open = &ts->open[i];
    open->visible = false;
    if (open->track > 0 && (cut || ts->t - open->seen_at > remember) && release(ts, open) < 0)
      return DF_ENOMEM;
  }
  return 0;
}

static void begin_frame(struct df_tracklets *ts, double t, bool cut)
{
  if (!isfinite(t))
    t = ts->begun ? ts->t + ts->frame_seconds : 0;
  ts->dt = ts->begun ? fmax(t - ts->t, 0) : ts->frame_seconds;
  ts->dt = fmin(ts->dt, frame_longest);
  ts->t = t;
  ts->begun = true;
  ts->frame++;
  ts->shot += cut;
}

int df_tracklets_observe(struct df_tracklets *ts, double t, bool cut, const struct df_face *faces,
    const struct df_tracked *tracked, size_t count)
{
  begin_frame(ts, t, cut);
  int result = forget(ts, cut);
  for (size_t i = 0; i < count && result == 0; i++)
    if (tracked[i].track > 0 && is_valid(&faces[i]))
      result = take_in(ts, &faces[i], tracked[i].track, i);
  for (int i = 0; i < DF_OPEN_TRACKS && result == 0; i++) {
    struct df_open_track *open = &ts->open[i];
    if (open->track == 0 || !open->visible)
      continue;
    open->quality =
        df_face_quality(faces, count, open->face, ts->picture_width, ts->picture_height);
    result = notice_contact(ts, open);
    if (result == 0)
      result = accumulate(ts, open, &faces[open->face]);
  }
  return result;
}

int df_tracklets_look(struct df_tracklets *ts, const struct df_answer *answer)
{
  struct df_open_track *open = find(ts, answer->track);
  struct df_embedding look = answer->embedding;
  if (answer->track <= 0 || !open || !open->visible || open->face != answer->face)
    return 0;
  df_embedding_normalise(&look);
  float quality = df_look_quality(open->quality, open->box.w, answer->sharpness);
  if (look.dimensions <= 0 || quality < DF_QUALITY_LEAST)
    return 0;
  struct df_tracklet *tail = &open->tail;
  double weight = (double)quality * (double)quality;
  if (add_looks(tail, look.values, look.dimensions, weight, weight) < 0)
    return DF_ENOMEM;
  tail->looks++;
  tail->fair_looks += quality >= DF_QUALITY_FAIR;
  if (quality > tail->best_quality) {
    tail->best_quality = quality;
    tail->best_frame = ts->frame;
    tail->best_box = open->box;
  }
  return 0;
}

void df_tracklets_ask_again(struct df_tracklets *ts, int track)
{
  struct df_open_track *open = track > 0 ? find(ts, track) : NULL;
  if (!open)
    return;
  open->ask_at = ts->t;
  open->asked_quality = 0;
}

int df_tracklets_end(struct df_tracklets *ts)
{
  int result = 0;
  for (int i = 0; i < DF_OPEN_TRACKS && result == 0; i++)
    if (ts->open[i].track > 0)
      result = release(ts, &ts->open[i]);
  return result;
}
