/*
 * The two halves of a frame: which faces to ask about, and what follows from the answers. Doubts come from
 * watch.c, decisions from decide.c and continuity.c, seats from seats.c; this file puts them in order and
 * keeps count of who was seen.
 */
#include "person/identifier.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "person/internal.h"

const char *const df_ask_why_names[DF_ASK_WHYS] = {
    [DF_ASK_BORN] = "born",
    [DF_ASK_RETURNED] = "returned",
    [DF_ASK_CROSSED] = "crossed",
    [DF_ASK_JUMPED] = "jumped",
    [DF_ASK_UNSURE] = "unsure",
    [DF_ASK_RESIZED] = "resized",
    [DF_ASK_CUT] = "cut",
    [DF_ASK_REFRESH] = "refresh",
    [DF_ASK_RETRY] = "retry",
    [DF_ASK_UNASKED] = "unasked",
};

/* Embeddings without a grave reason: so many at once, and so many a frame on average. */
static const double allowance_most = 10, allowance_a_frame = 0.04;
/* Of a track whose person is not known, so many looks are free. */
static const int free_tries = 4;
/* A frame counts as at most this long (seconds), however long the pause before it was. */
static const double frame_longest = 0.5;

struct df_identifier *df_identifier_create(const struct df_identifier_options *options)
{
  struct df_identifier *id = calloc(1, sizeof *id);
  if (!id)
    return NULL;
  id->options = *options;
  if (!(id->options.threshold > 0))
    id->options.threshold = 0.363f;
  if (!(id->options.fps > 0))
    id->options.fps = 25;
  id->allowance = allowance_most;
  df_seats_init(&id->seats, fmax(0, options->settle), options->swap);
  return id;
}

void df_identifier_destroy(struct df_identifier **id_ptr)
{
  struct df_identifier *id = *id_ptr;
  if (!id)
    return;
  df_assignment_finish(&id->assignment);
  free(id);
  *id_ptr = NULL;
}

int df_identifier_name(
    struct df_identifier *id, enum df_seat seat, const struct df_embedding *embedding)
{
  struct df_embedding unit = *embedding;
  df_embedding_normalise(&unit);
  if (unit.dimensions <= 0)
    return DF_EUSAGE;
  int person = id->seats.owner[seat];
  if (person == DF_NOBODY) {
    person = df_people_found(&id->people);
    assert(person != DF_NOBODY);
    id->people.slots[person].named = true;
    df_seats_take(&id->seats, &id->people, seat, person);
  }
  df_gallery_add(&id->people.slots[person].gallery, &unit, 1, true);
  return 0;
}

static void begin_frame(struct df_identifier *id, double t, bool cut)
{
  double frame = 1 / id->options.fps;
  if (!isfinite(t))
    t = id->begun ? id->t + frame : 0;
  id->dt = id->begun ? fmin(fmax(t - id->t, 0), frame_longest) : fmin(frame, frame_longest);
  id->t = t;
  id->begun = true;
  id->cut = cut;
  id->shot += cut;
  id->allowance = fmin(id->allowance + allowance_a_frame, allowance_most);
  id->revision_count = 0;
}

static void mark_visible(struct df_identifier *id)
{
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    id->people.slots[i].visible = false;
  for (int i = 0; i < DF_WATCHES; i++) {
    const struct df_watch *watch = &id->watches.watches[i];
    if (watch->track > 0 && watch->visible && watch->person != DF_NOBODY)
      id->people.slots[watch->person].visible = true;
  }
}

static bool is_grave(const struct df_watch *watch)
{
  bool young = watch->person == DF_NOBODY && watch->tries < free_tries;
  return young || watch->doubt == DF_ASK_CUT || watch->doubt == DF_ASK_CROSSED ||
         watch->doubt == DF_ASK_BORN || watch->doubt == DF_ASK_RETURNED;
}

/* Large and good faces first, those of seat owners before all; what has grave reasons before the rest. */
static double urgency(const struct df_identifier *id, const struct df_watch *watch)
{
  double picture = (double)id->options.picture_width * (double)id->options.picture_height;
  double share = (double)df_box_area(watch->box) / fmax(picture, 1);
  double value = fmin(sqrt(share), 1) * (double)(0.5f + watch->quality);
  if (watch->person != DF_NOBODY && id->people.slots[watch->person].seated)
    value += 2;
  return is_grave(watch) ? value + 4 : value;
}

