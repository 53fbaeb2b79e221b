/* Lines of a truth file: each input is tried as a header and as a frame of a file with a header that is right. */
#include <math.h>
#include <string.h>

#include "pipeline/truth.h"
#include "target.h"

static const char usual_header[] =
    "{\"dualface_truth\":1,\"width\":1920,\"height\":1080,\"time_base\":\"1/30\",\"people\":["
    "{\"id\":\"A\",\"seat\":\"left\"},{\"id\":\"B\",\"seat\":\"right\"}],\"others\":["
    "{\"id\":\"C\",\"kind\":\"person\"},{\"id\":\"D\",\"kind\":\"photo\"}]}";

static void check_error(int result, const struct df_error *err)
{
  DF_PROMISE(result == DF_EINPUT || result == DF_ENOMEM);
  DF_PROMISE(err->code == result && err->text[0]);
}

static void check_header(const struct df_truth_header *header)
{
  DF_PROMISE(header->width > 0 && header->height > 0);
  DF_PROMISE(header->face_count > 0 && header->face_count <= DF_TRUE_IDS_MAX);
  for (int seat = 0; seat < DF_SEATS; seat++)
    DF_PROMISE(
        header->seat_id[seat] >= DF_NO_ID && header->seat_id[seat] < (int)header->face_count);
  for (size_t i = 0; i < header->face_count; i++)
    DF_PROMISE(header->faces[i].name[0] && memchr(header->faces[i].name, '\0', DF_TRUTH_NAME));
}

static void check_frame(const struct df_truth_frame *frame, const struct df_truth_header *header)
{
  DF_PROMISE(isfinite(frame->t));
  DF_PROMISE(frame->face_count <= header->face_count);
  for (size_t i = 0; i < frame->face_count; i++) {
    const struct df_true_face *face = &frame->faces[i];
    DF_PROMISE(face->id >= 0 && (size_t)face->id < header->face_count);
    DF_PROMISE(isfinite(face->box.x) && isfinite(face->box.y) && !df_box_empty(face->box));
    DF_PROMISE(!face->asked || !header->faces[face->id].photo);
    for (size_t k = 0; k < i; k++)
      DF_PROMISE(frame->faces[k].id != face->id);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *line = (const char *)data;
  struct df_truth_header header;
  struct df_truth_frame frame;
  struct df_error header_err = {0}, usual_err = {0}, frame_err = {0};
  int result = df_truth_parse_header(line, size, &header, &header_err);
  if (result == 0)
    check_header(&header);
  else
    check_error(result, &header_err);

  result = df_truth_parse_header(usual_header, strlen(usual_header), &header, &usual_err);
  DF_PROMISE(result == 0 || result == DF_ENOMEM);
  if (result < 0)
    return 0;
  result = df_truth_parse_frame(line, size, &header, &frame, &frame_err);
  if (result == 0)
    check_frame(&frame, &header);
  else
    check_error(result, &frame_err);
  return 0;
}
