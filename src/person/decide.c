/*
 * Who the embedded faces of a frame are: a joint, exclusive assignment of looks to people, then for each
 * look what follows from it. Motion's answer has the benefit of the doubt: it is overruled only by a look
 * that is clearly more like somebody else.
 */
#include <assert.h>
#include <math.h>

#include "person/internal.h"
#include "person/quality.h"

/* Cosines, added to the threshold. */
static const float poor_extra = 0.05f;      /* needed of a poor look */
static const float expected_extra = -0.06f; /* enough for a seat owner who is missed */
static const float place_extra = -0.12f; /* enough for somebody who was last seen at this place */
static const float kept_extra = -0.12f;  /* enough for whom motion says */
static const float grey_extra = -0.1f;   /* from here on a stranger may be somebody known */
static const float sure_extra = 0.05f;   /* leaves no doubt, given the gap */
static const float teach_extra = 0.12f;  /* may enlarge the gallery, given the gap */
static const float twin_extra = 0.15f;   /* two people are one */
static const float sure_gap = 0.1f, teach_gap = 0.15f;
/* What motion's answer is worth, by how much it can be trusted. */
static const float trust_steady = 0.2f, trust_unsure = 0.1f, trust_eventful = 0.05f;

/* Seconds and counts. */
static const double stranger_after =
    1.5;                              /* somebody who may be known is taken for new after this */
static const double poor_after = 1.0; /* poor looks begin a gallery after this */
static const double denial_span = 1.0;
static const double contest_span = 1.0;
enum { DENIALS = 3, GREY_LOOKS = 3, THIN_GALLERY = 4 };

struct look {
  struct df_watch *watch;
  const struct df_embedding *embedding;
  float quality;
  float match[DF_PEOPLE_MAX]; /* -1 for slots without gallery */
  int given;                  /* by the joint assignment: slot or DF_NOBODY */
};

/* The best match, `but` left out. */
static float best_match(const struct look *look, int but, int *ret_person)
{
  float best = -1;
  int person = DF_NOBODY;
  for (int i = 0; i < DF_PEOPLE_MAX; i++)
    if (i != but && look->match[i] > best) {
      best = look->match[i];
      person = i;
    }
  if (ret_person)
    *ret_person = person;
  return best;
}

static bool is_looked_at(const struct look *looks, size_t count, const struct df_watch *watch)
{
  for (size_t i = 0; i < count; i++)
    if (looks[i].watch == watch)
      return true;
  return false;
}

/* The visible track that holds the person and is not in question in this frame. */
static struct df_watch *silent_holder(
    struct df_identifier *id, const struct look *looks, size_t count, int person)
{
  struct df_watch *holder = df_watches_holder(&id->watches, person);
  return holder && !is_looked_at(looks, count, holder) ? holder : NULL;
}

static float trust(const struct df_watch *watch)
{
  return watch->eventful ? trust_eventful : watch->sure ? trust_steady : trust_unsure;
}

/* Whether the person has a seat or, while none have been given, may get one. */
static bool is_candidate(const struct df_identifier *id, int person)
{
  return id->people.slots[person].seated || !id->seats.settled;
}

/* An absent seat owner is expected: a good look may be a little less like him than the threshold asks. */
static bool is_expected(const struct df_identifier *id, const struct look *look, int person)
{
  const struct df_person *p = &id->people.slots[person];
  return is_candidate(id, person) && !p->visible && look->watch->person == DF_NOBODY &&
         look->quality >= DF_QUALITY_GOOD &&
         look->match[person] - best_match(look, person, NULL) >= teach_gap;
}

