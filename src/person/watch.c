/*
 * Doubts are raised here, from geometry alone, and settled in decide.c. A doubt is pending until a face is
 * good enough to be asked about, so none is lost while two faces overlap.
 */
#include "person/watch.h"

#include <math.h>
#include <string.h>

#include "person/quality.h"

/* All in seconds. */
static const double remember = 10;    /* a track not seen for longer is forgotten */
static const double short_gap = 0.25; /* a track missed for less has not really been away */
static const double patience = 0.5;   /* so long only good faces are asked about */
static const double useless_wait = 0.4;
static const double retry_first = 0.1, retry_growth = 1.5, retry_most = 8;
static const double learn_first = 0.3, refresh_first = 5, refresh_most = 30;
static const double crossing_calm =
    1; /* neighbours who sway must not be asked about all the time */
static const double calm_first = 2, calm_most = 20;

/* How likely it is that a track changed its owner there; for an overlap it is the overlap. */
static const float suspicion_overlap_least = 0.02f, suspicion_jump = 2, suspicion_gap = 3;

/* Graver doubts replace lighter ones. */
static const int gravity[DF_ASK_WHYS] = {
    [DF_ASK_BORN] = 5,
    [DF_ASK_RETURNED] = 4,
    [DF_ASK_CROSSED] = 6,
    [DF_ASK_JUMPED] = 2,
    [DF_ASK_UNSURE] = 2,
    [DF_ASK_RESIZED] = 2,
    [DF_ASK_CUT] = 7,
    [DF_ASK_REFRESH] = 1,
    [DF_ASK_RETRY] = 3,
};

static bool is_mild(enum df_ask_why why)
{
  return gravity[why] == 2;
}

void df_watch_doubt(struct df_watch *watch, enum df_ask_why why, double t)
{
  if (watch->doubt != DF_NO_DOUBT && gravity[watch->doubt] >= gravity[why])
    return;
  if (watch->doubt == DF_NO_DOUBT || watch->doubt == DF_ASK_REFRESH)
    watch->doubt_since = t;
  watch->doubt = (int)why;
  watch->ask_at = t;
  if (is_mild(why))
    watch->ask_at = fmax(t, watch->calm_until);
  else if (why == DF_ASK_CROSSED)
    watch->ask_at = fmax(t, watch->settled_at + crossing_calm);
  watch->backoff = retry_first;
}

bool df_watch_wants(const struct df_watch *watch, double t)
{
  if (!watch->visible || watch->doubt == DF_NO_DOUBT || t < watch->ask_at)
    return false;
  bool hurried = watch->doubt == DF_ASK_CUT || t - watch->doubt_since >= patience;
  bool waits = watch->doubt == DF_ASK_REFRESH || !hurried;
  return watch->quality >= (waits ? DF_QUALITY_FAIR : DF_QUALITY_LEAST);
}

void df_watch_retry(struct df_watch *watch, double t)
{
  watch->doubt = DF_ASK_RETRY;
  watch->ask_at = t + watch->backoff;
  watch->backoff = fmin(watch->backoff * retry_growth, retry_most);
}

void df_watch_retry_late(struct df_watch *watch, double t)
{
  watch->backoff = fmax(watch->backoff, useless_wait);
  df_watch_retry(watch, t);
}

void df_watch_settle(struct df_watch *watch, double t, bool proven, bool learns)
{
  if (watch->doubt != DF_NO_DOUBT && is_mild((enum df_ask_why)watch->doubt)) {
    watch->calm_until = t + watch->calm_interval;
    watch->calm_interval = fmin(watch->calm_interval * 2, calm_most);
  }
  watch->doubt = DF_NO_DOUBT;
  watch->denials = 0;
  watch->vote = DF_NOBODY;
  watch->contested_since = -1;
  watch->settled_at = t;
  if (watch->refresh_interval < refresh_first && !learns)
    watch->refresh_interval = refresh_first;
  watch->refresh_at = t + watch->refresh_interval;
  watch->refresh_interval = fmin(watch->refresh_interval * 2, refresh_most);
  if (proven) {
    watch->sure = true;
    watch->eventful = watch->in_contact;
    watch->proven = true;
  }
}

