/*
 * What doing many videos shares, whether they were named (`run`) or come one by one (`serve`): console, ledger, GPUs,
 * the runner and what is said of each end. Internal to cli/.
 */
#ifndef DF_CLI_CROWD_H
#define DF_CLI_CROWD_H

#include "cli/batch_plan.h"
#include "cli/batch_report.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/events_writer.h"
#include "cli/progress.h"
#include "jobs/heartbeat.h"
#include "jobs/ledger_source.h"
#include "pipeline/engine.h"
#include "vision/runtime.h"

struct df_crowd {
  const struct df_options *options;
  struct df_heartbeat *heartbeat; /* borrowed, may be NULL */
  struct df_console console;
  struct df_log *log;
  struct df_events *events;
  struct df_events_writer *events_writer; /* NULL: nobody wants them written */
  struct df_ledger *ledger;
  struct df_engine *engines[DF_RUNNER_GPUS_MAX];
  size_t engine_count;
  struct df_runtime *runtime; /* of all videos, with the models that they share */
  struct df_plan plan;
  struct df_batch_sum sum;
  struct df_meter meter;
  atomic_bool stop;    /* set by signals */
  struct df_error err; /* the first that ends it all */
};

/** Opens console, log and ledger, and listens to signals. NULL when memory runs out; errors of all else in `err`. */
struct df_crowd *df_crowd_create(const struct df_options *options, struct df_heartbeat *heartbeat);
/** Ends all of it; accepts NULL. Returns the exit status that `err` comes to. */
enum df_exit df_crowd_finish(struct df_crowd **crowd);

/** A df_leftover_fn whose context is the crowd: says it. */
void df_crowd_tell(void *crowd, enum df_leftover kind, const char *path, const char *reason);

/** Opens what all videos share: ONNX Runtime, and the GPUs that the options ask for; none where the CPU works. */
int df_crowd_open_engines(struct df_crowd *crowd);
/** How many streams the options, or else the machine, want. */
int df_crowd_streams(const struct df_crowd *crowd);

/** What a watch over the runner does besides. */
struct df_crowd_watch {
  /** Once, when the user wants it to stop. */
  void (*stop)(void *context, struct df_runner *runner);
  /** Five times a second; an error ends all after what is at work. */
  int (*tick)(void *context, const struct df_runner_view *view, unsigned ticks);
  void *context;
};

/** A source whose ends are reported and counted. */
int df_crowd_source(struct df_crowd *crowd, struct df_ledger_source **ret_source);
/** Runs what the source gives with so many streams until it has no more. 0 or `err`. */
int df_crowd_run(struct df_crowd *crowd, struct df_ledger_source *source, int streams,
    const struct df_crowd_watch *watch);

#endif
