/*
 * Who is who: keeps a gallery of embeddings a person, asks for an embedding only when a track's identity
 * is in doubt, and says for each tracked face which person it is and which seat that person has.
 *
 * Pure: no pixels, clock, threads or I/O. A frame takes two calls: df_identifier_ask says which faces it
 * wants embedded and why, df_identifier_tell takes the answers and decides. Same observations in, same
 * identities out, bit for bit.
 *
 * It asks when a track is born or returns, when two faces cross, when a track jumps, loses confidence or
 * changes size oddly, after a cut, and now and then to keep the gallery fresh; never for profile,
 * overlapped, tiny or doubtful faces. Assignment to people is joint and exclusive: two faces of one frame
 * are never one person.
 *
 * Seats: the two people with the most presence get the two seats, each on the side where it spent most of
 * the first seconds (averaged, minimum dwell, 10 % hysteresis). From the moment a seat has been given it
 * belongs to the person: never again by position, only by identity. A picture on a wall that was mistaken for
 * a person gives it up to somebody who is alive.
 */
#ifndef DF_PERSON_IDENTIFIER_H
#define DF_PERSON_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/embedding.h"
#include "base/geometry.h"
#include "base/seat.h"
#include "track/tracker.h"

enum { DF_ASK_MAX = 8, DF_PEOPLE_MAX = 64, DF_NOBODY = -1 };

/** Why an embedding was asked for. */
enum df_ask_why {
  DF_ASK_BORN,
  DF_ASK_RETURNED,
  DF_ASK_CROSSED,
  DF_ASK_JUMPED,
  DF_ASK_UNSURE,
  DF_ASK_RESIZED,
  DF_ASK_CUT,
  DF_ASK_REFRESH,
  DF_ASK_RETRY,   /* an earlier question got no usable answer or left a doubt */
  DF_ASK_UNASKED, /* never asked: kept in a log for who decides in another way */
  DF_ASK_WHYS
};
/** Their names ("born", ...), indexed by enum df_ask_why. */
extern const char *const df_ask_why_names[DF_ASK_WHYS];

/** A face to embed: faces[face] of the frame, of track `track`. */
struct df_ask {
  size_t face;
  int track;
  enum df_ask_why why;
};

/** The answer to an ask; embedding.dimensions 0 says that none could be made. */
struct df_answer {
  size_t face;
  int track;
  enum df_ask_why why;
  float
      sharpness; /* of the aligned face: standard deviation of its Laplacian, grey levels; 0 unknown */
  bool later;    /* a log that has no answer for this frame: to be asked again in the next one */
  struct df_embedding embedding;
};

struct df_identifier_options {
  float picture_width, picture_height; /* displayed pixels */
  float threshold; /* cosine at and above which two faces are one person; 0: 0.363 */
  double fps;      /* nominal frames a second; 0: 25 */
  double settle; /* seconds over which the first seats are averaged; 0: they are given on the first
                          frame with a usable face */
  bool swap;     /* left and right exchanged when seats are given by position */
};

/** What is known of the faces of a frame. */
struct df_identities {
  int person[64];            /* for each face of the frame: index of the person or DF_NOBODY */
  int seat_person[DF_SEATS]; /* who has the seat, DF_NOBODY while nobody has */
  int seat_face[DF_SEATS];   /* which face of this frame sits there, -1 when not seen */
};

/** What an earlier frame was told that is known better now. */
struct df_revision {
  int track;    /* whose faces; 0: those of every track that were told to be person `was` */
  int was;      /* of a whole person only */
  int person;   /* who they are, or DF_NOBODY */
  double since; /* of a track only: in frames from this time on */
};

enum { DF_REVISIONS_MAX = 128 };

struct df_identifier;

/** NULL when memory runs out. */
struct df_identifier *df_identifier_create(const struct df_identifier_options *options);
void df_identifier_destroy(struct df_identifier **identifier);

/**
 * Names the person of a seat by an embedding of a photo, before the first frame; may be called more than
 * once a seat. That seat then waits for this person and is given to nobody else. A seat without photo
 * takes whoever of the others has most presence. 0, or DF_EUSAGE when the embedding is none.
 */
int df_identifier_name(
    struct df_identifier *identifier, enum df_seat seat, const struct df_embedding *embedding);

/**
 * Begins a frame. `faces` and `tracked` are the frame's, at most 64 (borrowed until df_identifier_tell
 * returns), `t` its time in seconds, `cut` whether a new shot begins with it. Writes at most DF_ASK_MAX
 * questions and returns how many, or DF_ENOMEM.
 */
int df_identifier_ask(struct df_identifier *identifier, double t, bool cut,
    const struct df_face *faces, const struct df_tracked *tracked, size_t count,
    struct df_ask ret_asks[DF_ASK_MAX]);

/** Ends the frame with the answers, in the order of the questions. 0 or DF_ENOMEM. */
int df_identifier_tell(struct df_identifier *identifier, const struct df_answer *answers,
    size_t count, struct df_identities *ret_identities);

/**
 * What the last tell changed about frames told before: a caller that still has some corrects them, in this order.
 * Where a track becomes a person whom an other face of such a frame is, that other face stays it. Borrowed until
 * the next ask.
 */
size_t df_identifier_revisions(
    const struct df_identifier *identifier, const struct df_revision **ret_revisions);

/**
 * How far identities may still change for frames already told: while the first seats are being averaged
 * (`settle`), false; once both seats are given or the time is up, true. Before that a caller that can
 * wait holds frames back and asks df_identifier_seats when it must show them.
 */
bool df_identifier_settled(const struct df_identifier *identifier);

/** Who has the seats now (what the tells of unsettled frames would say had they known). */
void df_identifier_seats(const struct df_identifier *identifier, int ret_person[DF_SEATS]);

/**
 * How many people have been told apart so far; person i is called by the letter df_person_name gives. An
 * index is never used for another person; two that proved to be one go on under one of their indices.
 */
size_t df_identifier_people(const struct df_identifier *identifier);

/** "A".."Z", "P27", ...; writes at most 8 bytes. */
void df_person_name(int person, char ret_name[8]);

/** Seat owners whose face was found to be another person and changed, so far (identity switches). */
size_t df_identifier_switches(const struct df_identifier *identifier);

#endif
