/*
 * Runs the decisions in their order and keeps the frames whose windows are still open. Never looks at
 * a pixel or a clock; from observations to lines of the tracks file.
 */
#include "pipeline/decider.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "camera/cut.h"
#include "camera/gaze.h"
#include "person/survey.h"
#include "track/tracker.h"

/* What identities have of the look-ahead, and in seconds at most. */
static const double wait_share = 0.4, wait_most = 0.6;
static const double hair = 1e-6;
static const double lost_least = 5, lost_most = 240; /* frames that a lost track is remembered */

struct df_decider {
  struct df_decider_options options;
  struct df_cut_detector cut;
  struct df_tracker *tracker;
  struct df_identifier *identifier; /* NULL in two passes */
  struct df_survey *survey;         /* in the first of them only */
  struct df_director *director;

  /* Frames seen and not yet popped, a ring: first those the director has, then those whose seats wait
     for the first seconds to settle. */
  struct df_tracks_frame *ring;
  size_t capacity, head, count, directed;
  bool settled;
  double wait; /* seconds that a frame waits for its people to be known better, of the look-ahead */
  size_t wait_frames; /* and never more frames than this; 0: no such bound */

  long frame; /* counts those that were begun */
  const struct df_observation *current;
  struct df_tracked tracked[DF_FACES_MAX];

  double newest; /* time of the newest frame, and of the last one that the director was given */
  double pushed;
  int owners[DF_SEATS]; /* of the seats at the latter, corrections aside */
};

/* Identities wait for a part of the look-ahead, the camera has the rest. */
static void share_lookahead(struct df_decider *d)
{
  struct df_director_options *director = &d->options.director;
  if (!(director->lookahead > 0) || d->options.plan)
    return;
  d->wait = fmin(wait_share * director->lookahead, wait_most);
  director->lookahead -= d->wait;
  if (director->lookahead_frames > 0) {
    d->wait_frames = (size_t)(wait_share * director->lookahead_frames);
    director->lookahead_frames -= (int)d->wait_frames;
  }
}

/* A lost track is remembered for a second, whatever the frame rate. */
static int lost_frames(double fps)
{
  return fps > 0 ? (int)lround(fmin(fmax(fps, lost_least), lost_most)) : 0;
}

struct df_decider *df_decider_create(const struct df_decider_options *options)
{
  struct df_decider *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->options = *options;
  share_lookahead(d);
  d->tracker = df_tracker_create(&(struct df_tracker_options){
      .high_score = options->high_score,
      .new_score = options->high_score,
      .confirm_at_once = true,
      .lost_frames = lost_frames(options->identifier.fps),
  });
  d->director = df_director_create(&d->options.director);
  if (options->survey)
    d->survey = df_survey_create(&options->identifier);
  else if (!options->plan)
    d->identifier = df_identifier_create(&options->identifier);
  d->settled = options->plan != NULL;
  d->owners[DF_LEFT] = d->owners[DF_RIGHT] = DF_NOBODY;
  bool whole = d->tracker && d->director && (d->survey || d->identifier || options->plan);
  if (!whole)
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
  df_survey_destroy(&d->survey);
  df_director_destroy(&d->director);
  free(d->ring);
  free(d);
  *decider = NULL;
}

int df_decider_name(struct df_decider *d, enum df_seat seat, const struct df_embedding *embedding)
{
  if (d->survey)
    return df_survey_name(d->survey, seat, embedding);
  return d->identifier ? df_identifier_name(d->identifier, seat, embedding) : 0;
}

/* Whose faces have the seats now. */
static void seats_now(const struct df_decider *d, int ret_person[DF_SEATS])
{
  ret_person[DF_LEFT] = ret_person[DF_RIGHT] = DF_NOBODY;
  if (d->options.plan)
    df_plan_seats(d->options.plan, ret_person);
  else if (d->identifier)
    df_identifier_seats(d->identifier, ret_person);
}

