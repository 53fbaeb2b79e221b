#include "pipeline/misses.h"

int df_misses_take(struct df_misses *m, int result, const struct df_error *cause,
    struct df_log *log, struct df_error *err)
{
  if (result >= 0) {
    m->any_good = true;
    m->in_row = 0;
    return 0;
  }
  if (result != DF_ELIBRARY)
    return df_fail(err, result, "%s", cause->text[0] ? cause->text : df_error_text(result));
  m->last = *cause;
  if (m->count++ == 0)
    df_log_event(log, DF_LOG_WARNING, DF_EVENT_SKIPPED, "%s and %s (more are only counted): %s",
        m->what, m->instead, cause->text);
  if (++m->in_row == DF_MISSES_IN_A_ROW)
    return df_fail(err, result, "%s, %d times in a row: %s", m->what, m->in_row, cause->text);
  return 1;
}

int df_misses_finish(const struct df_misses *m, struct df_error *err)
{
  if (m->count == 0 || m->any_good)
    return 0;
  return df_fail(err, m->last.code, "%s, nor any other: %s", m->what, m->last.text);
}