/* Whether an absent person was last seen, in this shot, where a new track is now and as large. */
static bool is_where_left(const struct df_identifier *id, const struct look *look, int person)
{
  const struct df_person *p = &id->people.slots[person];
  const struct df_watch *watch = look->watch;
  if (p->visible || p->shot != id->shot || watch->person != DF_NOBODY)
    return false;
  struct df_point a = df_box_centre(watch->box), b = df_box_centre(p->box);
  float growth = watch->box.w / p->box.w;
  return fabsf(a.x - b.x) < p->box.w && fabsf(a.y - b.y) < p->box.h && growth < 1.5f &&
         growth > 1 / 1.5f;
}

/* How much speaks for this look being that person, or -1 where too little does. */
static float claim(const struct df_identifier *id, const struct look *look, int person)
{
  float threshold = id->options.threshold, match = look->match[person];
  const struct df_person *p = &id->people.slots[person];
  if (look->watch->person == person) {
    if (p->gallery.count == 0)
      return threshold + trust(look->watch);
    return match >= threshold + kept_extra ? match + trust(look->watch) : -1;
  }
  float needed = threshold;
  if (is_where_left(id, look, person))
    needed += place_extra;
  else if (look->quality < DF_QUALITY_GOOD)
    needed += poor_extra;
  else if (is_expected(id, look, person))
    needed += expected_extra;
  return match >= needed ? match : -1;
}

static int assign(struct df_identifier *id, struct look *looks, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    for (int p = 0; p < DF_PEOPLE_MAX; p++) {
      double *cost = &id->cost[i * DF_PEOPLE_MAX + (size_t)p];
      *cost = INFINITY;
      if (!id->people.slots[p].known || silent_holder(id, looks, count, p))
        continue;
      float value = claim(id, &looks[i], p);
      if (value >= 0)
        *cost = 1 - (double)value;
    }
  }
  int column_of[DF_ASK_MAX];
  double limit = 1 - (double)(id->options.threshold + kept_extra);
  int result =
      df_assignment_solve(&id->assignment, id->cost, count, DF_PEOPLE_MAX, limit, column_of);
  if (result < 0)
    return result;
  for (size_t i = 0; i < count; i++)
    looks[i].given = column_of[i];
  return 0;
}

static void teach(struct df_identifier *id, const struct look *look, int person)
{
  df_gallery_add(&id->people.slots[person].gallery, look->embedding, look->quality, false);
  int twin = df_people_twin(&id->people, person, id->options.threshold + twin_extra);
  if (twin != DF_NOBODY)
    df_identifier_merge(id, person, twin);
}

static void settle(struct df_identifier *id, struct df_watch *watch, bool proven)
{
  bool thin = id->people.slots[watch->person].gallery.count < THIN_GALLERY;
  df_watch_settle(watch, id->t, proven, thin);
}

/* The first good look at a person who was founded without one. */
static bool adopt(struct df_identifier *id, const struct look *look, int person)
{
  if (look->quality < DF_QUALITY_GOOD && look->watch->seen_time < poor_after)
    return false;
  settle(id, look->watch, true);
  teach(id, look, person);
  return true;
}

/*
 * A good look that is clearly like two people says that they are one, founded apart on bad views. Returns
 * the slot that stays.
 */
static int bridge(struct df_identifier *id, const struct look *look, int person)
{
  int other;
  float least = id->options.threshold + teach_extra;
  float match = best_match(look, person, &other);
  if (other == DF_NOBODY || !id->people.slots[other].known || look->quality < DF_QUALITY_GOOD ||
      look->match[person] < least || match < least || id->people.slots[other].visible ||
      df_people_distinct(&id->people, person, other))
    return person;
  const struct df_person *a = &id->people.slots[person], *b = &id->people.slots[other];
  if ((a->named && b->named) || (a->seated && b->seated))
    return person;
  return df_identifier_merge(id, person, other);
}