void df_watch_assign(struct df_watch *watch, int person, bool sure)
{
  watch->person = person;
  watch->sure = sure;
  watch->eventful = false;
  watch->denials = watch->grey_looks = 0;
  watch->contested_since = -1;
  watch->vote = DF_NOBODY;
  watch->refresh_interval = learn_first;
  watch->look.dimensions = 0;
}

static struct df_watch *find_any(struct df_watches *watches, int track)
{
  for (int i = 0; i < DF_WATCHES; i++)
    if (watches->watches[i].track == track)
      return &watches->watches[i];
  return NULL;
}

struct df_watch *df_watches_find(struct df_watches *watches, int track)
{
  struct df_watch *watch = track > 0 ? find_any(watches, track) : NULL;
  return watch && watch->visible ? watch : NULL;
}

struct df_watch *df_watches_holder(struct df_watches *watches, int person)
{
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *watch = &watches->watches[i];
    if (watch->track > 0 && watch->visible && watch->person == person)
      return watch;
  }
  return NULL;
}

/* A free watch, or that of the track not seen for longest. At most 64 of them are visible. */
static struct df_watch *begin(struct df_watches *watches, int track, double t)
{
  struct df_watch *oldest = NULL;
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *watch = &watches->watches[i];
    if (watch->track == 0) {
      oldest = watch;
      break;
    }
    if (!watch->visible && (!oldest || watch->seen_at < oldest->seen_at))
      oldest = watch;
  }
  memset(oldest, 0, sizeof *oldest);
  oldest->track = track;
  oldest->born_at = t;
  oldest->doubt = DF_NO_DOUBT;
  oldest->calm_until = oldest->settled_at = -INFINITY;
  oldest->calm_interval = calm_first;
  oldest->denied_since = -1;
  oldest->since = t;
  oldest->told = DF_NOBODY;
  df_watch_assign(oldest, DF_NOBODY, false);
  return oldest;
}

static void suspect(struct df_watch *watch, double t, float suspicion)
{
  if (suspicion < watch->suspicion)
    return;
  watch->suspicion = suspicion;
  watch->since = t;
}

static float mean_size(struct df_box box)
{
  return (box.w + box.h) / 2;
}

/* What one face alone can tell, compared with the frame before. */
static void notice_changes(struct df_watch *watch, const struct df_face *face, double gap, double t)
{
  struct df_point a = df_box_centre(watch->box), b = df_box_centre(face->box);
  float way = hypotf(b.x - a.x, b.y - a.y);
  float size = fminf(mean_size(watch->box), mean_size(face->box));
  float growth = df_box_area(face->box) / df_box_area(watch->box);
  if (gap > short_gap) {
    watch->eventful = true;
    suspect(watch, t, suspicion_gap);
    df_watch_doubt(watch, DF_ASK_RETURNED, t);
  }
  if (way > 0.5f * size) {
    watch->eventful = true;
    suspect(watch, t, suspicion_jump);
    df_watch_doubt(watch, DF_ASK_JUMPED, t);
  }
  if (growth > 1.8f || growth < 1 / 1.8f)
    df_watch_doubt(watch, DF_ASK_RESIZED, t);
  if (face->score < 0.45f && watch->usual_score > 0.65f)
    df_watch_doubt(watch, DF_ASK_UNSURE, t);
}

static void see(struct df_watch *watch, const struct df_face *face, double t, double dt)
{
  bool is_new = watch->seen_time == 0;
  watch->visible = true;
  watch->score = face->score;
  watch->usual_score = is_new ? face->score : 0.9f * watch->usual_score + 0.1f * face->score;
  watch->box = face->box;
  watch->life = df_liveliness_see(&watch->liveliness, face, t);
  watch->seen_at = t;
  watch->seen_time += dt;
}

static bool is_valid(const struct df_face *face)
{
  float sum = face->box.x + face->box.y + face->score;
  return !df_box_empty(face->box) && isfinite(sum) && isfinite(df_box_area(face->box));
}

