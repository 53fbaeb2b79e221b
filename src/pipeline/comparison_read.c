#include "pipeline/comparison_read.h"

#include <math.h>
#include <stdlib.h>

#include "pipeline/tracks.h"
#include "pipeline/truth.h"

_Static_assert((int)DF_FOUND_FACES_MAX == (int)DF_FACES_MAX, "all faces of a line");
_Static_assert((int)DF_NO_ID == (int)DF_NOBODY, "nobody is nobody");

/* Times of the same frame may differ by rounding, not by a frame of any video. */
static const double time_slack = 0.004;

struct reading {
  const char *truth_path, *tracks_path;
  struct df_record *record;
  struct df_truth_reader *truth;
  struct df_tracks_reader *tracks;
  struct df_truth_frame true_frame;
  struct df_tracks_frame found_frame;
  double truth_start, tracks_start;
  int *unknown; /* tracks without a person so far: the place is their id, less DF_PEOPLE_MAX */
  size_t unknown_count, unknown_room;
  struct df_error *err;
};

/* A new id for nobody known; `track` 0 is never found again. */
static int add_unknown(struct reading *r, int track, int *ret_id)
{
  if (r->unknown_count == r->unknown_room) {
    size_t room = r->unknown_room > 0 ? 2 * r->unknown_room : 64;
    int *larger = reallocarray(r->unknown, room, sizeof *larger);
    if (!larger)
      return df_fail(r->err, DF_ENOMEM, "out of memory");
    r->unknown = larger;
    r->unknown_room = room;
  }
  *ret_id = DF_PEOPLE_MAX + (int)r->unknown_count;
  r->unknown[r->unknown_count++] = track;
  return 0;
}

static int id_of(struct reading *r, const struct df_tracks_face *face, int *ret_id)
{
  *ret_id = face->person;
  if (face->person != DF_NOBODY)
    return 0;
  for (size_t i = r->unknown_count; i-- > 0 && face->track > 0;)
    if (r->unknown[i] == face->track) {
      *ret_id = DF_PEOPLE_MAX + (int)i;
      return 0;
    }
  return add_unknown(r, face->track, ret_id);
}

static struct df_box in_picture(const struct reading *r, struct df_box box)
{
  return df_box_intersect(
      box, (struct df_box){0, 0, (float)r->record->width, (float)r->record->height});
}

static int add_true(struct reading *r, struct df_true_face face)
{
  face.box = in_picture(r, face.box);
  if (!df_box_empty(face.box))
    return df_record_add_true(r->record, &face, r->err);
  return !face.asked
             ? 0
             : df_fail(r->err, DF_EINPUT,
                   "%s, frame %lld: \"%s\" is visible, but outside of the picture", r->truth_path,
                   (long long)r->true_frame.n, df_truth_header(r->truth)->faces[face.id].name);
}

static int add_faces(struct reading *r)
{
  int result = 0;
  for (size_t i = 0; i < r->true_frame.face_count && result == 0; i++)
    result = add_true(r, r->true_frame.faces[i]);
  for (size_t i = 0; i < r->found_frame.face_count && result == 0; i++) {
    struct df_found_face face = {.box = in_picture(r, r->found_frame.faces[i].face.box)};
    result = id_of(r, &r->found_frame.faces[i], &face.id);
    if (result == 0)
      result = df_record_add_found(r->record, &face, r->err);
  }
  return result;
}

static int add_frame(struct reading *r)
{
  if (r->record->frame_count == 0) {
    r->truth_start = r->true_frame.t;
    r->tracks_start = r->found_frame.t;
  }
  struct df_record_frame frame = {.t = r->true_frame.t - r->truth_start, .cut = r->true_frame.cut};
  double found = r->found_frame.t - r->tracks_start;
  if (r->found_frame.n != r->true_frame.n)
    return df_fail(r->err, DF_EINPUT, "%s: frame %lld stands where frame %lld should",
        r->tracks_path, (long long)r->found_frame.n, (long long)r->true_frame.n);
  if (!(fabs(frame.t - found) <= time_slack))
    return df_fail(r->err, DF_EINPUT,
        "frame %lld is at %.3f s in %s, but at %.3f s in %s; are they of the same video?",
        (long long)r->true_frame.n, frame.t, r->truth_path, found, r->tracks_path);
  if (r->record->frame_count > 0 && !(frame.t > r->record->frames[r->record->frame_count - 1].t))
    return df_fail(r->err, DF_EINPUT, "%s: frame %lld is not later than the one before it",
        r->truth_path, (long long)r->true_frame.n);
  for (enum df_seat s = 0; s < DF_SEATS; s++) {
    const struct df_tracks_seat *seat = &r->found_frame.seats[s];
    frame.halves[s] = (struct df_half){seat->seen, seat->face, seat->shot.window, seat->shot.state};
  }
  int result = add_faces(r);
  return result < 0 ? result : df_record_add_frame(r->record, &frame, r->err);
}

