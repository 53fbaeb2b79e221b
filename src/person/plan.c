/* Looks things up in a plan; what stands in it was decided by those who solve. */
#include "person/plan.h"

#include <stdlib.h>

#include "person/solve.h"

void df_plan_destroy(struct df_plan **plan)
{
  if (!*plan)
    return;
  free((*plan)->spans);
  free(*plan);
  *plan = NULL;
}

/* The span of a track that a frame is in, or NULL. */
static const struct df_stretch *find(const struct df_plan *plan, int track, long frame)
{
  size_t low = 0, high = plan->span_count;
  while (low < high) { /* the first that is behind */
    size_t middle = low + (high - low) / 2;
    const struct df_stretch *span = &plan->spans[middle];
    if (span->track < track || (span->track == track && span->first <= frame))
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0)
    return NULL;
  const struct df_stretch *span = &plan->spans[low - 1];
  return span->track == track && frame <= span->last ? span : NULL;
}

/* Where two stretches of one person overlap for an instant the longer one is believed. */
void df_plan_people_of(const struct df_plan *plan, long frame, const struct df_tracked *tracked,
    size_t count, int *ret_person)
{
  for (size_t i = 0; i < count; i++) {
    const struct df_stretch *span = find(plan, tracked[i].track, frame);
    ret_person[i] = span ? span->person : DF_NOBODY;
    for (size_t k = 0; k < i && ret_person[i] != DF_NOBODY; k++) {
      if (ret_person[k] != ret_person[i])
        continue;
      bool longer = span->dwell > find(plan, tracked[k].track, frame)->dwell;
      ret_person[longer ? k : i] = DF_NOBODY;
    }
  }
}

void df_plan_seats(const struct df_plan *plan, int ret_person[DF_SEATS])
{
  for (int seat = 0; seat < DF_SEATS; seat++)
    ret_person[seat] = plan->seat_person[seat];
}

size_t df_plan_people(const struct df_plan *plan)
{
  return plan->people_count;
}
