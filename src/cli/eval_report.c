#include "cli/eval_report.h"

#include <math.h>

#include "cli/cli.h"
#include "cli/json_writer.h"
#include "cli/report.h"

/* NAN where there is nothing to take a share of. */
static double share(size_t part, size_t whole)
{
  return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static struct df_half_score both_halves(const struct df_evaluation *e)
{
  struct df_half_score sum = e->halves[DF_LEFT];
  const struct df_half_score *right = &e->halves[DF_RIGHT];
  sum.asked += right->asked;
  sum.right += right->right;
  sum.safe += right->safe;
  sum.wrong = e->wrong_frames;
  sum.returns += right->returns;
  sum.missed += right->missed;
  sum.delay += right->delay;
  sum.worst = fmax(sum.worst, right->worst);
  return sum;
}

static double false_jumps_a_minute(const struct df_motion *m)
{
  return m->seconds > 0 ? 60 * (double)m->false_jumps / m->seconds : (double)NAN;
}

static double mean_delay(const struct df_half_score *score)
{
  return score->returns > 0 ? score->delay / (double)score->returns : (double)NAN;
}

static double worst_delay(const struct df_half_score *score)
{
  return score->returns > 0 ? score->worst : (double)NAN;
}

static void print_cell(FILE *out, int decimals, double value)
{
  if (isfinite(value))
    fprintf(out, " %11.*f", decimals, value);
  else
    fprintf(out, " %11s", "-");
}

static void print_row(FILE *out, const char *what, int decimals, double value)
{
  fprintf(out, "%-44s", what);
  print_cell(out, decimals, value);
  fputc('\n', out);
}

/* The same of both halves together and of each. */
static void print_halves(FILE *out, const char *what, int decimals,
    const struct df_half_score scores[3], double (*value)(const struct df_half_score *score))
{
  fprintf(out, "%-44s", what);
  for (int i = 0; i < 3; i++)
    print_cell(out, decimals, value(&scores[i]));
  fputc('\n', out);
}

static double right_percent(const struct df_half_score *score)
{
  return 100 * share(score->right, score->asked);
}

static double safe_percent(const struct df_half_score *score)
{
  return 100 * share(score->safe, score->asked);
}

static double wrong_count(const struct df_half_score *score)
{
  return (double)score->wrong;
}

static double return_count(const struct df_half_score *score)
{
  return (double)score->returns;
}

static double missed_count(const struct df_half_score *score)
{
  return (double)score->missed;
}

static void print_motion(FILE *out, const struct df_motion *m)
{
  fprintf(out, "\n%-44s %11s %11s\n", "windows, output pixels at 30 fps", "mean", "99 %");
  const struct {
    const char *what;
    const struct df_spread *spread;
  } rows[] = {{"acceleration, pixels a frame^2", &m->acceleration},
      {"jitter, pixels a frame^2", &m->jitter},
      {"motion while the face is still, pixels a frame", &m->still}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fprintf(out, "%-44s", rows[i].what);
    print_cell(out, 3, rows[i].spread->mean);
    print_cell(out, 3, rows[i].spread->high);
    fputc('\n', out);
  }
  fputc('\n', out);
  print_row(out, "cuts that ask for a jump", 0, (double)m->cuts);
  print_row(out, "% of them met on the very frame", 2, 100 * share(m->cuts_met, m->cuts));
  print_row(out, "false jumps a minute", 2, false_jumps_a_minute(m));
}

void df_eval_report(FILE *out, const struct df_evaluation *e)
{
  const struct df_half_score scores[] = {both_halves(e), e->halves[DF_LEFT], e->halves[DF_RIGHT]};
  fprintf(out, "%zu frames, %zu faces to be found, %zu found\n\n", e->frames,
      e->identity.true_faces, e->identity.found_faces);
  print_row(out, "IDF1, %", 2, 100 * e->identity.idf1);
  print_row(out, "identity switches", 0, (double)e->identity.switches);
  print_row(out, "HOTA, %", 2, 100 * e->hota.hota);
  print_row(out, "its association part (AssA), %", 2, 100 * e->hota.association);
  print_row(out, "its detection part (DetA), %", 2, 100 * e->hota.detection);
  fprintf(out, "\n%-44s %11s %11s %11s\n", "halves", "both", "left", "right");
  print_halves(out, "right person, % of the frames in which seen", 2, scores, right_percent);
  print_halves(out, "face in the safe area, % of these", 2, scores, safe_percent);
  print_halves(out, "frames that show the other one's face", 0, scores, wrong_count);
  print_halves(out, "returns", 0, scores, return_count);
  print_halves(out, "returns that were missed", 0, scores, missed_count);
  print_halves(out, "seconds to the right half, mean", 3, scores, mean_delay);
  print_halves(out, "seconds to the right half, worst", 3, scores, worst_delay);
  print_motion(out, &e->motion);
}

static void write_half(
    struct df_json_writer *json, const char *key, const struct df_half_score *score)
{
  df_json_write_open(json, key, '{');
  df_json_write_whole(json, "asked", (long long)score->asked);
  df_json_write_number(json, "accuracy", share(score->right, score->asked));
  df_json_write_number(json, "safe_share", share(score->safe, score->asked));
  df_json_write_whole(json, "wrong_face_frames", (long long)score->wrong);
  df_json_write_whole(json, "returns", (long long)score->returns);
  df_json_write_whole(json, "returns_missed", (long long)score->missed);
  df_json_write_number(json, "delay_mean", mean_delay(score));
  df_json_write_number(json, "delay_worst", worst_delay(score));
  df_json_write_close(json, '}');
}

static void write_spread(
    struct df_json_writer *json, const char *key, const struct df_spread *spread)
{
  df_json_write_open(json, key, '{');
  df_json_write_whole(json, "frames", (long long)spread->count);
  df_json_write_number(json, "mean", spread->mean);
  df_json_write_number(json, "p99", spread->high);
  df_json_write_open(json, "over", '{');
  for (int i = 0; i < DF_SPREAD_LEVELS; i++) {
    char level[16];
    snprintf(level, sizeof level, "%g", df_spread_levels[i]);
    df_json_write_whole(json, level, (long long)spread->over[i]);
  }
  df_json_write_close(json, '}');
  df_json_write_close(json, '}');
}

static void write_figures(struct df_json_writer *json, const struct df_evaluation *e)
{
  const struct df_half_score both = both_halves(e);
  df_json_write_whole(json, "frames", (long long)e->frames);
  df_json_write_whole(json, "true_faces", (long long)e->identity.true_faces);
  df_json_write_whole(json, "found_faces", (long long)e->identity.found_faces);
  df_json_write_number(json, "idf1", e->identity.idf1);
  df_json_write_whole(json, "switches", e->identity.switches);
  df_json_write_number(json, "hota", e->hota.hota);
  df_json_write_number(json, "assa", e->hota.association);
  df_json_write_number(json, "deta", e->hota.detection);
  write_half(json, "halves", &both);
  write_half(json, "left", &e->halves[DF_LEFT]);
  write_half(json, "right", &e->halves[DF_RIGHT]);
  write_spread(json, "acceleration", &e->motion.acceleration);
  write_spread(json, "jitter", &e->motion.jitter);
  write_spread(json, "still_motion", &e->motion.still);
  df_json_write_whole(json, "cuts", (long long)e->motion.cuts);
  df_json_write_number(json, "cut_alignment", share(e->motion.cuts_met, e->motion.cuts));
  df_json_write_whole(json, "false_jumps", (long long)e->motion.false_jumps);
  df_json_write_number(json, "false_jumps_a_minute", false_jumps_a_minute(&e->motion));
}

void df_eval_report_json(FILE *out, const struct df_options *options,
    const struct df_evaluation *evaluation, const struct df_error *error)
{
  struct df_json_writer json;
  bool ok = error->code == 0;
  df_report_json_begin(&json, out);
  df_json_write_text(&json, "type", "result");
  df_json_write_text(&json, "command", "eval");
  df_json_write_truth(&json, "ok", ok);
  df_json_write_whole(&json, "exit", df_cli_exit(error->code));
  df_json_write_text(&json, "truth", options->inputs[0]);
  df_json_write_text(&json, "tracks", options->inputs[1]);
  df_json_write_text(&json, "plot", options->plot);
  if (ok)
    write_figures(&json, evaluation);
  df_report_json_said(&json, NULL, error);
  df_report_json_end(&json);
}
