/*
 * Pictures of a GPU brought to the host for whoever reads them there, in the order of the video's stream,
 * into page-locked memory: while one is read, the next is being copied. Internal to media/. One thread.
 */
#ifndef DF_MEDIA_DOWNLOAD_H
#define DF_MEDIA_DOWNLOAD_H

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"

struct df_download;

/** Borrows `gpu` and `stream`. */
int df_download_create(struct df_gpu *gpu, df_gpu_stream stream, struct df_format format, int width,
    int height, struct df_download **ret_download, struct df_error *err);
/** Waits for the copy under way. Accepts NULL. Pictures already given stay valid. */
void df_download_destroy(struct df_download **download);

/**
 * Begins to copy `picture` (borrowed; NULL: there are no more) and gives the one before it, which is waited
 * for, as the caller's reference; NULL when there was none. A copy has its original's times and colour.
 */
int df_download_exchange(struct df_download *download, struct df_picture *picture,
    struct df_picture **ret_ready, struct df_error *err);

#endif