/* The look agrees with the person: learn what can be learnt, and see whether any doubt is left. */
static void agree(struct df_identifier *id, const struct look *look, int person)
{
  struct df_watch *watch = look->watch;
  float threshold = id->options.threshold, match = look->match[person];
  if (id->people.slots[person].gallery.count == 0) {
    if (!adopt(id, look, person))
      df_watch_retry(watch, id->t);
    return;
  }
  int kept = bridge(id, look, person);
  if (kept != person) {
    settle(id, watch, true);
    return;
  }
  float gap = match - best_match(look, person, NULL);
  bool steady = watch->sure && !watch->eventful;
  bool proven = match >= threshold + sure_extra && gap >= sure_gap;
  bool teaches = look->quality >= DF_QUALITY_GOOD && gap >= teach_gap &&
                 match >= threshold + (steady ? 0 : teach_extra);
  if (proven || steady)
    settle(id, watch, proven);
  else
    df_watch_retry(watch, id->t);
  if (teaches)
    teach(id, look, person);
}

static bool is_seated(const struct df_identifier *id, int person)
{
  return person != DF_NOBODY && id->people.slots[person].seated;
}

static void move(struct df_identifier *id, struct df_watch *watch, int person)
{
  if (is_seated(id, watch->person))
    id->switches++;
  df_watch_assign(watch, person, false);
  if (person != DF_NOBODY)
    id->people.slots[person].visible = true;
}

/* The track is more like somebody else. One such look is enough after an event, two are without. */
static void overrule(struct df_identifier *id, const struct look *look)
{
  struct df_watch *watch = look->watch;
  int person = look->given;
  if (!watch->eventful && watch->vote != person) {
    watch->vote = person;
    df_watch_retry(watch, id->t);
    return;
  }
  int before = watch->person;
  if (id->people.slots[before].gallery.count == 0 &&
      !df_people_distinct(&id->people, before, person)) {
    /* Founded by place alone: it was this person all the time. */
    df_identifier_merge(id, before, person);
    settle(id, watch, true);
    return;
  }
  move(id, watch, person);
  agree(id, look, person);
}

/* Whether all that is known of the track's person are bad views of this very track. */
static bool is_known_badly(const struct df_identifier *id, const struct df_watch *watch)
{
  const struct df_person *person = &id->people.slots[watch->person];
  for (int i = 0; i < person->gallery.count; i++)
    if (person->gallery.exemplars[i].quality >= DF_QUALITY_GOOD)
      return false;
  return person->dwell <= watch->seen_time + id->dt;
}

static bool is_given(const struct look *looks, size_t count, int person)
{
  for (size_t i = 0; i < count; i++)
    if (looks[i].given == person)
      return true;
  return false;
}

/* The track is unlike its person and like nobody else who is free. */
static void deny(
    struct df_identifier *id, const struct look *looks, size_t count, const struct look *look)
{
  struct df_watch *watch = look->watch;
  if (look->quality >= DF_QUALITY_GOOD && !watch->eventful && !watch->in_contact &&
      is_known_badly(id, watch) && !is_given(looks, count, watch->person)) {
    /* Founded while half a face could be seen: now it is known what this person looks like. */
    id->people.slots[watch->person].gallery.count = 0;
    adopt(id, look, watch->person);
    return;
  }
  if (!watch->eventful && watch->sure) {
    settle(id, watch, false); /* an unbroken track does not change its person */
    return;
  }
  bool counts = look->quality >= DF_QUALITY_GOOD && !watch->in_contact;
  if (counts && watch->denials++ == 0)
    watch->denied_since = id->t;
  if (watch->denials >= DENIALS && id->t - watch->denied_since >= denial_span)
    move(id, watch, DF_NOBODY);
  df_watch_retry(watch, id->t);
}

static void remember_look(struct df_watch *watch, const struct look *look)
{
  if (watch->look.dimensions > 0 && watch->look_quality > look->quality)
    return;
  watch->look = *look->embedding;
  watch->look_quality = look->quality;
}

/* Whether every person with a gallery is seen elsewhere, so that a newcomer can be none of them. */
static bool all_others_present(const struct df_identifier *id)
{
  for (int i = 0; i < DF_PEOPLE_MAX; i++) {
    const struct df_person *p = &id->people.slots[i];
    if (p->known && p->gallery.count > 0 && !p->visible)
      return false;
  }
  return true;
}

