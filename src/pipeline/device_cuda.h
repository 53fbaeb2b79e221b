/*
 * A GPU as the device of one video: the stream in whose order all of the video's pictures are written and
 * read, and the composer that draws there. Its operation is compose; looking for faces is the batcher's
 * work, which all videos share (vision/batcher.h).
 *
 * What is drawn is drawn later than the call returns. Who wants to know when takes a mark and waits for it.
 */
#ifndef DF_PIPELINE_DEVICE_CUDA_H
#define DF_PIPELINE_DEVICE_CUDA_H

#include "frame/device.h"
#include "gpu/gpu.h"

/** Borrows `gpu`, which must outlive it and every picture. Released by df_device_destroy. */
int df_device_cuda_create(struct df_gpu *gpu, struct df_device **ret_device, struct df_error *err);

/** For devices of this kind; borrowed. */
struct df_gpu *df_device_cuda_gpu(struct df_device *device);
df_gpu_stream df_device_cuda_stream(struct df_device *device);

/** Marks what is on the stream now. The mark is the caller's until one of the next two. Thread-safe. */
int df_device_cuda_mark(struct df_device *device, df_gpu_event *ret_mark, struct df_error *err);
/** Waits until all before the mark is done, and gives the mark back (sets it to NULL). Accepts NULL. */
int df_device_cuda_wait(struct df_device *device, df_gpu_event *mark, struct df_error *err);
/** Gives the mark back without waiting. Accepts NULL. */
void df_device_cuda_forget(struct df_device *device, df_gpu_event *mark);

/** Copies a picture from the device into one of the host and waits for it. */
int df_device_cuda_fetch(struct df_device *device, const struct df_picture *picture,
    struct df_picture *host, struct df_error *err);

#endif
