#include "cli/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "jobs/arrivals.h"

struct df_watch {
  const struct df_options *options;
  struct df_planner *planner;
  struct df_ledger_source *source;
  struct df_arrivals *arrivals;
};

static int check_folder(const char *path, struct df_error *err)
{
  struct stat info;
  if (stat(path, &info) < 0)
    return df_fail(err, DF_EINPUT, "the folder %s cannot be watched: %s", path, strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return df_fail(err, DF_EINPUT, "%s cannot be watched: it is no folder", path);
  return 0;
}

int df_watch_create(const struct df_options *options, struct df_planner *planner,
    struct df_ledger_source *source, struct df_watch **ret_watch, struct df_error *err)
{
  int result = check_folder(options->watch, err);
  if (result < 0)
    return result;
  struct df_watch *w = calloc(1, sizeof *w);
  struct df_arrivals *arrivals = df_arrivals_create(options->settle);
  if (!w || !arrivals) {
    df_arrivals_destroy(&arrivals);
    free(w);
    return df_fail(err, DF_ENOMEM, "out of memory");
  }
  *w = (struct df_watch){options, planner, source, arrivals};
  *ret_watch = w;
  return 0;
}

void df_watch_destroy(struct df_watch **watch)
{
  if (!*watch)
    return;
  df_arrivals_destroy(&(*watch)->arrivals);
  free(*watch);
  *watch = NULL;
}

static int see(struct df_watch *w, const struct df_candidate *candidate, struct df_error *err)
{
  struct stat info;
  int64_t id = 0;
  if (stat(candidate->path, &info) < 0)
    return 0; /* it went while we looked */
  int64_t mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
  int result = df_arrivals_see(w->arrivals, candidate->path, info.st_size, mtime_ns);
  if (result == DF_ENOMEM)
    return df_fail(err, DF_ENOMEM, "out of memory");
  if (result > 0)
    result = df_planner_order(w->planner, candidate, &id, err);
  return result > 0 ? df_ledger_source_add(w->source, id, err) : result;
}

int df_watch_look(struct df_watch *watch, struct df_error *err)
{
  const struct df_inputs_order order = {
      .names = &watch->options->watch,
      .name_count = 1,
      .output_folder = watch->options->task.output,
      .output_suffix = df_plan_suffix,
  };
  struct df_inputs *inputs = NULL;
  struct df_error gone = {0};
  if (check_folder(watch->options->watch, &gone) < 0)
    return 0;
  int result = df_inputs_expand(&order, &inputs, err);
  if (result < 0)
    return result;
  df_arrivals_begin(watch->arrivals, df_clock_now());
  for (size_t i = 0; i < inputs->count && result == 0; i++)
    if (!inputs->items[i].why_not)
      result = see(watch, &inputs->items[i], err);
  df_arrivals_end(watch->arrivals);
  df_inputs_destroy(&inputs);
  return result;
}

size_t df_watch_pending(const struct df_watch *watch)
{
  return df_arrivals_pending(watch->arrivals);
}
