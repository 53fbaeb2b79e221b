/*
 * The batcher's backend on a GPU. A client's slots lie in the device's memory, written in the order of the
 * client's stream; the models run in the order of the backend's own stream, which waits for what each slot
 * needs. Only candidates, sketches and embeddings come down, into page-locked memory of the slot, and the host
 * waits once a batch.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/patience.h"
#include "vision/batch_backend.h"
#include "vision/batch_cuda_client.h"
#include "vision/batch_tune.h"
#include "vision/embedder.h"

enum { SIZES = 6 };

/* A detector and the input size that it is run at. */
struct sized {
  int width, height; /* 0: none yet */
  struct df_detector *detector;
};

struct cuda_backend {
  struct df_batch_backend base;
  struct df_gpu *gpu;
  df_gpu_stream stream;
  struct df_model detector_model, embedder_model;
  struct df_runtime *runtime;
  struct df_session_place place;
  struct sized detectors[SIZES]; /* the first is always there */
  struct df_embedder *embedder;  /* NULL: none */
  int most;                      /* pictures a run */
  float low_score;
  struct df_preprocessor *preprocessor; /* for candidates; the inference thread's */
  df_gpu_memory input;                  /* a batch, side by side */
  size_t input_size;
  df_gpu_memory candidates;
  df_gpu_event done[DF_BATCH_DEPTH];
};

static struct cuda_backend *cuda(struct df_batch_backend *backend)
{
  return (struct cuda_backend *)backend;
}

static int join(struct df_batch_backend *backend, df_gpu_stream stream,
    const struct df_letterbox *letterbox, int pending, void **ret_client, struct df_error *err)
{
  struct cuda_backend *b = cuda(backend);
  struct df_cuda_client_settings settings = {b->gpu, stream, *letterbox, b->detector_model.input,
      b->embedder ? &b->embedder_model.input : NULL, pending};
  return df_cuda_client_create(&settings, (struct df_cuda_client **)ret_client, err);
}

static void leave(struct df_batch_backend *backend, void *client)
{
  struct df_cuda_client *c = client;
  (void)backend;
  df_cuda_client_destroy(&c);
}

static int prepare(struct df_batch_backend *backend, void *client, int slot,
    const struct df_picture *picture, struct df_error *err)
{
  (void)backend;
  return df_cuda_client_prepare(client, slot, picture, err);
}

static int prepare_face(struct df_batch_backend *backend, void *client,
    const struct df_picture *picture, const float matrix[6], struct df_error *err)
{
  (void)backend;
  return df_cuda_client_prepare_face(client, picture, matrix, err);
}

/* Waits for what is on our stream; on the way out of a failure nothing of it may still be at work. */
static int settle(struct cuda_backend *b, int ticket, struct df_error *err)
{
  int result = df_gpu_event_record(b->gpu, b->done[ticket], b->stream, err);
  return result < 0 ? result : df_gpu_event_wait_host(b->gpu, b->done[ticket], err);
}

static int reserve_input(struct cuda_backend *b, int ticket, size_t size, struct df_error *err)
{
  if (size <= b->input_size)
    return 0;
  int result = settle(b, ticket, err);
  if (result < 0)
    return result;
  df_gpu_free(b->gpu, &b->input);
  b->input_size = 0;
  result = df_gpu_allocate(b->gpu, size, "the detector's input", &b->input, err);
  if (result == 0) /* a batch may be filled up with what nobody wrote */
    result = df_gpu_fill(b->gpu, b->input, 0, size, b->stream, err);
  if (result == 0)
    b->input_size = size;
  return result;
}

static int copy(struct cuda_backend *b, struct df_gpu_rows to, df_gpu_memory from, size_t size,
    struct df_error *err)
{
  to.stride = (ptrdiff_t)size;
  struct df_gpu_rows source = {.device = from, .stride = (ptrdiff_t)size};
  return df_gpu_copy(b->gpu, &to, &source, size, 1, b->stream, err);
}

/* What a batch's tensors have in common. */
struct batch {
  const struct df_cuda_tensor *tensors[DF_BATCH_MOST];
  size_t count;
  int padded;
  df_gpu_memory input; /* of all, in one piece */
};

/*
 * How many pictures a run is filled up to. cuDNN plans anew, for seconds, whenever an input's shape changes, and
 * a GPU takes hardly longer for a full batch: so there is but one shape. TensorRT's engine serves all shapes of
 * its range, and the CPU's time is as long as the batch.
 */
