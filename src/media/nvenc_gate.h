/*
 * Who has an encoder open on a GPU's NVENC, which serves only so many at once (by chip and driver: how many can
 * not be asked, only tried). Whoever is refused for that can wait here until one of this process is closed.
 * Thread-safe.
 */
#ifndef DF_MEDIA_NVENC_GATE_H
#define DF_MEDIA_NVENC_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

struct df_nvenc_gate;

/** NULL when memory runs out. */
struct df_nvenc_gate *df_nvenc_gate_create(void);
/** All that was opened must be closed. Accepts NULL, sets *gate to NULL. */
void df_nvenc_gate_destroy(struct df_nvenc_gate **gate);

/** An encoder was opened. */
void df_nvenc_gate_opened(struct df_nvenc_gate *gate);
/** And closed. */
void df_nvenc_gate_closed(struct df_nvenc_gate *gate);

/**
 * Before trying to open one, which only one at a time does: so that whoever is refused knows of all that are open.
 * Returns how many were closed so far, for df_nvenc_gate_wait.
 */
long long df_nvenc_gate_enter(struct df_nvenc_gate *gate);
/** After that; counts one as opened where it was. */
void df_nvenc_gate_leave(struct df_nvenc_gate *gate, bool opened);
/**
 * Waits until one more was closed than `closings`: true, trying again is worth it. False when none of this
 * process is open, so that nothing can be waited for, or once *stop is set.
 */
bool df_nvenc_gate_wait(struct df_nvenc_gate *gate, long long closings, const atomic_bool *stop);

#endif
