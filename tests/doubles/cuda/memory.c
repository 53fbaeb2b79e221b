/* Memory of the device, which is the host's with guards around it, and page-locked memory of the host. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum { ALIGNMENT = 256, GUARD = 256, GUARD_BYTE = 0xa5, FRESH_BYTE = 0xcd, PITCH = 512 };

struct block {
  unsigned char *base; /* GUARD bytes into what was allocated */
  size_t size, padded; /* asked for; up to the guard's end */
  enum sim_place place;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;
static size_t count, room, used;

tcuMemAlloc_v2 cuMemAlloc_v2;
tcuMemAllocPitch_v2 cuMemAllocPitch_v2;
tcuMemAllocManaged cuMemAllocManaged;
tcuMemFree_v2 cuMemFree_v2;
CUresult cuMemGetInfo_v2(size_t *ret_free, size_t *ret_total);
CUresult cuMemHostAlloc(void **ret_memory, size_t size, unsigned int flags);
CUresult cuMemAllocHost_v2(void **ret_memory, size_t size);
CUresult cuMemFreeHost(void *memory);
CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *ret_address, void *memory, unsigned int flags);
CUresult cuMemGetAddressRange_v2(CUdeviceptr *ret_base, size_t *ret_size, CUdeviceptr address);
CUresult cuPointerGetAttribute(void *ret_value, int attribute, CUdeviceptr address);

static bool make_block(size_t size, enum sim_place place, struct block *ret_block)
{
  size_t padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + GUARD;
  unsigned char *memory = aligned_alloc(ALIGNMENT, GUARD + padded);
  if (!memory)
    return false;
  *ret_block = (struct block){memory + GUARD, size, padded, place};
  memset(memory, GUARD_BYTE, GUARD);
  memset(memory + GUARD, FRESH_BYTE, size);
  memset(memory + GUARD + size, GUARD_BYTE, padded - size);
  ASAN_POISON_MEMORY_REGION(memory, GUARD);
  ASAN_POISON_MEMORY_REGION(memory + GUARD + size, padded - size);
  return true;
}

static void expect_guard(const struct block *b, const unsigned char *from, const unsigned char *to)
{
  for (const unsigned char *at = from; at < to; at++)
    if (*at != GUARD_BYTE)
      sim_die("the byte at %td of %zu bytes of %s memory was written", at - b->base, b->size,
          b->place == SIM_DEVICE ? "device" : "page-locked");
}

static void free_block(const struct block *b)
{
  ASAN_UNPOISON_MEMORY_REGION(b->base - GUARD, GUARD + b->padded);
  expect_guard(b, b->base - GUARD, b->base);
  expect_guard(b, b->base + b->size, b->base + b->padded);
  free(b->base - GUARD);
}

static CUresult allocate(size_t size, enum sim_place place, void **ret_memory)
{
  struct block block;
  if (!size || !ret_memory)
    return SIM_INVALID_VALUE;
  size_t limit = sim_settings()->memory;
  pthread_mutex_lock(&lock);
  bool fits = place == SIM_PINNED || (size <= limit && used <= limit - size);
  if (fits && count == room) {
    room = room ? 2 * room : 64;
    blocks = realloc(blocks, room * sizeof *blocks);
    if (!blocks)
      sim_die("out of memory");
  }
  fits = fits && make_block(size, place, &block);
  if (fits) {
    blocks[count++] = block;
    used += place == SIM_DEVICE ? size : 0;
    *ret_memory = block.base;
  }
  pthread_mutex_unlock(&lock);
  return fits ? CUDA_SUCCESS : SIM_OUT_OF_MEMORY;
}

/* The driver has stopped the work of a context that was lost, before anything is given back; here what had
 * begun goes on, and has to be waited for. Memory of a live context is not: nothing may use it any more. */
static void await_lost_work(void)
{
  if (sim_lost() != CUDA_SUCCESS)
    sim_wait_for_all();
}

static CUresult release(const void *memory, enum sim_place place)
{
  CUresult result = SIM_INVALID_VALUE;
  await_lost_work();
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < count; i++)
    if (blocks[i].base == memory && blocks[i].place == place) {
      free_block(&blocks[i]);
      used -= place == SIM_DEVICE ? blocks[i].size : 0;
      blocks[i] = blocks[--count];
      result = CUDA_SUCCESS;
      break;
    }
  pthread_mutex_unlock(&lock);
  return result;
}

/* The block in which all the bytes lie; call locked. */
static const struct block *find(const void *address, size_t size)
{
  uintptr_t at = (uintptr_t)address;
  for (size_t i = 0; i < count; i++) {
    uintptr_t base = (uintptr_t)blocks[i].base;
    if (at >= base && at - base <= blocks[i].size && size <= blocks[i].size - (at - base))
      return &blocks[i];
  }
  return NULL;
}