static int padded(const struct cuda_backend *b, enum df_provider provider, size_t count)
{
  if (provider == DF_PROVIDER_CUDA)
    return (int)count > b->most ? (int)count : b->most;
  return provider == DF_PROVIDER_CPU ? (int)count : df_batch_padded((int)count);
}

/* Puts the tensors side by side; a single one that is run alone stays where it is. */
static int gather(struct cuda_backend *b, int ticket, struct batch *batch, struct df_error *err)
{
  size_t size = batch->tensors[0]->size;
  int result = 0;
  for (size_t i = 0; result == 0 && i < batch->count; i++)
    result = df_gpu_stream_wait(b->gpu, b->stream, batch->tensors[i]->ready, err);
  batch->input = batch->tensors[0]->memory;
  if (result < 0 || batch->padded == 1)
    return result;
  result = reserve_input(b, ticket, size * DF_BATCH_MOST, err);
  for (size_t i = 0; result == 0 && i < batch->count; i++) {
    struct df_gpu_rows to = {.device = b->input + i * size};
    result = copy(b, to, batch->tensors[i]->memory, size, err);
  }
  batch->input = b->input;
  return result;
}

static enum df_provider provider_of(const struct df_detector *detector)
{
  struct df_provider_report report;
  df_detector_provider_report(detector, &report);
  return report.provider;
}

/* For the same reason each input size has a detector of its own, while there is room for more. */
static int detector_for(struct cuda_backend *b, const struct df_letterbox *letterbox,
    struct df_detector **ret_detector, struct df_error *err)
{
  struct sized *sized = b->detectors;
  while (sized < b->detectors + SIZES - 1 && sized->width &&
         (sized->width != letterbox->width || sized->height != letterbox->height))
    sized++;
  int result = 0;
  if (!sized->detector && provider_of(b->detectors[0].detector) == DF_PROVIDER_CUDA)
    result = df_detector_create_at(b->runtime, &b->detector_model, b->low_score, &b->place,
        DF_BATCH_MOST, &sized->detector, err);
  sized->width = letterbox->width;
  sized->height = letterbox->height;
  *ret_detector = sized->detector ? sized->detector : b->detectors[0].detector;
  return result;
}

static int detect(struct cuda_backend *b, struct df_detector *detector, const struct batch *batch,
    const struct df_letterbox *letterbox, struct df_error *err)
{
  df_gpu_memory outputs[DF_YUNET_LEVELS][4];
  int result = df_detector_run_at(
      detector, batch->input, batch->padded, letterbox->width, letterbox->height, outputs, err);
  if (result == DF_ENOMEM && b->most > 1) /* the batcher comes back with fewer */
    b->most /= 2;
  if (result < 0)
    return result;
  return df_preprocessor_candidates(b->preprocessor, outputs, (int)batch->count, letterbox->width,
      letterbox->height, b->low_score, b->candidates, b->stream, err);
}

static int bring_down(
    struct cuda_backend *b, const struct df_batch_item *items, size_t count, struct df_error *err)
{
  int result = 0;
  for (size_t i = 0; result == 0 && i < count; i++) {
    struct df_cuda_client *c = items[i].client;
    struct df_cuda_sight *sight = df_cuda_client_sight(c, items[i].slot);
    struct df_gpu_rows candidates = {.host = &sight->candidates}, sketch = {.host = &sight->sketch};
    result = copy(
        b, candidates, b->candidates + i * sizeof sight->candidates, sizeof sight->candidates, err);
    if (result == 0)
      result = copy(b, sketch, df_cuda_client_sketch(c, items[i].slot), sizeof sight->sketch, err);
  }
  return result;
}

static int run(struct df_batch_backend *backend, int ticket, const struct df_batch_item *items,
    size_t count, struct df_error *err)
{
  struct cuda_backend *b = cuda(backend);
  const struct df_letterbox *letterbox = df_cuda_client_letterbox(items[0].client);
  struct batch batch = {.count = count};
  struct df_detector *detector = NULL;
  for (size_t i = 0; i < count; i++)
    batch.tensors[i] = df_cuda_client_tensor(items[i].client, items[i].slot);
  int result = detector_for(b, letterbox, &detector, err);
  if (result == 0) {
    batch.padded = padded(b, provider_of(detector), count);
    result = gather(b, ticket, &batch, err);
  }
  if (result == 0)
    result = detect(b, detector, &batch, letterbox, err);
  if (result == 0)
    result = bring_down(b, items, count, err);
  if (result == 0)
    result = df_gpu_event_record(b->gpu, b->done[ticket], b->stream, err);
  if (result < 0)
    settle(b, ticket, NULL);
  return result;
}

