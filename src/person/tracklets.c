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
  for (int i = 0; i < DF_LIVE_TRACKS; i++) {
    empty(&ts->live[i].head);
    empty(&ts->live[i].tail);
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
static int join(struct df_live_track *live)
{
  struct df_tracklet *head = &live->head, *tail = &live->tail;
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
  df_life_add(&head->life, &tail->life);
  head->box_last = tail->box_last;
  head->looks += tail->looks;
  head->fair_looks += tail->fair_looks;
  head->best_quality = fmaxf(head->best_quality, tail->best_quality);
  empty(tail);
  return 0;
}

/* Keeps a part of a track as a tracklet, if there is anything of it. */
static int keep(struct df_tracklets *ts, struct df_live_track *live, struct df_tracklet *part)
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
  part->before = live->closed;
  live->closed = (int)ts->count;
  ts->kept[ts->count++] = *part;
  *part = (struct df_tracklet){.first = -1, .before = -1};
  return 0;
}

/* What comes now may be somebody else; so may what came since the peak of a contact. */
static int cut_here(struct df_tracklets *ts, struct df_live_track *live)
{
  live->peak = 0;
  live->interval = 0;
  live->ask_at = ts->t;
  live->asked_quality = 0;
  live->hurry_at = INFINITY;
  int result = keep(ts, live, &live->head);
  return result < 0 ? result : keep(ts, live, &live->tail);
}

static int release(struct df_tracklets *ts, struct df_live_track *live)
{
  if (cut_here(ts, live) < 0)
    return DF_ENOMEM;
  live->track = 0;
  return 0;
}

static struct df_live_track *find(struct df_tracklets *ts, int track)
{
  for (int i = 0; i < DF_LIVE_TRACKS; i++)
    if (ts->live[i].track == track)
      return &ts->live[i];
  return NULL;
}