enum sim_place sim_place(const void *address, size_t size)
{
  pthread_mutex_lock(&lock);
  const struct block *block = find(address, size);
  enum sim_place place = block ? block->place : SIM_NOWHERE;
  pthread_mutex_unlock(&lock);
  return place;
}

size_t sim_free_all(void)
{
  pthread_mutex_lock(&lock);
  size_t freed = 0;
  for (size_t i = 0; i < count; i++)
    if (blocks[i].place == SIM_DEVICE) {
      free_block(&blocks[i]);
      blocks[i--] = blocks[--count];
      freed++;
    }
  used = 0;
  if (count == 0) {
    free(blocks);
    blocks = NULL;
    room = 0;
  }
  pthread_mutex_unlock(&lock);
  return freed;
}

size_t sim_held(void)
{
  pthread_mutex_lock(&lock);
  size_t held = count;
  pthread_mutex_unlock(&lock);
  return held + sim_streams_held();
}

CUresult cuMemAlloc_v2(CUdeviceptr *ret_address, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemAlloc_v2);
  void *memory = NULL;
  CUresult result = allocate(size, SIM_DEVICE, &memory);
  if (result == CUDA_SUCCESS)
    *ret_address = (uintptr_t)memory;
  return result;
}

CUresult cuMemAllocPitch_v2(
    CUdeviceptr *ret_address, size_t *ret_pitch, size_t width, size_t height, unsigned int element)
{
  (void)element;
  SIM_CALLED(cuMemAllocPitch_v2);
  size_t pitch = (width + PITCH - 1) / PITCH * PITCH;
  CUresult result = cuMemAlloc_v2(ret_address, pitch * height);
  if (result == CUDA_SUCCESS)
    *ret_pitch = pitch;
  return result;
}

CUresult cuMemAllocManaged(CUdeviceptr *ret_address, size_t size, unsigned int flags)
{
  (void)flags;
  SIM_CALLED(cuMemAllocManaged);
  return cuMemAlloc_v2(ret_address, size);
}

CUresult cuMemFree_v2(CUdeviceptr address)
{
  return address ? release((void *)(uintptr_t)address, SIM_DEVICE) : CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t *ret_free, size_t *ret_total)
{
  SIM_CALLED_IN_CONTEXT(cuMemGetInfo_v2);
  *ret_total = sim_settings()->memory;
  pthread_mutex_lock(&lock);
  *ret_free = *ret_total > used ? *ret_total - used : 0;
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void **ret_memory, size_t size, unsigned int flags)
{
  (void)flags;
  SIM_CALLED_IN_CONTEXT(cuMemHostAlloc);
  return allocate(size, SIM_PINNED, ret_memory);
}

CUresult cuMemAllocHost_v2(void **ret_memory, size_t size)
{
  SIM_CALLED_IN_CONTEXT(cuMemAllocHost_v2);
  return allocate(size, SIM_PINNED, ret_memory);
}

CUresult cuMemFreeHost(void *memory)
{
  return release(memory, SIM_PINNED);
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *ret_address, void *memory, unsigned int flags)
{
  (void)flags;
  SIM_CALLED_IN_CONTEXT(cuMemHostGetDevicePointer_v2);
  if (sim_place(memory, 1) != SIM_PINNED)
    return SIM_INVALID_VALUE;
  *ret_address = (uintptr_t)memory;
  return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *ret_base, size_t *ret_size, CUdeviceptr address)
{
  SIM_CALLED_IN_CONTEXT(cuMemGetAddressRange_v2);
  pthread_mutex_lock(&lock);
  const struct block *block = find((void *)(uintptr_t)address, 1);
  if (block && ret_base)
    *ret_base = (uintptr_t)block->base;
  if (block && ret_size)
    *ret_size = block->size;
  pthread_mutex_unlock(&lock);
  return block ? CUDA_SUCCESS : SIM_INVALID_VALUE;
}

CUresult cuPointerGetAttribute(void *ret_value, int attribute, CUdeviceptr address)
{
  enum { MEMORY_TYPE = 2 };
  SIM_CALLED(cuPointerGetAttribute);
  enum sim_place place = sim_place((void *)(uintptr_t)address, 1);
  if (place == SIM_NOWHERE)
    return SIM_INVALID_VALUE;
  if (attribute != MEMORY_TYPE)
    return SIM_NOT_SUPPORTED;
  *(unsigned int *)ret_value = place == SIM_DEVICE ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
  return CUDA_SUCCESS;
}
