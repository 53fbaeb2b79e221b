/*
 * The model manifest: which model files there are, what they expect and what they return, so that another
 * detector or embedder of a known layout is an entry in a JSON file (docs/models.md), not code.
 */
#ifndef DF_VISION_MANIFEST_H
#define DF_VISION_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum df_model_task { DF_TASK_DETECT, DF_TASK_EMBED };

/** Known layouts of a model's outputs and of the alignment that it expects. */
enum df_model_layout {
  DF_LAYOUT_YUNET,   /* detector: cls, obj, bbox, kps for strides 8, 16, 32 */
  DF_LAYOUT_ARCFACE, /* embedder: face aligned to the ArcFace template scaled to the input's size */
};

/** What is fed: planes in this order of (value 0..255 - mean) * scale, NCHW float. */
struct df_model_input {
  char name[64];     /* empty: the model's first input */
  bool bgr;          /* plane 0 is blue */
  float mean[3];     /* by plane */
  float scale[3];    /* by plane */
  int width, height; /* embedder: the size; detector: 0 */
  int multiple;      /* detector: sides are multiples of this */
};

struct df_model {
  char name[64];
  enum df_model_task task;
  enum df_model_layout layout;
  char path[4096]; /* absolute, or relative to the working folder */
  char sha256[65]; /* lower-case hex, empty when the manifest gives none */
  struct df_model_input input;
  float score;     /* detector: least score of a face worth showing */
  float nms;       /* detector: IoU above which two detections are one */
  int dimensions;  /* embedder: length of an embedding */
  float threshold; /* embedder: cosine at and above which two faces are one person */
};

struct df_manifest;

/**
 * Reads a manifest from a file. Model paths in it are relative to its folder.
 * DF_EMISSING when there is no such file, DF_EINPUT for one that is not as documented (says where).
 */
int df_manifest_load(const char *path, struct df_manifest **ret_manifest, struct df_error *err);

/** The same from `size` bytes of text (need not end in NUL); `folder` is what paths are relative to. */
int df_manifest_parse(const char *text, size_t size, const char *folder,
    struct df_manifest **ret_manifest, struct df_error *err);

void df_manifest_destroy(struct df_manifest **manifest);

/**
 * The model called `name`, or the default for `task` when name is NULL. Borrowed from the manifest.
 * NULL with the sentence (and the names there are) in `err` when there is none for that task.
 */
const struct df_model *df_manifest_find(const struct df_manifest *manifest, enum df_model_task task,
    const char *name, struct df_error *err);

/**
 * Finds the manifest: `path` when given, else $DUALFACE_MODELS (a manifest or its folder), else
 * ../share/dualface/models/models.json and ../deps/models/models.json from the folder of the executable.
 * Writes the path into ret_path. DF_EMISSING says where it looked and how to get the models.
 */
int df_manifest_locate(const char *path, char *ret_path, size_t size, struct df_error *err);

#endif
