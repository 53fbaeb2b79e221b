/*
 * Whether each half shows its own person, and whom else. Pure. What is measured is said in docs/eval.md.
 */
#ifndef DF_EVAL_HALVES_H
#define DF_EVAL_HALVES_H

#include "eval/record.h"

/** One half over the video; counts are of frames unless said otherwise. */
struct df_half_score {
  size_t asked;           /* its person can be seen */
  size_t right;           /* of these: and is the one that the half shows */
  size_t safe;            /* of these: and the face is in the safe area */
  size_t wrong;           /* of all: it shows the other half's person more than its own */
  size_t returns, missed; /* times that its person came back; and left again before it was shown */
  double delay, worst;    /* seconds until it was shown: sum over all returns, and the longest */
};

/** What a half shows at one frame: a part of the picture of that or, where it is frozen, an earlier one. */
struct df_shown {
  bool any, live; /* not black; the picture of this very frame */
  const struct df_record_frame *frame;
  struct df_box window;
};

/** Where the frames' pictures come from. Zero-initialise; give it every frame in order. */
struct df_showing {
  const struct df_record_frame *last[DF_SEATS]; /* that was not frozen */
};

struct df_shown df_showing_next(
    struct df_showing *showing, const struct df_record_frame *frame, enum df_seat seat);

/** Whether the half shows, live, the face of its own person, who can be seen. */
bool df_half_is_right(
    const struct df_record *record, const struct df_shown *shown, enum df_seat seat);
/** Whether it shows more of the face of the other half's person than of its own person's. */
bool df_half_is_wrong(
    const struct df_record *record, const struct df_shown *shown, enum df_seat seat);

/** Judges both halves. */
void df_halves_measure(const struct df_record *record, struct df_half_score ret_scores[DF_SEATS]);

#endif
