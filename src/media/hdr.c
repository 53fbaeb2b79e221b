#include "media/hdr.h"

#include <libavcodec/version.h>
#include <libavformat/avformat.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/mem.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RED, GREEN, BLUE, CHROMATICITY_UNITS = 50000, LUMINANCE_UNITS = 10000 };

static double value(struct df_rational r)
{
  return r.den ? (double)r.num / r.den : 0;
}

static long units(struct df_rational r, int per_one)
{
  return lround(value(r) * per_one);
}

__attribute__((format(printf, 3, 4))) static void append(
    char *text, size_t size, const char *format, ...)
{
  size_t length = strlen(text);
  va_list args;
  va_start(args, format);
  vsnprintf(text + length, size - length, format, args);
  va_end(args);
}

static void append_x265_point(
    char *params, size_t size, const char *name, const struct df_rational point[2])
{
  append(params, size, "%s(%ld,%ld)", name, units(point[0], CHROMATICITY_UNITS),
      units(point[1], CHROMATICITY_UNITS));
}

void df_hdr_x265(const struct df_hdr *hdr, char *params, size_t size)
{
  if (hdr->has_mastering) {
    append(params, size, ":master-display=");
    append_x265_point(params, size, "G", hdr->primaries[GREEN]);
    append_x265_point(params, size, "B", hdr->primaries[BLUE]);
    append_x265_point(params, size, "R", hdr->primaries[RED]);
    append_x265_point(params, size, "WP", hdr->white);
    append(params, size, "L(%ld,%ld)", units(hdr->max_luminance, LUMINANCE_UNITS),
        units(hdr->min_luminance, LUMINANCE_UNITS));
  }
  if (hdr->has_light)
    append(params, size, ":max-cll=%u,%u", hdr->max_content_light, hdr->max_average_light);
}

/* Through millionths, not "%f": a decimal comma of the user's locale would break the text. */
static void append_decimal(char *params, size_t size, struct df_rational r)
{
  long millionths = units(r, 1000000);
  append(params, size, "%ld.%06ld", millionths / 1000000, millionths % 1000000);
}

static void append_svt_pair(
    char *params, size_t size, const char *name, struct df_rational a, struct df_rational b)
{
  append(params, size, "%s(", name);
  append_decimal(params, size, a);
  append(params, size, ",");
  append_decimal(params, size, b);
  append(params, size, ")");
}

void df_hdr_svt(const struct df_hdr *hdr, char *params, size_t size)
{
  if (hdr->has_mastering) {
    append(params, size, ":mastering-display=");
    append_svt_pair(params, size, "G", hdr->primaries[GREEN][0], hdr->primaries[GREEN][1]);
    append_svt_pair(params, size, "B", hdr->primaries[BLUE][0], hdr->primaries[BLUE][1]);
    append_svt_pair(params, size, "R", hdr->primaries[RED][0], hdr->primaries[RED][1]);
    append_svt_pair(params, size, "WP", hdr->white[0], hdr->white[1]);
    append_svt_pair(params, size, "L", hdr->max_luminance, hdr->min_luminance);
  }
  if (hdr->has_light)
    append(params, size, ":content-light=%u,%u", hdr->max_content_light, hdr->max_average_light);
}

double df_hdr_peak(const struct df_hdr *hdr)
{
  if (hdr->has_light && hdr->max_content_light > 0)
    return hdr->max_content_light;
  return hdr->has_mastering ? value(hdr->max_luminance) : 0;
}

/* Takes `data` (may be NULL: memory ran out when it was made) on success and on failure alike. */
static int give(AVStream *stream, enum AVPacketSideDataType type, void *data, size_t size)
{
  if (!data)
    return DF_ENOMEM;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  if (av_packet_side_data_add(&stream->codecpar->coded_side_data,
          &stream->codecpar->nb_coded_side_data, type, data, size, 0))
    return 0;
#else
  if (av_stream_add_side_data(stream, type, data, size) == 0)
    return 0;
#endif
  av_free(data);
  return DF_ENOMEM;
}

static AVRational rational(struct df_rational r)
{
  return (AVRational){r.num, r.den};
}

static int give_mastering(const struct df_hdr *hdr, AVStream *stream)
{
  AVMasteringDisplayMetadata *data = av_mastering_display_metadata_alloc();
  if (!data)
    return DF_ENOMEM;
  for (int axis = 0; axis < 2; axis++) {
    for (int colour = RED; colour <= BLUE; colour++)
      data->display_primaries[colour][axis] = rational(hdr->primaries[colour][axis]);
    data->white_point[axis] = rational(hdr->white[axis]);
  }
  data->max_luminance = rational(hdr->max_luminance);
  data->min_luminance = rational(hdr->min_luminance);
  data->has_primaries = data->has_luminance = 1;
  return give(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, data, sizeof *data);
}

static int give_light(const struct df_hdr *hdr, AVStream *stream)
{
  size_t size = 0;
  AVContentLightMetadata *data = av_content_light_metadata_alloc(&size);
  if (!data)
    return DF_ENOMEM;
  data->MaxCLL = hdr->max_content_light;
  data->MaxFALL = hdr->max_average_light;
  return give(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, data, size);
}

int df_hdr_attach(const struct df_hdr *hdr, struct AVStream *stream)
{
  int result = 0;
  if (hdr->has_mastering)
    result = give_mastering(hdr, stream);
  if (result == 0 && hdr->has_light)
    result = give_light(hdr, stream);
  return result;
}
