/*
 * Runs the decisions in their order and keeps the frames whose windows are still open. Never looks at
 * a pixel or a clock; from observations to lines of the tracks file.
 */
#include "pipeline/decider.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "camera/cut.h"
#include "track/tracker.h"

struct df_decider {
  struct df_decider_options options;
  struct df_cut_detector cut;
  struct df_tracker *tracker;
  struct df_identifier *identifier;
  struct df_director *director;

  /* Frames seen and not yet popped, a ring: first those the director has, then those whose seats wait
     for the first seconds to settle. */
  struct df_tracks_frame *ring;
  size_t capacity, head, count, directed;
  bool settled;

  const struct df_observation *current;
  struct df_tracked tracked[DF_FACES_MAX];

  double newest; /* time of the newest frame, and of the last one that the director was given */
  double pushed;
};

struct df_decider *df_decider_create(const struct df_decider_options *options)
{
  struct df_decider *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->options = *options;
  d->tracker = df_tracker_create(&(struct df_tracker_options){
      .high_score = options->high_score,
      .new_score = options->high_score,
      .confirm_at_once = true,
  });
  d->identifier = df_identifier_create(&options->identifier);
  d->director = df_director_create(&options->director);
  if (!d->tracker || !d->identifier || !d->director)
    df_decider_destroy(&d);
  return d;
}

void df_decider_destroy(struct df_decider **decider)
{
  struct df_decider *d = *decider;
  if (!d)
    return;
  df_tracker_destroy(&d->tracker);
  df_identifier_destroy(&d->identifier);
  df_director_destroy(&d->director);
  free(d->ring);
  free(d);
  *decider = NULL;
}

struct df_identifier *df_decider_identifier(struct df_decider *decider)
{
  return decider->identifier;
}

static struct df_tracks_frame *ring_at(struct df_decider *d, size_t i)
{
  assert(d->capacity > 0);
  return &d->ring[(d->head + i) % d->capacity];
}

/* Makes room for one more frame; the ring grows to what the look-ahead needs and stays so. */
static int ring_reserve(struct df_decider *d)
{
  if (d->count < d->capacity)
    return 0;
  size_t capacity = d->capacity ? d->capacity * 2 : 16;
  struct df_tracks_frame *ring = malloc(capacity * sizeof *ring);
  if (!ring)
    return DF_ENOMEM;
  for (size_t i = 0; i < d->count; i++)
    ring[i] = *ring_at(d, i);
  free(d->ring);
  d->ring = ring;
  d->capacity = capacity;
  d->head = 0;
  return 0;
}

static double seconds(const struct df_decider *d, int64_t pts)
{
  return (double)(pts - d->options.start_pts) * d->options.time_base.num / d->options.time_base.den;
}

int df_decider_see(struct df_decider *d, const struct df_observation *observation,
    struct df_ask ret_asks[DF_ASK_MAX])
{
  assert(!d->current);
  if (ring_reserve(d) < 0)
    return DF_ENOMEM;
  struct df_tracks_frame *frame = ring_at(d, d->count);
  *frame = (struct df_tracks_frame){
      .n = observation->n,
      .pts = observation->pts,
      .t = seconds(d, observation->pts),
      .cut = df_cut_next(&d->cut, observation->difference),
  };
  d->newest = frame->t;
  if (frame->cut)
    df_tracker_cut(d->tracker);
  if (df_tracker_update(d->tracker, observation->faces, observation->face_count, d->tracked) < 0)
    return DF_ENOMEM;
  d->current = observation;
  return df_identifier_ask(d->identifier, frame->t, frame->cut, observation->faces, d->tracked,
      observation->face_count, ret_asks);
}

/* Fills who is where from the people of the frame's faces and the owners of the seats. */
static void seat_frame(struct df_tracks_frame *frame, const int seat_person[DF_SEATS])
{
  for (int s = 0; s < DF_SEATS; s++) {
    struct df_tracks_seat *seat = &frame->seats[s];
    *seat = (struct df_tracks_seat){.person = seat_person[s]};
    for (size_t i = 0; i < frame->face_count && !seat->seen; i++) {
      if (seat->person == DF_NOBODY || frame->faces[i].person != seat->person)
        continue;
      seat->seen = true;
      seat->face = frame->faces[i].face.box;
    }
  }
}