void df_decider_people(const struct df_decider *d, struct df_decider_people *ret_people)
{
  *ret_people = (struct df_decider_people){0};
  if (d->options.plan)
    ret_people->count = df_plan_people(d->options.plan);
  else if (d->identifier) {
    ret_people->count = df_identifier_people(d->identifier);
    ret_people->switches = df_identifier_switches(d->identifier);
  }
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
  d->frame++;
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
  if (d->options.plan)
    return 0;
  if (d->survey)
    return df_survey_ask(d->survey, frame->t, frame->cut, observation->faces, d->tracked,
        observation->face_count, ret_asks);
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
      seat->turn = df_gaze_turn(&frame->faces[i].face);
    }
  }
}

/* Who has the halves at a time, by the corrections. */
static void fix_seats(const struct df_decider *d, double t, int seat_person[DF_SEATS])
{
  if (d->options.fixes)
    df_fixes_apply(d->options.fixes, t + d->options.fixes_start, seat_person);
}

/* Where a correction begins or ends between two frames, or a seat is taken from its owner, a half has somebody else's
 * place to go to, as at a cut. */
static void note_changes(
    const struct df_decider *d, double before, const int owners[DF_SEATS], struct df_scene *scene)
{
  int was[DF_SEATS], is[DF_SEATS];
  for (int s = 0; s < DF_SEATS; s++) {
    was[s] = d->owners[s] == DF_NOBODY ? owners[s] : d->owners[s];
    is[s] = owners[s];
  }
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
    scene.turn[s] = frame->seats[s].turn;
  }
  note_changes(d, d->pushed, owners, &scene);
  d->pushed = frame->t;
  memcpy(d->owners, owners, sizeof d->owners);
  return df_director_push(d->director, &scene);
}

/* Whether the next frame has waited long enough for what is known of its people. */
static bool has_waited(struct df_decider *d)
{
  if (d->directed == d->count)
    return false;
  if (d->wait_frames > 0 && d->count - d->directed > d->wait_frames)
    return true;
  double newest = ring_at(d, d->count - 1)->t;
  return !(newest - ring_at(d, d->directed)->t < d->wait - hair);
}

