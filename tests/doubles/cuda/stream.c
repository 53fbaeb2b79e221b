/* Streams, each a queue with a thread that works it off in order, and the events between them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

struct work {
  struct work *next;
  void (*run)(void *data);
  bool is_of_device; /* left undone when the context is lost */
  _Alignas(16) unsigned char data[];
};

struct CUstream_st {
  struct CUstream_st *next; /* of all that there are */
  struct CUstream_st *real; /* the one whose queue this one shares, or NULL */
  struct work *first, **last;
  unsigned long long put, done;
  bool ends;
  pthread_t thread;
};

struct CUevent_st {
  int references; /* the caller's, and one for each piece of work that knows it */
  unsigned long long recorded, done;
  struct timespec time;
};

/* For all of it; the work itself runs outside. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct CUstream_st *streams, *default_stream;
static size_t event_count;

tcuStreamCreate cuStreamCreate;
CUresult cuStreamCreateWithPriority(CUstream *ret_stream, unsigned int flags, int priority);
tcuStreamQuery cuStreamQuery;
tcuStreamSynchronize cuStreamSynchronize;
tcuStreamDestroy_v2 cuStreamDestroy_v2;
tcuStreamAddCallback cuStreamAddCallback;
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int flags);
CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void *), void *data);
tcuEventCreate cuEventCreate;
tcuEventDestroy_v2 cuEventDestroy_v2;
tcuEventSynchronize cuEventSynchronize;
tcuEventQuery cuEventQuery;
tcuEventRecord cuEventRecord;
CUresult cuEventElapsedTime(float *ret_milliseconds, CUevent from, CUevent to);
CUresult cuCtxSynchronize(void);

static void carry_out(struct work *work)
{
  if (work->is_of_device) {
    if (sim_settings()->delay)
      usleep((useconds_t)sim_settings()->delay);
    if (sim_called("work") != CUDA_SUCCESS)
      return;
  }
  work->run(work->data);
}

static void *work_off(void *arg)
{
  struct CUstream_st *stream = arg;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (!stream->first && !stream->ends)
      pthread_cond_wait(&changed, &lock);
    struct work *work = stream->first;
    if (!work)
      break;
    stream->first = work->next;
    if (!stream->first)
      stream->last = &stream->first;
    pthread_mutex_unlock(&lock);
    carry_out(work);
    free(work);
    pthread_mutex_lock(&lock);
    stream->done++;
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

static struct CUstream_st *start_queue(void)
{
  struct CUstream_st *stream = calloc(1, sizeof *stream);
  if (!stream)
    sim_die("out of memory");
  stream->last = &stream->first;
  if (pthread_create(&stream->thread, NULL, work_off, stream) != 0)
    sim_die("no thread for a stream");
  return stream;
}

static void end_queue(struct CUstream_st *stream)
{
  pthread_mutex_lock(&lock);
  stream->ends = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  pthread_join(stream->thread, NULL);
  free(stream);
}

/* The stream whose queue it is, or NULL where there is no such stream; call locked. */
static struct CUstream_st *queue_of(CUstream stream)
{
  enum { PER_THREAD = 2 }; /* and 1 is the default one too */
  if ((uintptr_t)stream <= PER_THREAD) {
    if (!default_stream)
      default_stream = start_queue();
    return default_stream;
  }
  for (struct CUstream_st *s = streams; s; s = s->next)
    if (s == stream)
      return s->real ? s->real : s;
  return NULL;
}

static void wait_for(const struct CUstream_st *stream, unsigned long long ticket)
{
  while (stream->done < ticket)
    pthread_cond_wait(&changed, &lock);
}

static struct work *make_work(
    void (*run)(void *data), const void *data, size_t size, bool is_of_device)
{
  struct work *work = malloc(sizeof *work + size);
  if (!work)
    sim_die("out of memory");
  *work = (struct work){.run = run, .is_of_device = is_of_device};
  memcpy(work->data, data, size);
  return work;
}

/* Call locked. */
static unsigned long long append(struct CUstream_st *stream, struct work *work)
{
  *stream->last = work;
  stream->last = &work->next;
  pthread_cond_broadcast(&changed);
  return ++stream->put;
}

