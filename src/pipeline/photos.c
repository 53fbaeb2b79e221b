#include "pipeline/photos.h"

#include "pipeline/fixes_read.h"

/*
 * So much more alike than two looks at one person must be are two photos of one person. Photos are good looks, so
 * that those of one person are far above, and people who only resemble each other must not be refused.
 */
static const float surely_one = 0.15f;

static int check_pair(
    const struct df_pipeline *p, const struct df_embedding photos[DF_SEATS], struct df_error *err)
{
  const char *const *paths = p->task->photos;
  if (!paths[DF_LEFT] || !paths[DF_RIGHT])
    return 0;
  float likeness = df_embedding_cosine(&photos[DF_LEFT], &photos[DF_RIGHT]);
  if (likeness < p->models.embedder->threshold + surely_one)
    return 0;
  return df_fail(err, DF_EINPUT,
      "--left (%s) and --right (%s) show the same person: give a photo of each of the two",
      paths[DF_LEFT], paths[DF_RIGHT]);
}

int df_photos_name_seats(struct df_pipeline *p, struct df_embedder *embedder,
    struct df_decider *decider, struct df_error *err)
{
  struct df_embedding photos[DF_SEATS];
  const char *const *paths = p->task->photos;
  int result = 0;
  for (int s = 0; s < DF_SEATS && result == 0; s++)
    if (paths[s])
      result = df_models_embed_photo(&p->models, p->device, embedder, paths[s], &photos[s], err);
  if (result == 0)
    result = check_pair(p, photos, err);
  for (enum df_seat s = 0; s < DF_SEATS && result == 0; s++)
    if (paths[s])
      result = df_decider_name(decider, s, &photos[s]);
  return result < 0 ? df_fail(err, result, "%s", df_error_text(result)) : 0;
}

void df_photos_check_people(const struct df_pipeline *p)
{
  char found[DF_FOUND_TEXT];
  for (int s = 0; s < DF_SEATS; s++)
    if (p->task->photos[s] && p->result->seat_seen[s] == 0)
      df_log_say(p->log, DF_LOG_WARNING, "the person of --%s (%s) was not seen; %s",
          df_seat_names[s], p->task->photos[s], df_found_text(p->result, found));
}
