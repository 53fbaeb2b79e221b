/*
 * What is remembered of a track, and what makes its identity doubtful. A watch holds who the track is
 * thought to be; motion keeps that answer until a doubt has been settled by an embedding. Internal to
 * person/. Pure.
 */
#ifndef DF_PERSON_WATCH_H
#define DF_PERSON_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/embedding.h"
#include "base/geometry.h"
#include "person/identifier.h"
#include "person/liveliness.h"

enum { DF_WATCHES = 192, DF_NO_DOUBT = -1 };

struct df_watch {
  int track; /* 0: this watch is free */
  /* What is seen. */
  bool visible, was_visible; /* in this frame, in the one before */
  size_t face;               /* valid where visible */
  struct df_box box;
  float score, usual_score;
  float quality; /* of this frame's face, before sharpness is known */
  struct df_liveliness liveliness;
  struct df_life life; /* of this frame */
  double born_at, seen_at, seen_time;
  bool in_contact; /* close to the face of track `partner` */
  int partner;
  /* Who it is. */
  int person;      /* slot or DF_NOBODY */
  bool sure;       /* an embedding has settled it */
  bool eventful;   /* since then something happened that can exchange tracks */
  double since;    /* when that most likely was: what holds now is taken to hold from there on */
  float suspicion; /* how likely it was then, to compare with what comes */
  bool proven;     /* in this frame; what happened before it matters no more after it */
  int told;        /* id of the person that was last told of, or DF_NOBODY */
  /* The doubt: enum df_ask_why or DF_NO_DOUBT. */
  int doubt;
  double doubt_since, ask_at, backoff;
  double settled_at, refresh_at, refresh_interval;
  long asked_at;                    /* frame of the last question */
  double calm_until, calm_interval; /* mild doubts wait this long after one that was unfounded */
  /* Evidence gathered while nothing is settled. */
  int tries;      /* times asked */
  int looks;      /* usable embeddings so far */
  int grey_looks; /* that were like nobody enough and like somebody too much */
  int denials;    /* that were unlike `person` */
  double denied_since, contested_since; /* < 0: not */
  int vote; /* slot that the last look spoke for against `person`, or DF_NOBODY */
  float look_quality;
  struct df_embedding look; /* the best of those looks; dimensions 0: none */
};

struct df_watches {
  struct df_watch watches[DF_WATCHES];
};

/**
 * Takes in a frame: finds or begins the watch of every tracked face (at most 64), forgets tracks not seen
 * for long, and raises the doubts that what is seen gives reason for. At a cut all tracks are new.
 */
void df_watches_observe(struct df_watches *watches, double t, double dt, bool cut,
    const struct df_face *faces, const struct df_tracked *tracked, size_t count, float width,
    float height);

/** The watch of a track that is visible in this frame, or NULL. */
struct df_watch *df_watches_find(struct df_watches *watches, int track);

/** The visible watch that holds `person`, or NULL. */
struct df_watch *df_watches_holder(struct df_watches *watches, int person);

/** Makes the watch doubtful from `t` on, unless a graver doubt is pending. */
void df_watch_doubt(struct df_watch *watch, enum df_ask_why why, double t);

/** Whether the face should be embedded in this frame: in doubt, due, and good enough for how long it waits. */
bool df_watch_wants(const struct df_watch *watch, double t);

/** The doubt stays after an answer: asks again later, each time waiting longer. */
void df_watch_retry(struct df_watch *watch, double t);

/** The same after an answer that was of no use at all: waits longer. */
void df_watch_retry_late(struct df_watch *watch, double t);

/**
 * The doubt is settled. `proven`: by an embedding that leaves none. `learns`: the person's gallery is still
 * thin, so the next look is taken soon, the ones after it at growing intervals.
 */
void df_watch_settle(struct df_watch *watch, double t, bool proven, bool learns);

/** Gives the track to a person (or nobody) and forgets the evidence about the one before. */
void df_watch_assign(struct df_watch *watch, int person, bool sure);

#endif
