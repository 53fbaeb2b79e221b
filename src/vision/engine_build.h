/* A session with TensorRT, whose engine is taken from the disk or built and kept there. Internal to vision. */
#ifndef DF_VISION_ENGINE_BUILD_H
#define DF_VISION_ENGINE_BUILD_H

#include "vision/session_internal.h"

/**
 * df_session_load with TensorRT. While it builds, which takes from seconds to minutes, the log says how long
 * it has been at it. An engine that cannot be loaded is removed and built anew once; one that cannot be kept
 * is used all the same.
 */
int df_engine_build(struct df_session *session, const struct df_session_load *load,
    struct OrtSession **ret_session, struct df_error *err);

#endif
