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
 * the thread's place in the grid. On the host it is `void df_host_df_compose_across(const struct df_point3
 * *point, const void *arguments)`, which DF_HOST_KERNEL declares; the driver's double finds it by that name and
 * calls it for every point.
 *
 * Functions that kernels call are DF_DEVICE. Addresses (uint64_t members) become pointers by DF_POINTER(type,
 * address), of type `type DF_GLOBAL *`. Files are named uniquely over all layers: NAME.cu gives the PTX as
 * `extern const char df_ptx_NAME[]`, which the header of its argument structs declares. A layer lists its files
 * as `kernels` in its meson.build (tests: see tests/gpu).
 */
#ifndef DF_GPU_KERNEL_H
#define DF_GPU_KERNEL_H

#include <stdint.h>

/** A point of the grid; may lie beyond it, since the device works on whole blocks. */
struct df_point3 {
  int32_t x, y, z;
};

#define DF_HOST_KERNEL(name)                                                                       \
  void df_host_##name(const struct df_point3 *point, const void *arguments)

#ifdef __CUDA__

#define DF_GLOBAL __attribute__((address_space(1)))
#define DF_POINTER(type, address) ((type DF_GLOBAL *)(address))
#define DF_DEVICE static inline __attribute__((device, always_inline))

DF_DEVICE struct df_point3 df_point_here(void)
{
  struct df_point3 here;
  here.x = (int32_t)(__nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() +
                     __nvvm_read_ptx_sreg_tid_x());
  here.y = (int32_t)(__nvvm_read_ptx_sreg_ctaid_y() * __nvvm_read_ptx_sreg_ntid_y() +
                     __nvvm_read_ptx_sreg_tid_y());
  here.z = (int32_t)(__nvvm_read_ptx_sreg_ctaid_z() * __nvvm_read_ptx_sreg_ntid_z() +
                     __nvvm_read_ptx_sreg_tid_z());
  return here;
}

/* By reference, so that the struct is read where the driver put it and not copied by each thread. */
#define DF_KERNEL(name, type)                                                                      \
  DF_DEVICE void name##_point(const struct df_point3 point, const type &arguments);                \
  extern "C" __attribute__((global)) void name(const type arguments)                               \
  {                                                                                                \
    name##_point(df_point_here(), arguments);                                                      \
  }                                                                                                \
  DF_DEVICE void name##_point(const struct df_point3 point, const type &arguments)

#else

#define DF_GLOBAL
#define DF_POINTER(type, address) ((type *)(uintptr_t)(address))
#define DF_DEVICE static inline __attribute__((unused))

#define DF_KERNEL(name, type)                                                                      \
  DF_DEVICE void name##_point(const struct df_point3 point, const type arguments);                 \
  DF_HOST_KERNEL(name);                                                                            \
  DF_HOST_KERNEL(name)                                                                             \
  {                                                                                                \
    name##_point(*point, *(const type *)arguments);                                                \
  }                                                                                                \
  DF_DEVICE void name##_point(const struct df_point3 point, const type arguments)

#endif

/* Both compilers are told not to contract (-ffp-contract=off) and round each result to the nearest; the
 * functions say in the source that this is meant. */
DF_DEVICE float df_add(float a, float b)
{
  return a + b;
}

DF_DEVICE float df_sub(float a, float b)
{
  return a - b;
}

DF_DEVICE float df_mul(float a, float b)
{
  return a * b;
}

DF_DEVICE float df_div(float a, float b)
{
  return a / b;
}

DF_DEVICE float df_sqrt(float a)
{
  return __builtin_sqrtf(a);
}

DF_DEVICE float df_floor(float a)
{
  return __builtin_floorf(a);
}

/** Adds to what `at` holds, atomically and in any order; returns what it held before. */
DF_DEVICE uint32_t df_atomic_add(uint32_t DF_GLOBAL *at, uint32_t value)
{
  return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
}

DF_DEVICE uint64_t df_atomic_add_64(uint64_t DF_GLOBAL *at, uint64_t value)
{
  return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
}

#endif
