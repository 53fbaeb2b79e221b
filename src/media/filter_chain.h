/*
 * A chain of FFmpeg's filters from one kind of picture to another. libavfilter is opened when the first chain
 * is made: few videos need one, and it brings some thirty libraries along.
 */
#ifndef DF_MEDIA_FILTER_CHAIN_H
#define DF_MEDIA_FILTER_CHAIN_H

#include <libavutil/pixfmt.h>
#include <libavutil/rational.h>
#include <stdbool.h>

#include "base/error.h"
#include "frame/picture.h"

struct AVFrame;
struct df_filter_chain;

struct df_filter_chain_options {
  const char *filters; /* as on ffmpeg's command line, one input and one output */
  const char *what;    /* for errors: "tone mapping" */
  enum AVPixelFormat format;
  int width, height;
  AVRational time_base;
  const struct df_colour *colour; /* the frames' tags; NULL: they have none */
  int threads;                    /* 0: as FFmpeg chooses */
};

/**
 * Whether this machine's FFmpeg has the filter. DF_EMISSING in `err` (may be NULL) where libavfilter itself
 * cannot be opened.
 */
bool df_filter_known(const char *name, struct df_error *err);

/** libavfilter's version as FFmpeg codes it, 0 where it cannot be opened. */
unsigned df_filter_version(void);

/** DF_EMISSING where libavfilter cannot be opened, DF_ELIBRARY with FFmpeg's reason, DF_ENOMEM. */
int df_filter_chain_create(const struct df_filter_chain_options *options,
    struct df_filter_chain **ret_chain, struct df_error *err);
void df_filter_chain_destroy(struct df_filter_chain **chain);

/** Gives a frame (taken: blank afterwards) or NULL at the end. */
int df_filter_chain_send(
    struct df_filter_chain *chain, struct AVFrame *frame, struct df_error *err);

/** 1 with the next frame in `frame` (blank before), 0 when it wants more or is done. */
int df_filter_chain_receive(
    struct df_filter_chain *chain, struct AVFrame *frame, struct df_error *err);

/** The unit of the frames' times that come out. */
AVRational df_filter_chain_time_base(const struct df_filter_chain *chain);

#endif
