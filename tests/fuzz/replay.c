/*
 * Runs a fuzz target without a fuzzer: over every file of a corpus folder, then over mutations of them,
 * which are the same on every machine and in every run. Speaks TAP.
 *
 * usage: fuzz_NAME CORPUS MUTATIONS
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "target.h"

enum { FILES_MAX = 256, FILE_BYTES = 64 * 1024, CHANGES_MAX = 6 };

struct sample {
  char *name;
  uint8_t *bytes;
  size_t size;
};

struct corpus {
  struct sample samples[FILES_MAX];
  size_t count;
};

/* What parsers trip over, put in as it is. */
static const char *const tokens[] = {
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-1",
    "0",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "\\u0000",
    "\xFF",
    "\xC3",
    "--",
    "=",
    ":",
    "1:2:3:4",
    "\"x\":",
    ",",
    "[[[[[[[[",
    "nan",
    "0.5",
    "128",
    "2.5",
};

/* A linear congruential generator (Knuth's MMIX), its upper half. */
static uint32_t next_random(uint64_t *seed)
{
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*seed >> 32);
}

static size_t below(uint64_t *seed, size_t bound)
{
  return bound > 0 ? next_random(seed) % bound : 0;
}

static int by_name(const void *a, const void *b)
{
  return strcmp(((const struct sample *)a)->name, ((const struct sample *)b)->name);
}

static bool read_sample(const char *folder, const char *name, struct sample *ret_sample)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  *ret_sample = (struct sample){.name = strdup(name), .bytes = malloc(FILE_BYTES)};
  bool valid = file && ret_sample->name && ret_sample->bytes;
  if (valid)
    ret_sample->size = fread(ret_sample->bytes, 1, FILE_BYTES, file);
  if (file)
    fclose(file);
  return valid;
}

static bool read_corpus(const char *folder, struct corpus *corpus)
{
  DIR *dir = opendir(folder);
  if (!dir)
    return false;
  bool valid = true;
  for (struct dirent *entry; valid && (entry = readdir(dir)) && corpus->count < FILES_MAX;)
    if (entry->d_name[0] != '.')
      valid = read_sample(folder, entry->d_name, &corpus->samples[corpus->count++]);
  closedir(dir);
  qsort(corpus->samples, corpus->count, sizeof *corpus->samples, by_name);
  return valid && corpus->count > 0;
}

static void free_corpus(struct corpus *corpus)
{
  for (size_t i = 0; i < corpus->count; i++) {
    free(corpus->samples[i].name);
    free(corpus->samples[i].bytes);
  }
}

/* Replaces bytes[at, at + cut) by `put`; returns the new size. What does not fit is left out. */
static size_t splice(
    uint8_t *bytes, size_t size, size_t at, size_t cut, const uint8_t *put, size_t put_size)
{
  if (cut > size - at)
    cut = size - at;
  if (size - cut + put_size > FILE_BYTES)
    return size;
  memmove(bytes + at + put_size, bytes + at + cut, size - at - cut);
  memcpy(bytes + at, put, put_size);
  return size - cut + put_size;
}

static size_t change(uint8_t *bytes, size_t size, const struct sample *other, uint64_t *seed)
{
  size_t at = below(seed, size + 1);
  const char *token = tokens[below(seed, sizeof tokens / sizeof *tokens)];
  size_t from = below(seed, other->size + 1), length = below(seed, 32);
  switch (below(seed, 6)) {
  case 0: /* flip a bit */
    if (at < size)
      bytes[at] ^= (uint8_t)(1u << below(seed, 8));
    return size;
  case 1: /* another byte */
    if (at < size)
      bytes[at] = (uint8_t)below(seed, 256);
    return size;
  case 2: /* take something out */
    return splice(bytes, size, at, length, (const uint8_t *)"", 0);
  case 3: /* put a token in, in the place of something or not */
    return splice(bytes, size, at, below(seed, 8), (const uint8_t *)token, strlen(token));
  case 4: /* a piece of another sample */
    if (length > other->size - from)
      length = other->size - from;
    return splice(bytes, size, at, 0, other->bytes + from, length);
  default: /* cut it off, now and then */
    return below(seed, 4) == 0 ? at : size;
  }
}

/* The target gets memory of exactly its size, so that a sanitizer sees a read past the end. */
static void try_bytes(const uint8_t *bytes, size_t size)
{
  uint8_t *exact = malloc(size > 0 ? size : 1);
  DF_PROMISE(exact);
  memcpy(exact, bytes, size);
  LLVMFuzzerTestOneInput(exact, size);
  free(exact);
}

static void try_mutations(const struct corpus *corpus, uint64_t count)
{
  uint8_t *bytes = malloc(FILE_BYTES);
  DF_PROMISE(bytes);
  uint64_t seed = 1;
  for (uint64_t i = 0; i < count; i++) {
    const struct sample *sample = &corpus->samples[below(&seed, corpus->count)];
    const struct sample *other = &corpus->samples[below(&seed, corpus->count)];
    size_t size = sample->size;
    memcpy(bytes, sample->bytes, size);
    for (size_t changes = 1 + below(&seed, CHANGES_MAX); changes > 0; changes--)
      size = change(bytes, size, other, &seed);
    try_bytes(bytes, size);
  }
  free(bytes);
}

int main(int argc, char **argv)
{
  static struct corpus corpus;
  if (argc != 3 || !read_corpus(argv[1], &corpus)) {
    fprintf(stderr, "usage: %s CORPUS MUTATIONS (a folder with files, a number)\n", argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("1..2\n");
  for (size_t i = 0; i < corpus.count; i++)
    try_bytes(corpus.samples[i].bytes, corpus.samples[i].size);
  printf("ok 1 - the corpus of %zu inputs breaks no promise\n", corpus.count);
  uint64_t count = strtoull(argv[2], NULL, 10);
  try_mutations(&corpus, count);
  printf("ok 2 - %" PRIu64 " mutations break no promise\n", count);
  free_corpus(&corpus);
  return 0;
}