static int run_faces(struct df_batch_backend *backend, int ticket,
    const struct df_batch_item *items, size_t count, struct df_error *err)
{
  struct cuda_backend *b = cuda(backend);
  size_t size = (size_t)b->embedder_model.dimensions * sizeof(float);
  struct df_provider_report report;
  df_embedder_provider_report(b->embedder, &report);
  struct batch batch = {.count = count, .padded = padded(b, report.provider, count)};
  df_gpu_memory values = 0;
  for (size_t i = 0; i < count; i++)
    batch.tensors[i] = df_cuda_client_face_tensor(items[i].client);
  int result = gather(b, ticket, &batch, err);
  if (result == 0)
    result = df_embedder_run_at(b->embedder, batch.input, batch.padded, &values, err);
  for (size_t i = 0; result == 0 && i < count; i++) {
    struct df_cuda_face *face = df_cuda_client_face(items[i].client);
    struct df_gpu_rows to = {.host = face->values}, sums = {.host = face->sums};
    result = copy(b, to, values + i * size, size, err);
    if (result == 0)
      result = copy(b, sums, df_cuda_client_sums(items[i].client), sizeof face->sums, err);
  }
  if (result == 0)
    result = df_gpu_event_record(b->gpu, b->done[ticket], b->stream, err);
  if (result < 0)
    settle(b, ticket, NULL);
  return result;
}

static int collect(struct df_batch_backend *backend, int ticket, struct df_error *err)
{
  struct cuda_backend *b = cuda(backend);
  return df_gpu_event_wait_host(b->gpu, b->done[ticket], err);
}

static void read_sight(
    struct df_batch_backend *backend, void *client, int slot, struct df_sight_result *ret_result)
{
  struct cuda_backend *b = cuda(backend);
  struct df_cuda_client *c = client;
  const struct df_cuda_sight *sight = df_cuda_client_sight(c, slot);
  const struct df_letterbox *letterbox = df_cuda_client_letterbox(c);
  ret_result->sketch = sight->sketch;
  ret_result->count = df_candidates_decode(&sight->candidates, letterbox->width, letterbox->height,
      b->low_score, b->detector_model.nms, df_cuda_client_work(c), ret_result->faces, DF_FACES_MAX);
  df_detector_finish(letterbox, ret_result->faces, ret_result->count);
}

static void read_face(struct df_batch_backend *backend, void *client,
    struct df_embedding *ret_embedding, float *ret_sharpness)
{
  struct cuda_backend *b = cuda(backend);
  const struct df_cuda_face *face = df_cuda_client_face(client);
  df_embedder_finish(&b->embedder_model, face->values, ret_embedding);
  *ret_sharpness = df_preprocessor_sharpness(face->sums, &b->embedder_model.input);
}

static void report(struct df_batch_backend *backend, struct df_provider_report *ret_report)
{
  df_detector_provider_report(cuda(backend)->detectors[0].detector, ret_report);
}

static void destroy(struct df_batch_backend *backend)
{
  struct cuda_backend *b = cuda(backend);
  /* Nothing may be at work on what goes, and the stream goes after those who know it. */
  if (b->stream && b->done[0])
    settle(b, 0, NULL);
  for (int i = 0; i < SIZES; i++)
    df_detector_destroy(&b->detectors[i].detector);
  df_embedder_destroy(&b->embedder);
  df_preprocessor_destroy(&b->preprocessor);
  df_gpu_free(b->gpu, &b->input);
  df_gpu_free(b->gpu, &b->candidates);
  for (int i = 0; i < DF_BATCH_DEPTH; i++)
    df_gpu_event_destroy(b->gpu, &b->done[i]);
  df_gpu_stream_destroy(b->gpu, &b->stream);
  free(b);
}

static const struct df_batch_backend_operations operations = {join, leave, prepare, run, collect,
    read_sight, prepare_face, run_faces, read_face, report, destroy};

static int make_memory(struct cuda_backend *b, struct df_error *err)
{
  size_t size = DF_BATCH_MOST * sizeof(struct df_candidates);
  int result = df_gpu_stream_create(b->gpu, &b->stream, err);
  for (int i = 0; result == 0 && i < DF_BATCH_DEPTH; i++)
    result = df_gpu_event_create(b->gpu, &b->done[i], err);
  if (result == 0)
    result = df_preprocessor_create(b->gpu, &b->preprocessor, err);
  if (result == 0)
    result = df_gpu_allocate(b->gpu, size, "candidates for faces", &b->candidates, err);
  return result;
}

/* For the CPU, should it have to do the GPU's work: the rest has work of its own. */
static int half_of_the_processors(void)
{
  enum { MOST = 8 };
  long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
  return half < 1 ? 1 : half > MOST ? MOST : (int)half;
}

