/*
 * A few threads that do the bands of one picture side by side. They sleep between pictures; who
 * asks for the work does its share and returns when all of it is done.
 */
#ifndef DF_COMPOSE_BANDS_H
#define DF_COMPOSE_BANDS_H

struct df_bands;

/** Does band `band`; `worker` (0 .. workers - 1) is no other's at the same time. */
typedef void df_band_fn(void *context, int band, int worker);

/**
 * `workers` in all (> 0), the caller of df_bands_run among them. NULL when memory runs out; where
 * threads cannot be started there are fewer of them, which changes nothing but the time it takes.
 */
struct df_bands *df_bands_create(int workers);
void df_bands_destroy(struct df_bands **bands);

/** Calls `fn` for bands 0 .. count - 1 and returns when all are done. One caller at a time. */
void df_bands_run(struct df_bands *bands, int count, df_band_fn *fn, void *context);

#endif