/* Gives the director every frame whose people are known; the owners of the seats are those of now. */
static int direct_waiting(struct df_decider *d, bool all)
{
  int owners[DF_SEATS];
  seats_now(d, owners);
  for (; all ? d->directed < d->count : has_waited(d); d->directed++) {
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
static void note_identities(struct df_decider *d, const int *person)
{
  struct df_tracks_frame *frame = ring_at(d, d->count);
  const struct df_observation *o = d->current;
  frame->face_count = 0;
  for (size_t i = 0; i < o->face_count; i++) {
    if (d->tracked[i].track == 0 && o->faces[i].score < d->options.high_score)
      continue;
    frame->faces[frame->face_count++] = (struct df_tracks_face){
        .track = d->tracked[i].track,
        .person = person[i],
        .face = o->faces[i],
    };
  }
}

static bool is_meant(const struct df_revision *revision, const struct df_tracks_frame *frame,
    const struct df_tracks_face *face)
{
  if (revision->track == 0)
    return face->person == revision->was;
  return face->track == revision->track && frame->t >= revision->since - hair;
}

static bool has_person(const struct df_tracks_frame *frame, int person)
{
  for (size_t i = 0; i < frame->face_count; i++)
    if (frame->faces[i].person == person)
      return true;
  return false;
}

/* All revised tracks let go of whom they were, then each becomes whom it is, where nobody else is. */
static void revise_frame(
    struct df_tracks_frame *frame, const struct df_revision *revisions, size_t count)
{
  for (size_t r = 0; r < count; r++)
    for (size_t i = 0; i < frame->face_count; i++)
      if (is_meant(&revisions[r], frame, &frame->faces[i]))
        frame->faces[i].person = revisions[r].track == 0 ? revisions[r].person : DF_NOBODY;
  for (size_t r = 0; r < count; r++)
    for (size_t i = 0; i < frame->face_count; i++)
      if (revisions[r].track > 0 && is_meant(&revisions[r], frame, &frame->faces[i]) &&
          !has_person(frame, revisions[r].person))
        frame->faces[i].person = revisions[r].person;
}

/* An owner who is the same person as another has another's number from here on, and is no other for that. */
static void revise_owners(struct df_decider *d, const struct df_revision *revisions, size_t count)
{
  for (size_t r = 0; r < count; r++)
    for (int s = 0; s < DF_SEATS; s++)
      if (revisions[r].track == 0 && d->owners[s] == revisions[r].was)
        d->owners[s] = revisions[r].person;
}

/* What is known better now of the frames that no director has seen. */
static void revise_waiting(struct df_decider *d)
{
  const struct df_revision *revisions;
  size_t count = df_identifier_revisions(d->identifier, &revisions);
  if (count == 0)
    return;
  revise_owners(d, revisions, count);
  for (size_t i = d->directed; i + 1 < d->count; i++)
    revise_frame(ring_at(d, i), revisions, count);
}

/* Says who the faces of the frame are. */
static int identify(
    struct df_decider *d, const struct df_answer *answers, size_t count, int *ret_person)
{
  struct df_identities identities;
  if (d->identifier) {
    int result = df_identifier_tell(d->identifier, answers, count, &identities);
    if (result == 0)
      memcpy(ret_person, identities.person, DF_FACES_MAX * sizeof *ret_person);
    return result;
  }
  for (size_t i = 0; i < DF_FACES_MAX; i++)
    ret_person[i] = DF_NOBODY;
  if (d->survey)
    return df_survey_tell(d->survey, answers, count);
  df_plan_people_of(d->options.plan, d->frame - 1, d->tracked, d->current->face_count, ret_person);
  return 0;
}

int df_decider_answer(struct df_decider *d, const struct df_answer *answers, size_t count)
{
  assert(d->current);
  int person[DF_FACES_MAX];
  int result = identify(d, answers, count, person);
  if (result < 0)
    return result;
  note_identities(d, person);
  d->current = NULL;
  d->count++;
  if (d->survey)
    return 0;
  if (!d->settled)
    d->settled = df_identifier_settled(d->identifier);
  if (d->identifier)
    revise_waiting(d);
  return d->settled ? direct_waiting(d, false) : 0;
}

void df_decider_seats(const struct df_decider *d, int ret_person[DF_SEATS])
{
  seats_now(d, ret_person);
  fix_seats(d, d->newest, ret_person);
}

int df_decider_finish(struct df_decider *d)
{
  if (d->survey)
    return 0;
  d->settled = true;
  int result = direct_waiting(d, true);
  df_director_finish(d->director);
  return result;
}

int df_decider_solve(struct df_decider *d, struct df_plan **ret_plan)
{
  assert(d->survey && !d->current);
  return df_survey_solve(d->survey, ret_plan);
}

static void take_oldest(struct df_decider *d, struct df_tracks_frame *ret_frame)
{
  *ret_frame = *ring_at(d, 0);
  d->head = (d->head + 1) % d->capacity;
  d->count--;
}

int df_decider_pop(struct df_decider *d, struct df_tracks_frame *ret_frame)
{
  struct df_direction direction;
  if (d->survey) {
    if (d->count == 0)
      return 0;
    take_oldest(d, ret_frame);
    return 1;
  }
  if (df_director_pop(d->director, &direction) != 1)
    return 0;
  assert(d->directed > 0);
  struct df_tracks_frame *frame = ring_at(d, 0);
  assert(frame->n == direction.n);
  for (int s = 0; s < DF_SEATS; s++)
    frame->seats[s].shot = direction.seats[s];
  take_oldest(d, ret_frame);
  d->directed--;
  return 1;
}
