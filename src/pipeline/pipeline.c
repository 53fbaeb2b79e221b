/*
 * Wires the stages of a task, runs each in a thread of its own, and ends all when one fails or the user
 * stops. What a stage does is its own file's business.
 */
#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pipeline/crew.h"
#include "pipeline/decide.h"
#include "pipeline/people_sheet.h"
#include "pipeline/stages.h"
#include "pipeline/two_pass.h"

int df_stage_run(void *context, struct df_error *err)
{
  struct df_stage_job *job = context;
  return job->run(job->p, err);
}

static int run_renderer(void *context, struct df_error *err)
{
  return df_stage_render(context, err);
}

void df_stages_cancel(void *context)
{
  struct df_pipeline *p = context;
  df_input_interrupt(p->input);
  df_renderers_stop(p);
}

/* Adds the renderers to the members; returns how many these are. */
static size_t add_renderers(
    struct df_pipeline *p, struct df_crew_member members[DF_CREW_MAX], size_t count)
{
  for (int i = 0; i < p->renderers.count; i++)
    members[count++] = (struct df_crew_member){
        "render", run_renderer, &p->renderers.each[i], {p->renderers.plans}, {NULL}};
  return count;
}

/* From the file to the file, top to bottom. */
static int run_stages(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  const bool drops = task->probe && task->probe->decode_only;
  const bool renders = df_pipeline_follows(p), analyzes = task->kind == DF_TASK_ANALYZE;
  const bool decides = !renders && !drops, looks = decides && p->client,
             parts = p->renderers.count > 0, makes = !analyzes && !drops && !parts;
  struct df_queue *split = p->sinks[DF_SINK_MAIN].queue, *debug = p->sinks[DF_SINK_DEBUG].queue;
  struct df_stage_job jobs[] = {
      {p, df_stage_demux},
      {p, df_stage_decode},
      {p, df_stage_detect},
      {p, df_stage_look},
      {p, df_stage_see},
      {p, df_stage_decide},
      {p, df_stage_follow},
      {p, df_stage_compose},
      {p, df_stage_encode},
      {p, df_stage_encode_debug},
      {p, df_stage_drop},
      {p, df_stage_plan},
  };
  struct df_crew_member members[DF_CREW_MAX] = {
      {"demux", df_stage_run, &jobs[0], {NULL}, {p->packets}},
      {"decode", df_stage_run, &jobs[1], {p->packets}, {p->decoded}},
      {decides && !looks ? "detect" : NULL, df_stage_run, &jobs[2], {p->decoded}, {p->observed}},
      {looks ? "look" : NULL, df_stage_run, &jobs[3], {p->decoded}, {p->looking}},
      {looks ? "see" : NULL, df_stage_run, &jobs[4], {p->looking}, {p->observed}},
      {decides ? "decide" : NULL, df_stage_run, &jobs[5], {p->observed}, {p->decided}},
      {renders ? "follow" : NULL, df_stage_run, &jobs[6], {p->decoded}, {p->decided}},
      {makes ? "compose" : NULL, df_stage_run, &jobs[7], {p->decided}, {split, debug}},
      {makes ? "encode" : NULL, df_stage_run, &jobs[8], {split}, {NULL}},
      {debug ? "encode debug" : NULL, df_stage_run, &jobs[9], {debug}, {NULL}},
      {drops ? "drop" : NULL, df_stage_run, &jobs[10], {p->decoded}, {NULL}},
      {parts ? "plan" : NULL, df_stage_run, &jobs[11], {p->decided}, {p->renderers.plans}},
  };
  _Static_assert(
      sizeof jobs / sizeof jobs[0] + DF_JOBS_MAX <= DF_CREW_MAX, "there is room for all");
  size_t count = add_renderers(p, members, sizeof jobs / sizeof jobs[0]);
  return df_crew_run(members, count, &p->progress->stop, df_stages_cancel, p, err);
}