static struct df_watch *most_urgent(struct df_identifier *id)
{
  struct df_watch *best = NULL;
  double most = -1;
  for (int i = 0; i < DF_WATCHES; i++) {
    struct df_watch *watch = &id->watches.watches[i];
    if (watch->track == 0 || !df_watch_wants(watch, id->t) || watch->asked_at >= id->frame)
      continue;
    if (!is_grave(watch) && id->allowance < 1)
      continue;
    double value = urgency(id, watch);
    if (value > most) {
      most = value;
      best = watch;
    }
  }
  return best;
}

int df_identifier_ask(struct df_identifier *id, double t, bool cut, const struct df_face *faces,
    const struct df_tracked *tracked, size_t count, struct df_ask ret_asks[DF_ASK_MAX])
{
  begin_frame(id, t, cut);
  id->count = count < DF_FRAME_FACES ? count : DF_FRAME_FACES;
  df_watches_observe(&id->watches, id->t, id->dt, cut, faces, tracked, id->count,
      id->options.picture_width, id->options.picture_height);
  mark_visible(id);
  id->frame++;
  int asked = 0;
  struct df_watch *watch;
  while (asked < DF_ASK_MAX && (watch = most_urgent(id))) {
    watch->asked_at = id->frame;
    id->allowance -= is_grave(watch) ? 0 : 1;
    watch->tries++;
    ret_asks[asked++] = (struct df_ask){
        .face = watch->face, .track = watch->track, .why = (enum df_ask_why)watch->doubt};
  }
  return asked;
}

static void revise(struct df_identifier *id, struct df_revision revision)
{
  if (id->revision_count < DF_REVISIONS_MAX)
    id->revisions[id->revision_count++] = revision;
}

/* Who one of two people that are one was told to be is the other from the first frame on. */
static void revise_person(struct df_identifier *id, int was, int person)
{
  revise(id, (struct df_revision){.was = was, .person = person});
  for (int i = 0; i < DF_WATCHES; i++)
    if (id->watches.watches[i].told == was)
      id->watches.watches[i].told = person;
}

int df_identifier_merge(struct df_identifier *id, int a, int b)
{
  int ids[] = {id->people.slots[a].id, id->people.slots[b].id};
  int kept = df_people_merge(&id->people, a, b), gone = kept == a ? b : a;
  revise_person(id, ids[kept == a], ids[kept != a]);
  for (int i = 0; i < DF_WATCHES; i++)
    if (id->watches.watches[i].person == gone)
      id->watches.watches[i].person = kept;
  for (int seat = 0; seat < DF_SEATS; seat++)
    if (id->seats.owner[seat] == gone)
      id->seats.owner[seat] = DF_NOBODY; /* the one who stays has a seat already */
  return kept;
}

/* A box as a share of the picture, at most 1. */
static double area_share(const struct df_identifier *id, struct df_box box)
{
  double picture = (double)id->options.picture_width * (double)id->options.picture_height;
  return fmin((double)df_box_area(box) / fmax(picture, 1), 1);
}

static void count_side(struct df_person *person, double x, double dt)
{
  if (!(person->dwell > 0))
    person->side = x < 0.5 ? DF_LEFT : DF_RIGHT;
  else if (x < 0.45)
    person->side = DF_LEFT;
  else if (x > 0.55)
    person->side = DF_RIGHT;
  person->side_time[person->side] += dt;
}

static void count_presence(struct df_identifier *id, const struct df_watch *watch, bool alone)
{
  struct df_person *person = &id->people.slots[watch->person];
  double width = fmax((double)id->options.picture_width, 1);
  double x = fmin(fmax((double)df_box_centre(watch->box).x / width, 0), 1);
  double area = area_share(id, watch->box);
  count_side(person, x, id->dt);
  person->dwell += id->dt;
  person->presence += id->dt * sqrt(area);
  person->area_sum += id->dt * area;
  person->x_sum += id->dt * x;
  if (!alone) {
    person->joint_time += id->dt;
    person->joint_x_sum += id->dt * x;
  }
  df_life_add(&person->life, &watch->life);
  person->seen_at = id->t;
  person->shot = id->shot;
  person->box = watch->box;
}

