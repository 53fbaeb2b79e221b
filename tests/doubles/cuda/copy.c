/* Copies and fills: checked against what is allocated when asked for, and again when carried out. */
#include <string.h>

#include "sim.h"

struct side {
  unsigned char *at;
  size_t pitch;
  bool on_device;
};

struct copy {
  struct side to, from;
  size_t width, height;
};

struct fill {
  unsigned char *at, value;
  size_t size;
};

tcuMemcpy cuMemcpy;
tcuMemcpyAsync cuMemcpyAsync;
tcuMemcpy2D_v2 cuMemcpy2D_v2;
tcuMemcpy2D_v2 cuMemcpy2DUnaligned_v2;
tcuMemcpy2DAsync_v2 cuMemcpy2DAsync_v2;
tcuMemcpyHtoD_v2 cuMemcpyHtoD_v2;
tcuMemcpyHtoDAsync_v2 cuMemcpyHtoDAsync_v2;
tcuMemcpyDtoH_v2 cuMemcpyDtoH_v2;
tcuMemcpyDtoHAsync_v2 cuMemcpyDtoHAsync_v2;
tcuMemcpyDtoD_v2 cuMemcpyDtoD_v2;
tcuMemcpyDtoDAsync_v2 cuMemcpyDtoDAsync_v2;
tcuMemsetD8Async cuMemsetD8Async;
CUresult cuMemsetD8_v2(CUdeviceptr address, unsigned char value, size_t size);

static size_t extent(const struct side *side, const struct copy *copy)
{
  return (copy->height - 1) * side->pitch + copy->width;
}

/* Whether the bytes may be touched; those of the host that are not page-locked are not known here. */
static bool is_allowed(const struct side *side, const struct copy *copy)
{
  if (!side->at || (copy->height > 1 && side->pitch < copy->width))
    return false;
  return !side->on_device || sim_place(side->at, extent(side, copy)) != SIM_NOWHERE;
}

static void run_copy(void *data)
{
  const struct copy *copy = data;
  if (!is_allowed(&copy->to, copy) || !is_allowed(&copy->from, copy))
    sim_die("memory was freed before the copy that uses it was carried out");
  for (size_t row = 0; row < copy->height; row++)
    memmove(
        copy->to.at + row * copy->to.pitch, copy->from.at + row * copy->from.pitch, copy->width);
}

/* The driver takes memory that is not page-locked through a buffer of its own: the caller may use it again at
 * once, and finds what was copied into it. */
static bool is_pageable(const struct side *side, const struct copy *copy)
{
  return !side->on_device && sim_place(side->at, extent(side, copy)) == SIM_NOWHERE;
}

static CUresult put_copy(const struct copy *copy, CUstream stream, bool wait)
{
  if (copy->width == 0 || copy->height == 0)
    return CUDA_SUCCESS;
  if (!is_allowed(&copy->to, copy) || !is_allowed(&copy->from, copy))
    return SIM_INVALID_VALUE;
  wait = wait || is_pageable(&copy->to, copy) || is_pageable(&copy->from, copy);
  return sim_put(stream, run_copy, copy, sizeof *copy, wait);
}

static struct side device(CUdeviceptr address)
{
  return (struct side){(unsigned char *)(uintptr_t)address, 0, true};
}

static struct side host(const void *address)
{
  return (struct side){(unsigned char *)(uintptr_t)address, 0, false};
}

/* Unified addressing: the driver finds out where an address lies. */
static struct side either(CUdeviceptr address)
{
  const void *at = (void *)(uintptr_t)address;
  return sim_place(at, 1) == SIM_DEVICE ? device(address) : host(at);
}

static CUresult put_run(struct side to, struct side from, size_t size, CUstream stream, bool wait)
{
  return put_copy(&(struct copy){to, from, size, 1}, stream, wait);
}

static bool take_side(struct side *side, CUmemorytype type, const void *host_memory,
    CUdeviceptr address, size_t offset, size_t pitch)
{
  if (type != CU_MEMORYTYPE_HOST && type != CU_MEMORYTYPE_DEVICE)
    return false;
  *side = type == CU_MEMORYTYPE_HOST ? host(host_memory) : device(address);
  side->at += offset;
  side->pitch = pitch;
  return true;
}

static CUresult put_rows(const CUDA_MEMCPY2D *c, CUstream stream, bool wait)
{
  struct copy copy = {.width = c->WidthInBytes, .height = c->Height};
  size_t from = c->srcY * c->srcPitch + c->srcXInBytes;
  size_t to = c->dstY * c->dstPitch + c->dstXInBytes;
  if (!take_side(&copy.from, c->srcMemoryType, c->srcHost, c->srcDevice, from, c->srcPitch) ||
      !take_side(&copy.to, c->dstMemoryType, c->dstHost, c->dstDevice, to, c->dstPitch))
    return SIM_NOT_SUPPORTED;
  return put_copy(&copy, stream, wait);
}

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpy);
  return put_run(either(to), either(from), size, NULL, true);
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyAsync);
  return put_run(either(to), either(from), size, stream, false);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *copy)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpy2D_v2);
  return put_rows(copy, NULL, true);
}

CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *copy)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpy2DUnaligned_v2);
  return put_rows(copy, NULL, true);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *copy, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpy2DAsync_v2);
  return put_rows(copy, stream, false);
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyHtoD_v2);
  return put_run(device(to), host(from), size, NULL, true);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyHtoDAsync_v2);
  return put_run(device(to), host(from), size, stream, false);
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyDtoH_v2);
  return put_run(host(to), device(from), size, NULL, true);
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyDtoHAsync_v2);
  return put_run(host(to), device(from), size, stream, false);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyDtoD_v2);
  return put_run(device(to), device(from), size, NULL, true);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemcpyDtoDAsync_v2);
  return put_run(device(to), device(from), size, stream, false);
}

static void run_fill(void *data)
{
  const struct fill *fill = data;
  if (sim_place(fill->at, fill->size) == SIM_NOWHERE)
    sim_die("memory was freed before the filling of it was carried out");
  memset(fill->at, fill->value, fill->size);
}

static CUresult put_fill(
    CUdeviceptr address, unsigned char value, size_t size, CUstream stream, bool wait)
{
  struct fill fill = {(unsigned char *)(uintptr_t)address, value, size};
  if (size == 0)
    return CUDA_SUCCESS;
  if (sim_place(fill.at, size) == SIM_NOWHERE)
    return SIM_INVALID_VALUE;
  return sim_put(stream, run_fill, &fill, sizeof fill, wait);
}

CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t size, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuMemsetD8Async);
  return put_fill(address, value, size, stream, false);
}

CUresult cuMemsetD8_v2(CUdeviceptr address, unsigned char value, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemsetD8_v2);
  return put_fill(address, value, size, NULL, true);
}