static int finish_files(struct df_pipeline *p, struct df_error *err)
{
  int result = 0;
  if (p->tracks_writer)
    result = df_tracks_finish(p->tracks_writer, p->seat_person, err);
  df_tracks_abandon(&p->tracks_writer);
  if (p->md5)
    df_picture_md5_finish(p->md5, p->result->md5);
  if (result == 0 && p->task->people_sheet)
    result = df_people_sheet_write(p, err);
  if (result == 0 && p->contact_sheet)
    result = df_contact_sheet_write(p->contact_sheet, p->task->contact_sheet, err);
  return result;
}

static int finish_videos(struct df_pipeline *p, struct df_error *err)
{
  int result = 0;
  for (int s = DF_SINKS - 1; s >= 0 && result == 0; s--)
    if (p->sinks[s].output)
      result = df_output_finish(p->sinks[s].output, err);
  return result;
}

/* All is made: give everything its final name, the video last, since it is what the user waits for. */
static int finish(struct df_pipeline *p, struct df_error *err)
{
  int result = finish_files(p, err);
  return result == 0 ? finish_videos(p, err) : result;
}

/* The same of segments. Ending a long video takes a while, so here it goes first. */
static int finish_cut(struct df_pipeline *p, struct df_error *err)
{
  int result = df_segments_finish(p, err);
  if (result == 0)
    result = df_segments_join(p, err);
  if (result == 0)
    result = df_segments_name_video(p, err);
  if (result == 0)
    result = df_segments_publish_log(p, err);
  return result == 0 ? df_segments_name_tracks(p, err) : result;
}

/* No picture is looked at. A survey goes on beyond the end of its log. */
static bool decides_from_log(const struct df_task *task)
{
  return task->kind == DF_TASK_ANALYZE && task->replay && task->pass != DF_PASS_SURVEY;
}

/* All of it, believing so much of what an earlier run left. Sets p->misfit when that was too much. */
static int run(struct df_pipeline *p, struct df_error *err)
{
  const struct df_task *task = p->task;
  *p->result = (struct df_result){0};
  int result = df_pipeline_open(p, err);
  if (result == 0)
    result = decides_from_log(task) ? df_decide_replay(p, err) : run_stages(p, err);
  if (result == 0)
    result = df_segments_wanted(&p->segments) ? finish_cut(p, err) : finish(p, err);
  result = df_pipeline_explain(p, result, err);
  df_pipeline_report(p);
  df_pipeline_close(p, result == 0);
  return result;
}

int df_pipeline_run(const struct df_task *task, struct df_log *log, struct df_progress *progress,
    struct df_result *ret_result, struct df_error *err)
{
  if (task->two_pass && task->pass == DF_PASS_ONE && task->kind != DF_TASK_RENDER)
    return df_two_pass_run(task, log, progress, ret_result, err);
  double started = df_clock_now();
  enum df_trust trust = DF_TRUST_ALL;
  struct df_task own = *task;
  const bool replaces = df_segments_may_replace(task);
  own.overwrite |= replaces;
  for (;;) {
    struct df_error why = {0};
    struct df_pipeline p = {
        .task = &own,
        .log = log,
        .progress = progress,
        .result = ret_result,
        .replaces = replaces,
        .trust = trust,
        .started = started,
    };
    int result = run(&p, &why);
    ret_result->seconds = df_clock_now() - started;
    if (result == 0 || !atomic_load(&p.misfit) || trust++ == DF_TRUST_NOTHING)
      return result == 0
                 ? 0
                 : df_fail(err, result, "%s", why.text[0] ? why.text : df_error_text(result));
    df_log_event(log, DF_LOG_NOTE, DF_EVENT_DONE_ANEW, "%s, %s: %s",
        trust == DF_TRUST_NOTHING ? "begun anew" : "decoded again from the first picture on",
        "since what was done before does not fit", why.text);
  }
}