/* A free place, or that of the track not seen for longest; NULL when memory runs out. */
static struct df_live_track *begin(struct df_tracklets *ts, int track)
{
  struct df_live_track *oldest = NULL;
  for (int i = 0; i < DF_LIVE_TRACKS; i++) {
    struct df_live_track *live = &ts->live[i];
    if (live->track == 0) {
      oldest = live;
      break;
    }
    if (!live->visible && (!oldest || live->seen_at < oldest->seen_at))
      oldest = live;
  }
  if (oldest->track > 0 && release(ts, oldest) < 0)
    return NULL;
  *oldest = (struct df_live_track){.track = track,
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
  struct df_live_track *live = find(ts, track);
  if (live && live->visible)
    return 0; /* one track on two faces: the first counts */
  bool is_new = !live;
  if (is_new)
    live = begin(ts, track);
  if (!live)
    return DF_ENOMEM;
  bool away = !is_new && ts->t - live->seen_at - ts->dt > short_gap;
  bool doubtful = away || (!is_new && has_jumped(live->box, face->box));
  live->visible = true;
  live->face = index;
  live->box = face->box;
  live->seen_at = ts->t;
  return doubtful ? cut_here(ts, live) : 0;
}

/* Whether two faces are near: their boxes touch when each is made larger by this share of its size. */
static bool is_near(struct df_box a, struct df_box b, float margin)
{
  float x = (a.w + b.w) / 2 * (1 + margin), y = (a.h + b.h) / 2 * (1 + margin);
  struct df_point ca = df_box_centre(a), cb = df_box_centre(b);
  return fabsf(ca.x - cb.x) < x && fabsf(ca.y - cb.y) < y;
}

/* The visible face that is nearest to overlapping with this one. */
static const struct df_live_track *neighbour(
    const struct df_tracklets *ts, const struct df_live_track *live, float *ret_overlap)
{
  const struct df_live_track *best = NULL;
  float most = -1;
  for (int i = 0; i < DF_LIVE_TRACKS; i++) {
    const struct df_live_track *other = &ts->live[i];
    if (other == live || other->track == 0 || !other->visible ||
        !is_near(live->box, other->box, live->in_contact ? 0.3f : 0.1f))
      continue;
    float overlap = df_box_iou(live->box, other->box);
    if (overlap > most) {
      most = overlap;
      best = other;
    }
  }
  *ret_overlap = most;
  return best;
}

static int part(struct df_tracklets *ts, struct df_live_track *live)
{
  live->in_contact = false;
  live->partner = 0;
  live->peak = 0;
  return keep(ts, live, &live->head);
}

static int notice_contact(struct df_tracklets *ts, struct df_live_track *live)
{
  float overlap;
  const struct df_live_track *other = neighbour(ts, live, &overlap);
  const struct df_live_track *partner = live->in_contact ? find(ts, live->partner) : NULL;
  if (live->in_contact && (!partner || !partner->visible)) {
    /* Hidden by this face, or this is the hidden one, whom the track has gone over to. */
    int result = cut_here(ts, live);
    if (result < 0)
      return result;
    live->in_contact = false;
  }
  if (!other)
    return live->in_contact ? part(ts, live) : 0;
  live->in_contact = true;
  live->partner = other->track;
  if (overlap < overlap_least || overlap < live->peak)
    return 0;
  live->peak = overlap;
  live->interval = 0; /* whoever it is now has to be looked at again */
  live->asked_quality = 0;
  return join(live);
}

static int accumulate(
    struct df_tracklets *ts, struct df_live_track *live, const struct df_face *face)
{
  struct df_tracklet *tail = &live->tail;
  double picture = fmax((double)ts->picture_width * (double)ts->picture_height, 1);
  double area = fmin((double)df_box_area(face->box) / picture, 1);
  double x = (double)df_box_centre(face->box).x / fmax((double)ts->picture_width, 1);
  if (tail->first < 0) {
    tail->track = live->track;
    tail->first = ts->frame;
    tail->begins = ts->t;
    tail->shot = ts->shot;
    tail->box_first = face->box;
  }
  tail->last = ts->frame;
  tail->ends = ts->t;
  tail->box_last = face->box;
  struct df_life life = df_liveliness_see(&live->liveliness, face, ts->t);
  df_life_add(&tail->life, &life);
  tail->dwell += ts->dt;
  tail->presence += ts->dt * sqrt(area);
  tail->area_sum += ts->dt * area;
  tail->score_sum += ts->dt * (double)face->score;
  return add_place(tail, (long)floor(ts->t / DF_PLACE_STEP), (float)fmin(fmax(x, 0), 1));
}

static int forget(struct df_tracklets *ts, bool cut)
{
  for (int i = 0; i < DF_LIVE_TRACKS; i++) {
    struct df_live_track *live = &ts->live[i];
    live->visible = false;
    if (live->track > 0 && (cut || ts->t - live->seen_at > remember) && release(ts, live) < 0)
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
  for (int i = 0; i < DF_LIVE_TRACKS && result == 0; i++) {
    struct df_live_track *live = &ts->live[i];
    if (live->track == 0 || !live->visible)
      continue;
    live->quality =
        df_face_quality(faces, count, live->face, ts->picture_width, ts->picture_height);
    result = notice_contact(ts, live);
    if (result == 0)
      result = accumulate(ts, live, &faces[live->face]);
  }
  return result;
}

int df_tracklets_look(struct df_tracklets *ts, const struct df_answer *answer)
{
  struct df_live_track *live = find(ts, answer->track);
  struct df_embedding look = answer->embedding;
  if (answer->track <= 0 || !live || !live->visible || live->face != answer->face)
    return 0;
  df_embedding_normalise(&look);
  float quality = df_look_quality(live->quality, live->box.w, answer->sharpness);
  if (look.dimensions <= 0 || quality < DF_QUALITY_LEAST)
    return 0;
  struct df_tracklet *tail = &live->tail;
  double weight = (double)quality * (double)quality;
  if (add_looks(tail, look.values, look.dimensions, weight, weight) < 0)
    return DF_ENOMEM;
  tail->looks++;
  tail->fair_looks += quality >= DF_QUALITY_FAIR;
  tail->best_quality = fmaxf(tail->best_quality, quality);
  return 0;
}

void df_tracklets_ask_again(struct df_tracklets *ts, int track)
{
  struct df_live_track *live = track > 0 ? find(ts, track) : NULL;
  if (!live)
    return;
  live->ask_at = ts->t;
  live->asked_quality = 0;
}

int df_tracklets_end(struct df_tracklets *ts)
{
  int result = 0;
  for (int i = 0; i < DF_LIVE_TRACKS && result == 0; i++)
    if (ts->live[i].track > 0)
      result = release(ts, &ts->live[i]);
  return result;
}
