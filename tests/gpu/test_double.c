/* The double itself: FFmpeg must find all it looks for, and what a card would leave undefined must be found. */
#include "gpu_test.h"

#include <ffnvcodec/dynlink_loader.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static CudaFunctions *cuda;

static int load(void **state)
{
  (void)state;
  return cuda_load_functions(&cuda, NULL);
}

static int unload(void **state)
{
  (void)state;
  cuda_free_functions(&cuda);
  return 0;
}

static CUcontext push_context(void)
{
  CUcontext context = NULL;
  assert_int_equal(cuda->cuInit(0), 0);
  assert_int_equal(cuda->cuDevicePrimaryCtxRetain(&context, 0), 0);
  assert_int_equal(cuda->cuCtxPushCurrent(context), 0);
  return context;
}

static void pop_context(CUcontext context)
{
  CUcontext popped = NULL;
  assert_int_equal(cuda->cuCtxPopCurrent(&popped), 0);
  assert_ptr_equal(popped, context);
  assert_int_equal(cuda->cuDevicePrimaryCtxRelease(0), 0);
}

/* cuda_load_functions failed otherwise; here are those that it may lack, and that FFmpeg calls. */
static void the_loader_of_ffmpeg_finds_every_function(void **state)
{
  (void)state;
  assert_non_null(cuda->cuDeviceGetUuid);
  assert_non_null(cuda->cuImportExternalMemory);
  assert_non_null(cuda->cuEGLStreamProducerConnect);
  assert_int_equal(cuda->cuArrayDestroy(NULL), 801);
}

static void what_needs_a_context_fails_without_one(void **state)
{
  (void)state;
  CUdeviceptr memory = 0;
  assert_int_equal(cuda->cuMemAlloc(&memory, 10), 201);
  CUcontext context = push_context();
  assert_int_equal(cuda->cuMemAlloc(&memory, 10), 0);
  pop_context(context);
  assert_int_equal(cuda->cuMemcpyHtoD(memory, "", 1), 201);
}

static void the_last_release_takes_the_memory_with_it(void **state)
{
  (void)state;
  size_t (*held)(void) = NULL;
  *(void **)&held = double_function("sim_held");
  CUdeviceptr memory = 0;
  CUcontext context = push_context();
  assert_int_equal(cuda->cuMemAlloc(&memory, 10), 0);
  assert_int_equal(held(), 1);
  pop_context(context);
  assert_int_equal(held(), 0);
}

static void the_state_of_the_primary_context_is_told(void **state)
{
  (void)state;
  unsigned int flags = 0;
  int is_active = -1;
  assert_int_equal(cuda->cuInit(0), 0);
  assert_int_equal(cuda->cuDevicePrimaryCtxSetFlags(0, CU_CTX_SCHED_BLOCKING_SYNC), 0);
  assert_int_equal(cuda->cuDevicePrimaryCtxGetState(0, &flags, &is_active), 0);
  assert_int_equal(flags, CU_CTX_SCHED_BLOCKING_SYNC);
  assert_false(is_active);
  CUcontext context = push_context();
  assert_int_equal(cuda->cuDevicePrimaryCtxGetState(0, &flags, &is_active), 0);
  assert_true(is_active);
  pop_context(context);
}

/* Whether a process that does this comes to no good end. */
static bool dies(void (*what)(void))
{
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(STDERR_FILENO); /* its sentence is expected */
    what();
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static CUdeviceptr allocate_here(size_t size)
{
  CUdeviceptr memory = 0;
  if (cuda->cuMemAlloc(&memory, size) != CUDA_SUCCESS)
    _exit(0);
  return memory;
}

static void write_nothing_wrong(void)
{
  push_context();
  CUdeviceptr memory = allocate_here(100);
  memset((void *)(uintptr_t)memory, 0, 100);
  if (cuda->cuMemFree(memory) != CUDA_SUCCESS)
    _exit(1);
}

static void write_beyond(void)
{
  push_context();
  CUdeviceptr memory = allocate_here(100);
  *(volatile char *)(uintptr_t)(memory + 100) = 0;
  cuda->cuMemFree(memory);
}

static void write_before(void)
{
  push_context();
  CUdeviceptr memory = allocate_here(100);
  *(volatile char *)(uintptr_t)(memory - 1) = 0;
  cuda->cuMemFree(memory);
}

static void wait_for_callback(CUstream stream, CUresult status, void *data)
{
  (void)stream;
  (void)status;
  (void)data;
  usleep(100000);
}

static void free_what_is_in_use(void)
{
  push_context();
  CUdeviceptr memory = allocate_here(100);
  CUstream stream = NULL;
  cuda->cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
  cuda->cuStreamAddCallback(stream, wait_for_callback, NULL, 0);
  cuda->cuMemsetD8Async(memory, 1, 100, stream);
  cuda->cuMemFree(memory);
  cuda->cuStreamSynchronize(stream);
}

static void wrong_use_of_memory_ends_the_process(void **state)
{
  (void)state;
  assert_false(dies(write_nothing_wrong));
  assert_true(dies(write_beyond));
  assert_true(dies(write_before));
  assert_true(dies(free_what_is_in_use));
}

int main(void)
{
  if (!double_function("sim_configure")) {
    puts("1..0 # SKIP this is no double");
    return 0;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_loader_of_ffmpeg_finds_every_function),
      cmocka_unit_test(what_needs_a_context_fails_without_one),
      cmocka_unit_test(the_last_release_takes_the_memory_with_it),
      cmocka_unit_test(the_state_of_the_primary_context_is_told),
      cmocka_unit_test(wrong_use_of_memory_ends_the_process),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
