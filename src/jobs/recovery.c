#include "jobs/recovery.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS_MOST = 3, ATTEMPTS_MOST_OF_MANY = 15 };

#define RULES(most)                                                                                \
  {                                                                                                \
    [DF_CAUSE_EXITED] = {DF_ACTION_END, 0}, [DF_CAUSE_STOPPED] = {DF_ACTION_END, 0},               \
    [DF_CAUSE_CRASHED] = {DF_ACTION_RESTART, most}, [DF_CAUSE_KILLED] = {DF_ACTION_RESTART, most}, \
    [DF_CAUSE_SILENT] = {DF_ACTION_RESTART, most}, [DF_CAUSE_STALLED] = {DF_ACTION_RESTART, most}, \
  }

const struct df_recovery_policy df_recovery_default = {
    .rules = RULES(ATTEMPTS_MOST),
    .backoff = {1, 2, 4, 8, 16, 30},
};

const struct df_recovery_policy df_recovery_of_many = {
    .rules = RULES(ATTEMPTS_MOST_OF_MANY),
    .backoff = {1, 2, 4, 8, 16, 30},
    .progress_least = 1,
};

/* How many attempts in a row got nowhere, this one included. */
static int row_with(const struct df_recovery_policy *policy,
    const struct df_recovery_history *history, const struct df_death *death)
{
  bool moved =
      policy->progress_least > 0 && death->pictures >= history->farthest + policy->progress_least;
  return moved ? 1 : history->row + 1;
}

struct df_step df_recovery_next(const struct df_recovery_policy *policy,
    const struct df_recovery_history *history, const struct df_death *death)
{
  const struct df_recovery_rule *rule = &policy->rules[death->cause];
  if (rule->action == DF_ACTION_END)
    return (struct df_step){.action = DF_ACTION_END};
  int row = row_with(policy, history, death);
  if (row >= rule->attempts_most)
    return (struct df_step){.action = DF_ACTION_GIVE_UP};
  int step = row < DF_BACKOFF_STEPS ? row : DF_BACKOFF_STEPS;
  return (struct df_step){.action = rule->action, .wait = policy->backoff[step - 1]};
}

void df_recovery_note(const struct df_recovery_policy *policy, struct df_recovery_history *history,
    const struct df_death *death)
{
  history->row = row_with(policy, history, death);
  history->deaths[history->count++ % DF_DEATHS_KEPT] = *death;
  if (death->pictures > history->farthest)
    history->farthest = death->pictures;
}

static void name_signal(int number, char *text, size_t size)
{
  const char *name = sigabbrev_np(number);
  if (name)
    snprintf(text, size, "SIG%s", name);
  else
    snprintf(text, size, "signal %d", number);
}

const char *df_death_text(const struct df_death *death, char *text, size_t size)
{
  static const char *const words[DF_CAUSES] = {
      [DF_CAUSE_EXITED] = "ended by itself",
      [DF_CAUSE_STOPPED] = "was stopped",
      [DF_CAUSE_CRASHED] = "crashed",
      [DF_CAUSE_KILLED] = "was killed, as happens when memory runs out",
      [DF_CAUSE_SILENT] = "gave no sign of life any more and was ended",
      [DF_CAUSE_STALLED] = "made no picture any more and was ended",
  };
  char signal[32] = "", bracket[40] = "";
  if (death->signal > 0) {
    name_signal(death->signal, signal, sizeof signal);
    snprintf(bracket, sizeof bracket, " (%s)", signal);
  }
  snprintf(text, size, "%s%s, at least %lld picture%s in", words[death->cause], bracket,
      (long long)death->pictures, death->pictures == 1 ? "" : "s");
  return text;
}

const char *df_recovery_text(const struct df_recovery_history *history, char *text, size_t size)
{
  int first = history->count > DF_DEATHS_KEPT ? history->count - DF_DEATHS_KEPT : 0;
  size_t used = 0;
  text[0] = '\0';
  for (int i = first; i < history->count && used < size; i++) {
    char death[160];
    used += (size_t)snprintf(text + used, size - used, "%s%d: %s", i > first ? "; " : "", i + 1,
        df_death_text(&history->deaths[i % DF_DEATHS_KEPT], death, sizeof death));
  }
  return text;
}