/* Somebody who cannot be anybody known, or two looks that agree, or a face that was there for long. */
static bool is_found_credible(const struct df_identifier *id, const struct look *look)
{
  const struct df_watch *watch = look->watch;
  if (all_others_present(id) || watch->seen_time >= stranger_after)
    return true;
  if (look->quality < DF_QUALITY_GOOD && watch->seen_time < poor_after)
    return false;
  return watch->look.dimensions > 0 &&
         df_embedding_cosine(&watch->look, look->embedding) >= id->options.threshold;
}

static void found(struct df_identifier *id, const struct look *look)
{
  struct df_watch *watch = look->watch;
  int person = df_people_found(&id->people);
  if (person == DF_NOBODY) {
    df_watch_retry(watch, id->t);
    return;
  }
  struct df_person *p = &id->people.slots[person];
  p->visible = true;
  df_gallery_add(&p->gallery, look->embedding, look->quality, false);
  if (watch->look.dimensions > 0)
    df_gallery_add(&p->gallery, &watch->look, watch->look_quality, false);
  df_watch_assign(watch, person, look->quality >= DF_QUALITY_GOOD);
  settle(id, watch, look->quality >= DF_QUALITY_GOOD);
}

/*
 * Somebody else's track holds the person this look is like: that track is asked about next, together with
 * this one. Returns true while that is not settled.
 */
static bool contest(
    struct df_identifier *id, const struct look *look, struct df_watch *holder, float match)
{
  struct df_watch *watch = look->watch;
  bool first = watch->contested_since < 0;
  if (first)
    watch->contested_since = id->t;
  if (id->t - watch->contested_since >= contest_span) {
    if (holder->sure && !holder->eventful)
      return false; /* seen side by side for so long, they are two */
    if (match >= id->options.threshold + twin_extra) {
      int person = holder->person;
      move(id, holder, DF_NOBODY);
      df_watch_doubt(holder, DF_ASK_UNSURE, id->t);
      move(id, watch, person);
      settle(id, watch, true);
      return true;
    }
  }
  df_watch_doubt(holder, DF_ASK_UNSURE, id->t);
  df_watch_retry(watch, id->t);
  if (first) /* both in the next frame, so that they are decided together */
    holder->ask_at = watch->ask_at = id->t;
  return true;
}

/*
 * Enough has been seen of somebody who is a little like an absent person. At a table of two it is likelier
 * a bad view of a seat's owner than a stranger; the track holds him loosely.
 */
static void presume(struct df_identifier *id, const struct look *look, int person)
{
  if (is_candidate(id, person) &&
      look->match[person] - best_match(look, person, NULL) >= sure_gap) {
    move(id, look->watch, person);
    df_watch_retry(look->watch, id->t);
  } else if (is_found_credible(id, look)) {
    found(id, look);
  } else {
    df_watch_retry(look->watch, id->t);
  }
}

/* A track without person whose look was given to nobody: somebody new, or somebody seen badly. */
static void meet(
    struct df_identifier *id, const struct look *looks, size_t count, const struct look *look)
{
  struct df_watch *watch = look->watch;
  float threshold = id->options.threshold;
  int person;
  float match = best_match(look, DF_NOBODY, &person);
  bool grey = match >= threshold + grey_extra;
  struct df_watch *holder = grey ? silent_holder(id, looks, count, person) : NULL;
  if (holder && match >= threshold + sure_extra && contest(id, look, holder, match))
    return;
  bool absent = grey && !df_watches_holder(&id->watches, person);
  if (absent && watch->grey_looks++ >= GREY_LOOKS && watch->seen_time >= stranger_after)
    presume(id, look, person);
  else if (!absent && is_found_credible(id, look))
    found(id, look);
  else
    df_watch_retry(watch, id->t);
  if (watch->person == DF_NOBODY)
    remember_look(watch, look);
}

