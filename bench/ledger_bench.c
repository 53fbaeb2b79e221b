/*
 * How long the ledger takes with many jobs in it: milliseconds to add one, to claim, to count, and to list all
 * and few. Judges nothing. Usage: ledger_bench [--json] [jobs]
 *
 * With --json prints a line for each: {"name": "...", "ms": 1.5}.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/ledger.h"

enum { CLAIMS = 20, LATEST = 200 };

struct bench {
  struct df_ledger *ledger;
  char folder[64], path[128];
  int64_t *ids;
  size_t jobs;
  bool json;
  struct df_error err;
};

static void check(struct bench *b, int result)
{
  if (result >= 0)
    return;
  fprintf(stderr, "ledger_bench: %s\n", b->err.text);
  exit(1);
}

static void print(const struct bench *b, const char *name, double seconds)
{
  printf(b->json ? "{\"name\": \"%s\", \"ms\": %.3f}\n" : "%-40s %10.3f ms\n", name, 1e3 * seconds);
}

static void add(struct bench *b)
{
  static struct df_identity input = {.mtime_ns = 1};
  double start = df_clock_now();
  for (size_t i = 0; i < b->jobs; i++) {
    char output[256];
    struct df_job *job = NULL;
    struct df_job_order order = {.input = &input, .output = output, .options = "--fit contain"};
    snprintf(input.path, sizeof input.path, "/videos/of/some/length/video-%zu.mp4", i);
    snprintf(output, sizeof output, "/results/of/some/length/video-%zu-split.mp4", i);
    input.size = 1000000 + (int64_t)i;
    check(b, df_ledger_add(b->ledger, &order, &job, &b->err));
    b->ids[i] = job->id;
    df_job_destroy(&job);
  }
  print(b, "add, each", (df_clock_now() - start) / (double)b->jobs);
}

/* Has `failed` of them fail, so that what may be claimed lies behind them. */
static void fail(struct bench *b, size_t failed)
{
  const struct df_error why = {DF_EINPUT, "no video in it"};
  double start = df_clock_now();
  for (size_t i = 0; i < failed; i++) {
    struct df_job *job = NULL;
    check(b, df_ledger_claim(b->ledger, b->ids + i, 1, &job, &b->err));
    check(b, df_ledger_finish(b->ledger, job->id, DF_JOB_FAILED, &why, &b->err));
    df_job_destroy(&job);
  }
  if (failed > 0)
    print(b, "claim one id and finish, each", (df_clock_now() - start) / (double)failed);
}

static void claim(struct bench *b, const char *name)
{
  double start = df_clock_now();
  for (int i = 0; i < CLAIMS; i++) {
    struct df_job *job = NULL;
    check(b, df_ledger_claim(b->ledger, b->ids, b->jobs, &job, &b->err));
    df_job_destroy(&job);
  }
  print(b, name, (df_clock_now() - start) / CLAIMS);
}

static int receive(void *context, const struct df_job *job)
{
  *(int64_t *)context += job->id;
  return 0;
}

static void list(struct bench *b, unsigned states, const char *name)
{
  int64_t sum = 0;
  double start = df_clock_now();
  check(b, df_ledger_list(b->ledger, states, receive, &sum, &b->err));
  print(b, name, df_clock_now() - start);
}

static void list_latest(struct bench *b, unsigned states, const char *name)
{
  int64_t sum = 0;
  double start = df_clock_now();
  check(b, df_ledger_list_latest(b->ledger, states, LATEST, receive, &sum, &b->err));
  print(b, name, df_clock_now() - start);
}

static void count(struct bench *b)
{
  int64_t counts[DF_JOB_STATES];
  double start = df_clock_now();
  check(b, df_ledger_count(b->ledger, counts, &b->err));
  print(b, "count", df_clock_now() - start);
}

int main(int argc, char **argv)
{
  struct bench b = {.jobs = 100000};
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--json") == 0)
      b.json = true;
    else
      b.jobs = (size_t)strtoul(argv[i], NULL, 10);
  strcpy(b.folder, "/tmp/ledger-bench-XXXXXX");
  b.ids = calloc(b.jobs + 1, sizeof *b.ids);
  if (!b.ids || b.jobs < 1000 || !mkdtemp(b.folder)) {
    fprintf(stderr, "ledger_bench: a folder in /tmp, memory, and at least 1000 jobs are wanted\n");
    return 1;
  }
  snprintf(b.path, sizeof b.path, "%s/ledger.db", b.folder);
  check(&b, df_ledger_open(b.path, NULL, &b.ledger, &b.err));
  add(&b);
  claim(&b, "claim of all ids, all waiting");
  list(&b, DF_JOB_ALL, "list all");
  list_latest(&b, DF_JOB_ALL, "list the latest 200");
  list(&b, 1U << DF_JOB_RUNNING, "list those that run");
  count(&b);
  b.ids += CLAIMS;
  fail(&b, b.jobs / 2);
  b.ids -= CLAIMS;
  claim(&b, "claim of all ids, the first half failed");
  list(&b, 1U << DF_JOB_WAITING, "list those that wait, half");
  list_latest(&b, 1U << DF_JOB_FAILED, "list the latest 200 that failed");
  df_ledger_close(&b.ledger);
  unlink(b.path);
  rmdir(b.folder);
  free(b.ids);
  return 0;
}