static void count_pair(
    struct df_identifier *id, const struct df_watch *watch, const struct df_watch *other)
{
  struct df_person *person = &id->people.slots[watch->person];
  person->together[other->person] += (float)id->dt;
  person->together_area[other->person] += (float)(id->dt * area_share(id, watch->box));
}

static void count_all(struct df_identifier *id)
{
  struct df_watch *here[DF_FRAME_FACES];
  size_t count = 0;
  for (int i = 0; i < DF_WATCHES && count < DF_FRAME_FACES; i++) {
    struct df_watch *watch = &id->watches.watches[i];
    if (watch->track > 0 && watch->visible && watch->person != DF_NOBODY)
      here[count++] = watch;
  }
  for (size_t i = 0; i < count; i++) {
    count_presence(id, here[i], count == 1);
    for (size_t j = 0; j < count; j++)
      if (i != j && !here[i]->in_contact && !here[j]->in_contact)
        count_pair(id, here[i], here[j]);
  }
}

static int id_of(const struct df_identifier *id, int slot)
{
  return slot == DF_NOBODY ? DF_NOBODY : id->people.slots[slot].id;
}

static void revise_track(struct df_identifier *id, struct df_watch *watch)
{
  int person = id_of(id, watch->person);
  if (watch->told != person)
    revise(
        id, (struct df_revision){.track = watch->track, .person = person, .since = watch->since});
  watch->told = person;
  if (watch->proven) {
    watch->since = id->t;
    watch->suspicion = 0;
    watch->proven = false;
  }
}

static void revise_tracks(struct df_identifier *id)
{
  for (int i = 0; i < DF_WATCHES; i++)
    if (id->watches.watches[i].track > 0 && id->watches.watches[i].visible)
      revise_track(id, &id->watches.watches[i]);
}

size_t df_identifier_revisions(
    const struct df_identifier *id, const struct df_revision **ret_revisions)
{
  *ret_revisions = id->revisions;
  return id->revision_count;
}

static void report(const struct df_identifier *id, struct df_identities *ret_identities)
{
  for (int i = 0; i < DF_FRAME_FACES; i++)
    ret_identities->person[i] = DF_NOBODY;
  for (int seat = 0; seat < DF_SEATS; seat++) {
    ret_identities->seat_person[seat] = id_of(id, id->seats.owner[seat]);
    ret_identities->seat_face[seat] = -1;
  }
  for (int i = 0; i < DF_WATCHES; i++) {
    const struct df_watch *watch = &id->watches.watches[i];
    if (watch->track == 0 || !watch->visible || watch->person == DF_NOBODY)
      continue;
    assert(ret_identities->person[watch->face] == DF_NOBODY);
    ret_identities->person[watch->face] = id_of(id, watch->person);
    for (int seat = 0; seat < DF_SEATS; seat++)
      if (id->seats.owner[seat] == watch->person)
        ret_identities->seat_face[seat] = (int)watch->face;
  }
}

int df_identifier_tell(struct df_identifier *id, const struct df_answer *answers, size_t count,
    struct df_identities *ret_identities)
{
  int result = df_identifier_decide(id, answers, count);
  if (result < 0)
    return result;
  mark_visible(id);
  result = df_identifier_continue(id);
  if (result < 0)
    return result;
  mark_visible(id);
  count_all(id);
  df_seats_update(&id->seats, &id->people, id->t);
  revise_tracks(id);
  report(id, ret_identities);
  return 0;
}

bool df_identifier_settled(const struct df_identifier *id)
{
  return id->seats.settled;
}

void df_identifier_seats(const struct df_identifier *id, int ret_person[DF_SEATS])
{
  int owner[DF_SEATS];
  df_seats_guess(&id->seats, &id->people, owner);
  for (int seat = 0; seat < DF_SEATS; seat++)
    ret_person[seat] = id_of(id, owner[seat]);
}

size_t df_identifier_people(const struct df_identifier *id)
{
  return (size_t)id->people.next_id;
}

void df_person_name(int person, char ret_name[8])
{
  if (person < 26)
    snprintf(ret_name, 8, "%c", 'A' + person);
  else
    snprintf(ret_name, 8, "P%u", ((unsigned)person + 1) % 1000000);
}

size_t df_identifier_switches(const struct df_identifier *id)
{
  return id->switches;
}