static void apply(
    struct df_identifier *id, const struct look *looks, size_t count, const struct look *look)
{
  int held = look->watch->person;
  if (look->given == DF_NOBODY && held == DF_NOBODY) {
    meet(id, looks, count, look);
  } else if (look->given == DF_NOBODY) {
    deny(id, looks, count, look);
  } else if (look->given == held) {
    agree(id, look, held);
  } else if (held == DF_NOBODY) {
    move(id, look->watch, look->given);
    agree(id, look, look->given);
  } else {
    overrule(id, look);
  }
}

/* Two tracks may now claim one person: whom the look spoke for keeps it, else the surer one. */
static void make_exclusive(struct df_identifier *id, const struct look *looks, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    struct df_watch *mine = looks[i].watch;
    if (mine->person == DF_NOBODY)
      continue;
    for (int w = 0; w < DF_WATCHES; w++) {
      struct df_watch *other = &id->watches.watches[w];
      if (other == mine || other->track == 0 || !other->visible || other->person != mine->person)
        continue;
      struct df_watch *loser = looks[i].given == mine->person ? other : mine;
      move(id, loser, DF_NOBODY);
      df_watch_retry(loser, id->t);
      if (loser == mine)
        break;
    }
  }
}

/* Pairs the answers with the tracks of this frame; what cannot be used is asked again. */
static size_t take_looks(struct df_identifier *id, const struct df_answer *answers, size_t count,
    struct df_embedding *embeddings, struct look *looks)
{
  size_t used = 0;
  for (size_t i = 0; i < count && used < DF_ASK_MAX; i++) {
    struct df_watch *watch = df_watches_find(&id->watches, answers[i].track);
    if (!watch || is_looked_at(looks, used, watch))
      continue;
    if (answers[i].later) {
      watch->tries--;
      continue;
    }
    embeddings[used] = answers[i].embedding;
    df_embedding_normalise(&embeddings[used]);
    if (embeddings[used].dimensions <= 0) {
      id->unusable += id->unusable < 1000;
      df_watch_retry_late(watch, id->t);
      continue;
    }
    id->usable += id->usable < 1000;
    float quality = df_look_quality(watch->quality, watch->box.w, answers[i].sharpness);
    if (quality < DF_QUALITY_LEAST) { /* too blurred to say anything */
      df_watch_retry_late(watch, id->t);
      continue;
    }
    watch->looks++;
    looks[used] = (struct look){
        .watch = watch, .embedding = &embeddings[used], .quality = quality, .given = DF_NOBODY};
    used++;
  }
  return used;
}

static void match_all(const struct df_identifier *id, struct look *looks, size_t count)
{
  for (size_t i = 0; i < count; i++)
    for (int p = 0; p < DF_PEOPLE_MAX; p++)
      looks[i].match[p] = id->people.slots[p].known
                              ? df_gallery_match(&id->people.slots[p].gallery, looks[i].embedding)
                              : -1;
}

/* Whom the looks were given to is in this frame, so nobody may be joined with him or take his slot. */
static void mark_given(struct df_identifier *id, const struct look *looks, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (looks[i].given != DF_NOBODY)
      id->people.slots[looks[i].given].visible = true;
}

int df_identifier_decide(struct df_identifier *id, const struct df_answer *answers, size_t count)
{
  struct df_embedding embeddings[DF_ASK_MAX];
  struct look looks[DF_ASK_MAX];
  size_t used = take_looks(id, answers, count, embeddings, looks);
  match_all(id, looks, used);
  int result = assign(id, looks, used);
  if (result < 0)
    return result;
  mark_given(id, looks, used);
  for (size_t i = 0; i < used; i++) {
    match_all(id, &looks[i], 1); /* the look before may have joined or founded people */
    apply(id, looks, used, &looks[i]);
  }
  make_exclusive(id, looks, used);
  return 0;
}