/* Who has the halves at a time, by the corrections. */
static void fix_seats(const struct df_decider *d, double t, int seat_person[DF_SEATS])
{
  if (d->options.fixes)
    df_fixes_apply(d->options.fixes, t + d->options.fixes_start, seat_person);
}

/* Where a correction begins or ends between two frames a half has somebody else's place to go to, as at a cut. */
static void note_changes(
    const struct df_decider *d, double before, const int owners[DF_SEATS], struct df_scene *scene)
{
  int was[DF_SEATS], is[DF_SEATS];
  memcpy(was, owners, sizeof was);
  memcpy(is, owners, sizeof is);
  fix_seats(d, before, was);
  fix_seats(d, scene->t, is);
  for (int s = 0; s < DF_SEATS; s++) {
    scene->other_person[s] = was[s] != is[s];
    scene->cut |= scene->other_person[s];
  }
}

static int push_scene(
    struct df_decider *d, const struct df_tracks_frame *frame, const int owners[DF_SEATS])
{
  struct df_scene scene = {.n = frame->n, .t = frame->t, .cut = frame->cut};
  for (int s = 0; s < DF_SEATS; s++) {
    scene.seen[s] = frame->seats[s].seen;
    scene.face[s] = frame->seats[s].face;
  }
  note_changes(d, d->pushed, owners, &scene);
  d->pushed = frame->t;
  return df_director_push(d->director, &scene);
}

/* Gives the director every frame whose seats are known; the owners are those of now. */
static int direct_waiting(struct df_decider *d)
{
  int owners[DF_SEATS];
  df_identifier_seats(d->identifier, owners);
  for (; d->directed < d->count; d->directed++) {
    struct df_tracks_frame *frame = ring_at(d, d->directed);
    int seat_person[DF_SEATS];
    memcpy(seat_person, owners, sizeof seat_person);
    fix_seats(d, frame->t, seat_person);
    seat_frame(frame, seat_person);
    if (push_scene(d, frame, owners) < 0)
      return DF_ENOMEM;
  }
  return 0;
}

/* Doubtful detections that no track took are the tracker's business only. */
static void note_identities(struct df_decider *d, const struct df_identities *identities)
{
  struct df_tracks_frame *frame = ring_at(d, d->count);
  const struct df_observation *o = d->current;
  frame->face_count = 0;
  for (size_t i = 0; i < o->face_count; i++) {
    if (d->tracked[i].track == 0 && o->faces[i].score < d->options.high_score)
      continue;
    frame->faces[frame->face_count++] = (struct df_tracks_face){
        .track = d->tracked[i].track,
        .person = identities->person[i],
        .face = o->faces[i],
    };
  }
}

int df_decider_answer(struct df_decider *d, const struct df_answer *answers, size_t count)
{
  assert(d->current);
  struct df_identities identities;
  int result = df_identifier_tell(d->identifier, answers, count, &identities);
  if (result < 0)
    return result;
  note_identities(d, &identities);
  d->current = NULL;
  d->count++;
  if (!d->settled)
    d->settled = df_identifier_settled(d->identifier);
  return d->settled ? direct_waiting(d) : 0;
}

void df_decider_seats(const struct df_decider *d, int ret_person[DF_SEATS])
{
  df_identifier_seats(d->identifier, ret_person);
  fix_seats(d, d->newest, ret_person);
}

int df_decider_finish(struct df_decider *d)
{
  d->settled = true;
  int result = direct_waiting(d);
  df_director_finish(d->director);
  return result;
}

int df_decider_pop(struct df_decider *d, struct df_tracks_frame *ret_frame)
{
  struct df_direction direction;
  if (df_director_pop(d->director, &direction) != 1)
    return 0;
  assert(d->directed > 0);
  struct df_tracks_frame *frame = ring_at(d, 0);
  assert(frame->n == direction.n);
  for (int s = 0; s < DF_SEATS; s++)
    frame->seats[s].shot = direction.seats[s];
  *ret_frame = *frame;
  d->head = (d->head + 1) % d->capacity;
  d->count--;
  d->directed--;
  return 1;
}
