#include "media/metadata.h"

#include <libavutil/dict.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <string.h>
#include <strings.h>

/* Brands and handlers are the old container's, time codes its first frame's, statistics its packets'. */
static const char *const stale[] = {"major_brand", "minor_version", "compatible_brands", "encoder",
    "timecode", "rotate", "vendor_id", "handler_name", "DURATION", "BPS", "NUMBER_OF_FRAMES",
    "NUMBER_OF_BYTES", "SOURCE_ID", "_STATISTICS", NULL};

/* Matroska adds the language to a name: "BPS-eng". */
static bool is_stale(const char *key)
{
  for (int i = 0; stale[i]; i++) {
    size_t length = strlen(stale[i]);
    bool prefix = strncasecmp(key, stale[i], length) == 0;
    if (prefix && (key[length] == '\0' || key[length] == '-' || stale[i][0] == '_'))
      return true;
  }
  return false;
}

static int copy_tags(AVDictionary **to, const AVDictionary *from)
{
  const AVDictionaryEntry *tag = NULL;
  while ((tag = av_dict_get(from, "", tag, AV_DICT_IGNORE_SUFFIX))) {
    if (is_stale(tag->key))
      continue;
    int result = av_dict_set(to, tag->key, tag->value, 0);
    if (result < 0)
      return result;
  }
  return 0;
}

int df_metadata_copy_global(AVFormatContext *to, const AVFormatContext *from)
{
  return copy_tags(&to->metadata, from->metadata);
}

int df_metadata_copy_stream(AVStream *to, const AVStream *from)
{
  to->disposition = from->disposition;
  return copy_tags(&to->metadata, from->metadata);
}

static int add_chapter(AVFormatContext *to, const AVChapter *from, int64_t start, int64_t end)
{
  AVChapter **grown = av_realloc_array(to->chapters, to->nb_chapters + 1, sizeof *grown);
  if (!grown)
    return AVERROR(ENOMEM);
  to->chapters = grown;
  AVChapter *chapter = av_mallocz(sizeof *chapter);
  if (!chapter)
    return AVERROR(ENOMEM);
  to->chapters[to->nb_chapters++] = chapter; /* freed with the context from here on */
  chapter->id = from->id;
  chapter->time_base = from->time_base;
  chapter->start = start;
  chapter->end = end;
  return copy_tags(&chapter->metadata, from->metadata);
}

int df_metadata_copy_chapters(
    AVFormatContext *to, const AVFormatContext *from, struct df_span span, int64_t origin)
{
  for (unsigned i = 0; i < from->nb_chapters; i++) {
    const AVChapter *chapter = from->chapters[i];
    AVRational unit = chapter->time_base;
    int64_t zero = av_rescale_q(origin, AV_TIME_BASE_Q, unit);
    int64_t start = FFMAX(chapter->start - zero, 0), end = chapter->end - zero;
    if (span.end != INT64_MAX)
      end = FFMIN(end, av_rescale_q(span.end - origin, AV_TIME_BASE_Q, unit));
    if (end <= start)
      continue;
    int result = add_chapter(to, chapter, start, end);
    if (result < 0)
      return result;
  }
  return 0;
}