static CUresult put(CUstream to, struct work *work, bool wait)
{
  pthread_mutex_lock(&lock);
  struct CUstream_st *stream = queue_of(to);
  if (stream) {
    unsigned long long ticket = append(stream, work);
    if (wait)
      wait_for(stream, ticket);
  }
  pthread_mutex_unlock(&lock);
  if (!stream) {
    free(work);
    return SIM_INVALID_HANDLE;
  }
  return wait ? sim_lost() : CUDA_SUCCESS;
}

CUresult sim_put(CUstream stream, void (*run)(void *data), const void *data, size_t size, bool wait)
{
  return put(stream, make_work(run, data, size, true), wait);
}

void sim_wait_for_all(void)
{
  pthread_mutex_lock(&lock);
  if (default_stream)
    wait_for(default_stream, default_stream->put);
  for (struct CUstream_st *s = streams; s; s = s->next)
    if (!s->real)
      wait_for(s, s->put);
  pthread_mutex_unlock(&lock);
}

void sim_end_default_stream(void)
{
  pthread_mutex_lock(&lock);
  struct CUstream_st *stream = default_stream;
  default_stream = NULL;
  pthread_mutex_unlock(&lock);
  if (stream)
    end_queue(stream);
}

size_t sim_streams_held(void)
{
  pthread_mutex_lock(&lock);
  size_t held = event_count;
  for (struct CUstream_st *s = streams; s; s = s->next)
    held++;
  pthread_mutex_unlock(&lock);
  return held;
}

CUresult cuStreamCreate(CUstream *ret_stream, unsigned int flags)
{
  SIM_CALLED_IN_CONTEXT(cuStreamCreate);
  struct CUstream_st *stream = NULL;
  if (flags & CU_STREAM_NON_BLOCKING)
    stream = start_queue();
  else if (!(stream = calloc(1, sizeof *stream)))
    sim_die("out of memory");
  pthread_mutex_lock(&lock);
  if (!(flags & CU_STREAM_NON_BLOCKING))
    stream->real = queue_of(NULL);
  stream->next = streams;
  streams = stream;
  pthread_mutex_unlock(&lock);
  *ret_stream = stream;
  return CUDA_SUCCESS;
}

CUresult cuStreamCreateWithPriority(CUstream *ret_stream, unsigned int flags, int priority)
{
  (void)priority;
  return cuStreamCreate(ret_stream, flags);
}

CUresult cuStreamQuery(CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuStreamQuery);
  pthread_mutex_lock(&lock);
  const struct CUstream_st *queue = queue_of(stream);
  CUresult result = !queue                      ? SIM_INVALID_HANDLE
                    : queue->done == queue->put ? CUDA_SUCCESS
                                                : CUDA_ERROR_NOT_READY;
  pthread_mutex_unlock(&lock);
  return result;
}

CUresult cuStreamSynchronize(CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuStreamSynchronize);
  pthread_mutex_lock(&lock);
  const struct CUstream_st *queue = queue_of(stream);
  if (queue)
    wait_for(queue, queue->put);
  pthread_mutex_unlock(&lock);
  return queue ? sim_lost() : SIM_INVALID_HANDLE;
}

/* Unlike the driver's, returns only when what is on the stream is done. */
CUresult cuStreamDestroy_v2(CUstream stream)
{
  struct CUstream_st *found = NULL;
  pthread_mutex_lock(&lock);
  for (struct CUstream_st **at = &streams; *at && !found; at = &(*at)->next)
    if (*at == stream) {
      found = *at;
      *at = found->next;
      break;
    }
  pthread_mutex_unlock(&lock);
  if (!found)
    return SIM_INVALID_HANDLE;
  if (found->real)
    free(found);
  else
    end_queue(found);
  return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize(void)
{
  SIM_CALLED_IN_CONTEXT(cuCtxSynchronize);
  sim_wait_for_all();
  return sim_lost();
}

struct callback {
  CUstreamCallback *of_stream;
  void (*of_host)(void *);
  CUstream stream;
  void *data;
};

static void run_callback(void *data)
{
  const struct callback *callback = data;
  if (callback->of_stream)
    callback->of_stream(callback->stream, sim_lost(), callback->data);
  else
    callback->of_host(callback->data);
}

CUresult cuStreamAddCallback(
    CUstream stream, CUstreamCallback *function, void *data, unsigned int flags)
{
  (void)flags;
  SIM_CALLED_IN_CONTEXT(cuStreamAddCallback);
  struct callback callback = {.of_stream = function, .stream = stream, .data = data};
  return put(stream, make_work(run_callback, &callback, sizeof callback, false), false);
}

CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void *), void *data)
{
  SIM_CALLED_IN_CONTEXT(cuLaunchHostFunc);
  struct callback callback = {.of_host = function, .data = data};
  return put(stream, make_work(run_callback, &callback, sizeof callback, false), false);
}

