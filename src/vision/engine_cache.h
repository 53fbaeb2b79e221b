/*
 * TensorRT's engines on disk: made for one card, driver, set of libraries, model and range of shapes, and
 * useless for any other, so a folder is named after all of these. It is built under another name and renamed
 * when whole; a list of its files' sums tells a whole one from a damaged one.
 */
#ifndef DF_VISION_ENGINE_CACHE_H
#define DF_VISION_ENGINE_CACHE_H

#include <stddef.h>

#include "base/error.h"

/** All that an engine depends on; strings borrowed. */
struct df_engine_facts {
  const char *gpu;                /* the card's name */
  int major, minor;               /* its compute capability */
  const char *driver;             /* the driver's version, as it says it */
  const char *runtime, *tensorrt; /* versions of ONNX Runtime and TensorRT */
  const char *model;              /* SHA-256 of the model */
  int shapes[3][4];               /* least, likeliest and largest input, NCHW */
};

enum { DF_ENGINE_KEY = 33 };

/** A name for the folder: 32 hex digits that differ when anything of `facts` does. */
void df_engine_key(const struct df_engine_facts *facts, char ret_key[DF_ENGINE_KEY]);

enum df_engine_state {
  DF_ENGINE_ABSENT,
  DF_ENGINE_WHOLE,
  DF_ENGINE_DAMAGED, /* there was one that was not whole; it is gone now */
};

/** What there is of `key` in folder `cache`; the path of its folder in ret_path (4096 bytes). */
enum df_engine_state df_engine_find(const char *cache, const char *key, char *ret_path);

/** Makes an empty folder to build in and writes its path to ret_path (4096 bytes). Removes what a process
 * that died more than a day ago left behind. DF_EOUTPUT when it cannot be made. */
int df_engine_begin(const char *cache, const char *key, char *ret_path, struct df_error *err);

/** Lists the sums of what was built in `building`, makes it durable and gives it its name. When another
 * process was faster its engine stays and ours goes. On failure `building` is gone. */
int df_engine_commit(
    const char *cache, const char *key, const char *building, struct df_error *err);

/** Deletes a folder of engines, and what is in it. */
void df_engine_remove(const char *path);

#endif
