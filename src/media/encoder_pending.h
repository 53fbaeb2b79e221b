/*
 * What is inside an encoder that may fail: the pictures whose packets cannot be handed on yet, kept so that
 * another encoder can take them. Internal to media/. One thread.
 *
 * A packet is held until all pictures that are shown before its own have come out too. What has been handed on
 * is then always a whole beginning of the video, after which any encoder can go on with a key frame.
 */
#ifndef DF_MEDIA_ENCODER_PENDING_H
#define DF_MEDIA_ENCODER_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "frame/picture.h"

struct AVPacket;
struct df_pending;

/** NULL when memory runs out. */
struct df_pending *df_pending_create(void);
void df_pending_destroy(struct df_pending **pending);

/** Adds a picture, later than all before, with a reference of its own. 0 or DF_ENOMEM. */
int df_pending_add(struct df_pending *pending, struct df_picture *picture);

/** Pictures whose packets were not released, oldest first; borrowed. */
size_t df_pending_count(const struct df_pending *pending);
struct df_picture *df_pending_at(const struct df_pending *pending, size_t i);

/** Takes what is in `packet` (blank afterwards), made of one of the pictures by its pts. DF_ENOMEM, or
 * DF_ELIBRARY when it was made of none. */
int df_pending_hold(struct df_pending *pending, struct AVPacket *packet, struct df_error *err);

/** Gives the next packet that may be handed on, in `packet` (blank), the caller's; false: none yet. */
bool df_pending_release(struct df_pending *pending, struct AVPacket *packet);

/** Forgets packets that may not be handed on yet: their pictures are encoded anew. */
void df_pending_forget(struct df_pending *pending);

#endif
