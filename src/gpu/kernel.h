/*
 * How kernels are written: one source, compiled by clang as CUDA C to PTX and by the C compiler for the host,
 * where it is the scalar reference and what the driver's double runs.
 *
 * A kernel takes one plain struct by value, shared with the host's C (fixed-width members, pointers as
 * uint64_t, size asserted), and computes one point of a grid of columns x rows x layers, independently of all
 * others: no shared memory, no barriers; sums across points by integer atomics only, so that the order never
 * matters. Integer arithmetic wherever a result must agree to the bit; float operations are written one by
 * one (df_mul, df_add) so that nothing is contracted. No libm: tables come from the host.
 *
 *   DF_KERNEL(df_compose_across, struct df_compose_across_arguments)
 *   {
 *     int x = point.x;
 *     if (x >= arguments.columns)
 *       return;
 *     ...
 *   }
 *
 * On the device this is `extern "C" __global__ void df_compose_across(struct ... arguments)`, whose point is
 * the thread's place in the grid. On the host it is `void df_compose_across(const struct df_point3 *point,
 * const void *arguments)`, found by its name (dlsym) by the driver's double, and called for every point.
 */
#ifndef DF_GPU_KERNEL_H
#define DF_GPU_KERNEL_H

/* Implemented together with gpu.c and the rule of src/meson.build that makes a C array of a .cu file. */

#endif