/* Whether two faces are near: their boxes touch when each is made larger by this share of its size. */
static bool is_near(struct df_box a, struct df_box b, float margin)
{
  float x = (a.w + b.w) / 2 * (1 + margin), y = (a.h + b.h) / 2 * (1 + margin);
  struct df_point ca = df_box_centre(a), cb = df_box_centre(b);
  return fabsf(ca.x - cb.x) < x && fabsf(ca.y - cb.y) < y;
}

/* The visible face that is nearest to overlapping with this one. */
static struct df_watch *neighbour(struct df_watches *watches, const struct df_watch *watch)
{
  struct df_watch *best = NULL;
  float most = -1;
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *other = &watches->watches[i];
    if (other == watch || other->track == 0 || !other->visible ||
        !is_near(watch->box, other->box, watch->in_contact ? 0.3f : 0.1f))
      continue;
    float iou = df_box_iou(watch->box, other->box);
    if (iou > most) {
      most = iou;
      best = other;
    }
  }
  return best;
}

/*
 * Two faces cross from when they come near to when they part; a face whose neighbour vanishes may have
 * taken over its track.
 */
static void notice_contact(struct df_watches *watches, struct df_watch *watch, double t)
{
  struct df_watch *other = neighbour(watches, watch);
  if (other) {
    bool changed = watch->in_contact && watch->partner != other->track;
    bool hidden = changed && !df_watches_find(watches, watch->partner);
    watch->in_contact = true;
    watch->partner = other->track;
    watch->eventful = true;
    float overlap = df_box_iou(watch->box, other->box);
    if (overlap > suspicion_overlap_least)
      suspect(watch, t, overlap);
    if (hidden)
      df_watch_doubt(watch, DF_ASK_CROSSED, t);
  } else if (watch->in_contact) {
    watch->in_contact = false;
    df_watch_doubt(watch, DF_ASK_CROSSED, t);
  }
}

static void take_in(struct df_watches *watches, double t, double dt, bool cut,
    const struct df_face *face, int track, size_t index)
{
  struct df_watch *watch = find_any(watches, track);
  if (watch && watch->visible)
    return; /* one track on two faces: the first counts */
  if (!watch) {
    watch = begin(watches, track, t);
    df_watch_doubt(watch, cut ? DF_ASK_CUT : DF_ASK_BORN, t);
  } else {
    notice_changes(watch, face, t - watch->seen_at - dt, t);
  }
  watch->face = index;
  see(watch, face, t, dt);
}

static void forget(struct df_watches *watches, double t, bool cut)
{
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *watch = &watches->watches[i];
    watch->was_visible = watch->visible;
    watch->visible = false;
    if (watch->track > 0 && (cut || t - watch->seen_at > remember))
      watch->track = 0;
  }
}

/* A track that comes back may find its person with another track by now; that one keeps it. */
static void release_taken(struct df_watches *watches, struct df_watch *watch, double t)
{
  if (watch->was_visible || watch->person == DF_NOBODY)
    return;
  for (int i = 0; i < DF_WATCHES; i++) {
    const struct df_watch *other = &watches->watches[i];
    if (other == watch || other->track == 0 || !other->visible || other->person != watch->person)
      continue;
    df_watch_assign(watch, DF_NOBODY, false);
    suspect(watch, t, suspicion_gap);
    df_watch_doubt(watch, DF_ASK_RETURNED, t);
    return;
  }
}

void df_watches_observe(struct df_watches *watches, double t, double dt, bool cut,
    const struct df_face *faces, const struct df_tracked *tracked, size_t count, float width,
    float height)
{
  forget(watches, t, cut);
  for (size_t i = 0; i < count; i++)
    if (tracked[i].track > 0 && is_valid(&faces[i]))
      take_in(watches, t, dt, cut, &faces[i], tracked[i].track, i);
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *watch = &watches->watches[i];
    if (watch->track == 0 || !watch->visible)
      continue;
    watch->quality = df_face_quality(faces, count, watch->face, width, height);
    release_taken(watches, watch, t);
    notice_contact(watches, watch, t);
    if (watch->person != DF_NOBODY && watch->doubt == DF_NO_DOUBT && t >= watch->refresh_at)
      df_watch_doubt(watch, DF_ASK_REFRESH, t);
  }
}