/* CUDA's plans for the usual shapes are made now, not while pictures wait. */
static int warm_up(struct cuda_backend *b, struct df_error *err)
{
  const struct df_model_input *input = &b->detector_model.input;
  struct df_letterbox usual = df_letterbox_fit(1920, 1080, 1, 1, input->multiple, 0);
  size_t pixels = (size_t)usual.width * (size_t)usual.height, face = 0;
  struct df_detector *detector = NULL;
  df_gpu_memory outputs[DF_YUNET_LEVELS][4], values = 0;
  if (provider_of(b->detectors[0].detector) != DF_PROVIDER_CUDA)
    return 0;
  if (b->embedder)
    face = (size_t)b->embedder_model.input.width * (size_t)b->embedder_model.input.height;
  size_t size = 3 * sizeof(float) * DF_BATCH_MOST * (pixels > face ? pixels : face);
  int result = reserve_input(b, 0, size, err);
  if (result == 0)
    result = detector_for(b, &usual, &detector, err);
  if (result == 0)
    result =
        df_detector_run_at(detector, b->input, b->most, usual.width, usual.height, outputs, err);
  if (result == 0 && b->embedder)
    result = df_embedder_run_at(b->embedder, b->input, b->most, &values, err);
  return result < 0 ? result : settle(b, 0, err);
}

/* The batch's size is found and the plans are made, which takes seconds where nobody has done it yet. */
static int make_ready(struct cuda_backend *b, const struct df_batcher_options *o, int *ret_batch,
    struct df_error *err)
{
  static const double say_every = 5; /* seconds */
  struct df_patience patience;
  int result = 0;
  df_patience_begin(&patience, o->log, "preparing the models for this GPU", say_every);
  *ret_batch = o->batch;
  if (o->batch == 0) {
    struct df_batch_tuning tuning = {
        b->detectors[0].detector, &b->detector_model, o->runtime, &b->place};
    result = df_batch_tune(&tuning, ret_batch, err);
  }
  b->most = *ret_batch;
  if (result == 0)
    result = warm_up(b, err);
  df_patience_end(&patience);
  return result;
}

static int load_models(struct cuda_backend *b, const struct df_batcher_options *o, int *ret_batch,
    struct df_error *err)
{
  struct df_detector **detector = &b->detectors[0].detector;
  b->runtime = o->runtime;
  b->place = (struct df_session_place){.gpu = o->gpu,
      .stream = b->stream,
      .threads = half_of_the_processors(),
      .cache = o->cache,
      .log = o->log};
  int result = df_detector_create_at(
      o->runtime, o->detector, o->low_score, &b->place, DF_BATCH_MOST, detector, err);
  if (result == 0 && o->embedder)
    result =
        df_embedder_create_at(o->runtime, o->embedder, &b->place, DF_BATCH_MOST, &b->embedder, err);
  return result < 0 ? result : make_ready(b, o, ret_batch, err);
}

int df_batch_cuda_create(const struct df_batcher_options *options,
    struct df_batch_backend **ret_backend, int *ret_batch, struct df_error *err)
{
  struct cuda_backend *b = calloc(1, sizeof *b);
  if (!b)
    return df_fail(err, DF_ENOMEM, "no memory for inference on the GPU");
  b->base.operations = &operations;
  b->gpu = options->gpu;
  b->low_score = options->low_score;
  b->detector_model = *options->detector;
  if (options->embedder)
    b->embedder_model = *options->embedder;
  int result = make_memory(b, err);
  if (result == 0)
    result = load_models(b, options, ret_batch, err);
  if (result < 0) {
    destroy(&b->base);
    return result;
  }
  *ret_backend = &b->base;
  return 0;
}

int df_batcher_create(
    const struct df_batcher_options *options, struct df_batcher **ret_batcher, struct df_error *err)
{
  struct df_batch_backend *backend = NULL;
  int batch = 0;
  if (options->batch < 0 || options->batch > DF_BATCH_MOST)
    return df_fail(err, DF_EUSAGE, "a batch of %d pictures: 1 to %d can be, or 0 for the best",
        options->batch, DF_BATCH_MOST);
  int result = df_batch_cuda_create(options, &backend, &batch, err);
  if (result < 0)
    return result;
  struct df_batch_settings settings = {
      .rules = {(size_t)batch, options->wait > 0 ? options->wait : 0.006},
      .faces = options->embedder != NULL,
      .log = options->log};
  return df_batcher_create_on(backend, &settings, ret_batcher, err);
}