/* Reads a line of each: 1 when both have one; otherwise says which one has. */
static int read_both(struct reading *r, bool *ret_truth, bool *ret_tracks)
{
  int truth = df_truth_read(r->truth, &r->true_frame, r->err);
  int tracks = truth < 0 ? 0 : df_tracks_read(r->tracks, &r->found_frame, r->err);
  *ret_truth = truth > 0;
  *ret_tracks = tracks > 0;
  return truth < 0 ? truth : tracks < 0 ? tracks : truth && tracks;
}

/* Counts what the longer file still has, and says how long both are. */
static int refuse_lengths(struct reading *r, bool more_truth, bool more_tracks)
{
  size_t truth = r->record->frame_count, tracks = truth;
  bool more = true;
  int result = 1;
  truth += more_truth;
  tracks += more_tracks;
  while (result > 0 && more) {
    result = more_truth ? df_truth_read(r->truth, &r->true_frame, r->err)
                        : df_tracks_read(r->tracks, &r->found_frame, r->err);
    more = result > 0;
    truth += more && more_truth;
    tracks += more && more_tracks;
  }
  if (result < 0)
    return result;
  return df_fail(r->err, DF_EINPUT,
      "%s has %zu frames, but %s has %zu; --partial compares those that both have", r->truth_path,
      truth, r->tracks_path, tracks);
}

static int read_frames(struct reading *r, bool partial)
{
  bool more_truth = false, more_tracks = false;
  int result = read_both(r, &more_truth, &more_tracks);
  while (result > 0) {
    result = add_frame(r);
    if (result == 0)
      result = read_both(r, &more_truth, &more_tracks);
  }
  if (result == 0 && more_truth != more_tracks && !partial)
    return refuse_lengths(r, more_truth, more_tracks);
  if (result == 0 && r->record->frame_count == 0)
    return df_fail(
        r->err, DF_EINPUT, "%s and %s have no frame in common", r->truth_path, r->tracks_path);
  return result;
}

static int read_headers(struct reading *r)
{
  struct df_tracks_header tracks;
  int result = df_truth_open(r->truth_path, &r->truth, r->err);
  if (result == 0)
    result = df_tracks_open(r->tracks_path, &r->tracks, &tracks, r->err);
  if (result < 0)
    return result;
  const struct df_truth_header *truth = df_truth_header(r->truth);
  if (truth->width != tracks.width || truth->height != tracks.height)
    return df_fail(r->err, DF_EINPUT,
        "%s is of a picture of %dx%d, but %s of %dx%d; are they of the same video?", r->truth_path,
        truth->width, truth->height, r->tracks_path, tracks.width, tracks.height);
  r->record->width = truth->width;
  r->record->height = truth->height;
  for (enum df_seat s = 0; s < DF_SEATS; s++)
    r->record->seat_id[s] = truth->seat_id[s];
  return 0;
}

int df_comparison_read(const char *truth, const char *tracks, bool partial,
    struct df_record *ret_record, struct df_error *err)
{
  *ret_record = (struct df_record){0};
  struct reading *r = calloc(1, sizeof *r);
  if (!r)
    return df_fail(err, DF_ENOMEM, "out of memory");
  r->truth_path = truth;
  r->tracks_path = tracks;
  r->record = ret_record;
  r->err = err;
  int result = read_headers(r);
  if (result == 0)
    result = read_frames(r, partial);
  df_truth_close(&r->truth);
  df_tracks_close(&r->tracks);
  free(r->unknown);
  free(r);
  return result;
}