CUresult cuEventCreate(CUevent *ret_event, unsigned int flags)
{
  (void)flags;
  SIM_CALLED_IN_CONTEXT(cuEventCreate);
  struct CUevent_st *event = calloc(1, sizeof *event);
  if (!event)
    sim_die("out of memory");
  event->references = 1;
  pthread_mutex_lock(&lock);
  event_count++;
  pthread_mutex_unlock(&lock);
  *ret_event = event;
  return CUDA_SUCCESS;
}

/* Call locked. */
static void unref_event(struct CUevent_st *event)
{
  if (--event->references == 0)
    free(event);
}

CUresult cuEventDestroy_v2(CUevent event)
{
  pthread_mutex_lock(&lock);
  event_count--;
  unref_event(event);
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}

struct mark {
  struct CUevent_st *event;
  unsigned long long ticket; /* which recording of it */
};

static void run_record(void *data)
{
  const struct mark *mark = data;
  pthread_mutex_lock(&lock);
  if (mark->event->done < mark->ticket)
    mark->event->done = mark->ticket;
  clock_gettime(CLOCK_MONOTONIC, &mark->event->time);
  pthread_cond_broadcast(&changed);
  unref_event(mark->event);
  pthread_mutex_unlock(&lock);
}

static void run_wait(void *data)
{
  const struct mark *mark = data;
  pthread_mutex_lock(&lock);
  while (mark->event->done < mark->ticket)
    pthread_cond_wait(&changed, &lock);
  unref_event(mark->event);
  pthread_mutex_unlock(&lock);
}

/* The event as it is now goes with the work, so that a later recording does not change what is meant. */
static CUresult put_mark(CUstream to, CUevent event, void (*run)(void *), bool records)
{
  struct work *work = make_work(run, &(struct mark){.event = event}, sizeof(struct mark), false);
  struct mark *mark = (struct mark *)(void *)work->data;
  pthread_mutex_lock(&lock);
  struct CUstream_st *stream = queue_of(to);
  if (stream) {
    event->references++;
    mark->ticket = records ? ++event->recorded : event->recorded;
    append(stream, work);
  }
  pthread_mutex_unlock(&lock);
  if (!stream)
    free(work);
  return stream ? CUDA_SUCCESS : SIM_INVALID_HANDLE;
}

CUresult cuEventRecord(CUevent event, CUstream stream)
{
  SIM_CALLED_IN_CONTEXT(cuEventRecord);
  return put_mark(stream, event, run_record, true);
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int flags)
{
  (void)flags;
  SIM_CALLED_IN_CONTEXT(cuStreamWaitEvent);
  return put_mark(stream, event, run_wait, false);
}

CUresult cuEventQuery(CUevent event)
{
  SIM_CALLED_IN_CONTEXT(cuEventQuery);
  pthread_mutex_lock(&lock);
  bool is_done = event->done >= event->recorded;
  pthread_mutex_unlock(&lock);
  return is_done ? sim_lost() : CUDA_ERROR_NOT_READY;
}

CUresult cuEventSynchronize(CUevent event)
{
  SIM_CALLED_IN_CONTEXT(cuEventSynchronize);
  pthread_mutex_lock(&lock);
  unsigned long long ticket = event->recorded;
  while (event->done < ticket)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return sim_lost();
}

CUresult cuEventElapsedTime(float *ret_milliseconds, CUevent from, CUevent to)
{
  SIM_CALLED_IN_CONTEXT(cuEventElapsedTime);
  pthread_mutex_lock(&lock);
  double seconds = difftime(to->time.tv_sec, from->time.tv_sec);
  *ret_milliseconds =
      (float)(seconds * 1e3 + (double)(to->time.tv_nsec - from->time.tv_nsec) / 1e6);
  pthread_mutex_unlock(&lock);
  return CUDA_SUCCESS;
}
