/*
 * Pictures that the CPU decoded, brought into the memory of a GPU in the order of the video's stream, through
 * page-locked memory: planar 4:2:0 as NV12 or P010, all else laid out as it is. Internal to media/. One thread.
 */
#ifndef DF_MEDIA_UPLOAD_H
#define DF_MEDIA_UPLOAD_H

#include "base/error.h"
#include "frame/picture.h"
#include "gpu/gpu.h"

struct df_upload;

/** Borrows all; `device` is what the pictures say they live on, of which `pictures` are made with the first one,
 * memory permitting. */
int df_upload_create(struct df_gpu *gpu, struct df_device *device, df_gpu_stream stream,
    size_t pictures, struct df_upload **ret_upload, struct df_error *err);
/** Waits for copies to be done. Accepts NULL. */
void df_upload_destroy(struct df_upload **upload);

/** Makes a picture of the device of one of the host, which is borrowed; all have one size and format. */
int df_upload_picture(struct df_upload *upload, const struct df_picture *picture,
    struct df_picture **ret_picture, struct df_error *err);

#endif
