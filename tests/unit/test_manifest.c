/* Each test is named after the promise of manifest.h that it checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "vision/manifest.h"

#define DETECTOR                                                                                   \
  "{\"name\":\"eye\",\"task\":\"detect\",\"layout\":\"yunet\",\"file\":\"eye.onnx\","              \
  "\"input\":{\"name\":\"in\",\"channels\":\"bgr\",\"mean\":[1,2,3],\"scale\":[0.5,1,2],"          \
  "\"multiple\":64},\"score\":0.7,\"nms\":0.3,\"license\":\"MIT\",\"source\":\"here\"}"
#define EMBEDDER                                                                                   \
  "{\"name\":\"id\",\"task\":\"embed\",\"layout\":\"arcface\",\"file\":\"/abs/id.onnx\","          \
  "\"input\":{\"channels\":\"rgb\",\"size\":[112,96]},\"dimensions\":256,\"threshold\":0.4}"
#define MANIFEST(models) "{\"manifest\":1,\"models\":[" models "]}"

static int parse(const char *text, struct df_manifest **ret_manifest, struct df_error *err)
{
  return df_manifest_parse(text, strlen(text), "models", ret_manifest, err);
}

static void reads_all_that_is_said_of_a_model(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  assert_int_equal(parse(MANIFEST(DETECTOR "," EMBEDDER), &m, &err), 0);
  const struct df_model *d = df_manifest_find(m, DF_TASK_DETECT, NULL, &err);
  assert_non_null(d);
  assert_string_equal(d->name, "eye");
  assert_string_equal(d->path, "models/eye.onnx");
  assert_string_equal(d->sha256, "");
  assert_string_equal(d->input.name, "in");
  assert_true(d->input.bgr);
  assert_int_equal(d->input.multiple, 64);
  assert_true(d->input.mean[0] == 1 && d->input.mean[1] == 2 && d->input.mean[2] == 3);
  assert_true(d->input.scale[0] == 0.5F && d->input.scale[1] == 1 && d->input.scale[2] == 2);
  assert_true(d->score == 0.7F && d->nms == 0.3F);

  const struct df_model *e = df_manifest_find(m, DF_TASK_EMBED, "id", &err);
  assert_non_null(e);
  assert_string_equal(e->path, "/abs/id.onnx");
  assert_string_equal(e->input.name, "");
  assert_false(e->input.bgr);
  assert_true(e->input.mean[1] == 0 && e->input.scale[1] == 1);
  assert_int_equal(e->input.width, 112);
  assert_int_equal(e->input.height, 96);
  assert_int_equal(e->dimensions, 256);
  assert_true(e->threshold == 0.4F);
  df_manifest_destroy(&m);
  assert_null(m);
}

static void a_default_is_the_one_named_else_the_first_of_its_task(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  const char *second = ",{\"name\":\"two\",\"task\":\"detect\",\"layout\":\"yunet\",\"file\":\"f\","
                       "\"input\":{\"channels\":\"bgr\"}}";
  char text[2048];
  snprintf(text, sizeof text, "{\"manifest\":1,\"models\":[%s%s]%s}", DETECTOR, second, "");
  assert_int_equal(parse(text, &m, &err), 0);
  assert_string_equal(df_manifest_find(m, DF_TASK_DETECT, NULL, &err)->name, "eye");
  df_manifest_destroy(&m);
  snprintf(text, sizeof text, "{\"manifest\":1,\"models\":[%s%s]%s}", DETECTOR, second,
      ",\"default\":{\"detect\":\"two\"}");
  assert_int_equal(parse(text, &m, &err), 0);
  assert_string_equal(df_manifest_find(m, DF_TASK_DETECT, NULL, &err)->name, "two");
  df_manifest_destroy(&m);
}

static void who_asks_for_a_model_that_is_not_there_hears_which_are(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  assert_int_equal(parse(MANIFEST(DETECTOR "," EMBEDDER), &m, &err), 0);
  assert_null(df_manifest_find(m, DF_TASK_DETECT, "id", &err));
  assert_non_null(strstr(err.text, "id"));
  assert_non_null(strstr(err.text, "eye"));
  df_manifest_destroy(&m);

  err = (struct df_error){0};
  assert_int_equal(parse(MANIFEST(DETECTOR), &m, &err), 0);
  assert_null(df_manifest_find(m, DF_TASK_EMBED, NULL, &err));
  assert_true(err.code < 0);
  assert_non_null(strstr(err.text, "embed"));
  df_manifest_destroy(&m);
}

/* `text` is refused, and the sentence has each of the words. */
static void refuse(const char *text, const char *word, const char *other)
{
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  assert_int_equal(parse(text, &m, &err), DF_EINPUT);
  assert_null(m);
  if (!strstr(err.text, word) || !strstr(err.text, other))
    fail_msg("\"%s\" lacks \"%s\" or \"%s\"", err.text, word, other);
}

/* A manifest of one of the two models above with `from` replaced by `to`. */
static void refuse_change(const char *model, const char *from, const char *to, const char *word)
{
  char text[2048];
  const char *at = strstr(model, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "{\"manifest\":1,\"models\":[%.*s%s%s]}", (int)(at - model), model,
      to, at + strlen(from));
  refuse(text, word, "model");
}

static void unknown_keys_are_errors_with_the_nearest_name(void **state)
{
  (void)state;
  refuse("{\"manifest\":1,\"modles\":[]}", "modles", "\"models\"");
  refuse_change(DETECTOR, "\"layout\"", "\"layuot\"", "\"layout\"");
  refuse_change(DETECTOR, "\"channels\"", "\"chanels\"", "\"channels\"");
  refuse_change(DETECTOR, "\"score\"", "\"scores\"", "eye");
  refuse_change(DETECTOR, "\"nms\"", "\"threshold\"", "threshold");
  refuse_change(EMBEDDER, "\"size\"", "\"multiple\"", "multiple");
  refuse("{\"manifest\":1,\"models\":[" DETECTOR "],\"default\":{\"detct\":\"eye\"}}", "detct",
      "\"detect\"");
}

static void what_is_missing_is_named(void **state)
{
  (void)state;
  refuse("{\"models\":[" DETECTOR "]}", "manifest", "missing");
  refuse("{\"manifest\":1}", "models", "missing");
  refuse_change(DETECTOR, "\"name\":\"eye\",", "", "models[0]");
  refuse_change(DETECTOR, "\"task\":\"detect\",", "", "\"task\"");
  refuse_change(DETECTOR, "\"file\":\"eye.onnx\",", "", "\"file\"");
  refuse_change(DETECTOR, "\"channels\":\"bgr\",", "", "\"channels\"");
  refuse_change(EMBEDDER, ",\"size\":[112,96]", "", "\"size\"");
  refuse_change(EMBEDDER, "\"dimensions\":256,", "", "\"dimensions\"");
  refuse_change(EMBEDDER, ",\"threshold\":0.4", "", "\"threshold\"");
}

static void values_out_of_kind_or_range_are_errors(void **state)
{
  (void)state;
  refuse("{\"manifest\":2,\"models\":[" DETECTOR "]}", "manifest", "1");
  refuse("{\"manifest\":1,\"models\":{}}", "models", "list");
  refuse("{\"manifest\":1,\"models\":[]}", "models", "at least one");
  refuse("{\"manifest\":1,\"models\":[7]}", "models[0]", "object");
  refuse("[]", "JSON", "object");
  refuse_change(DETECTOR, "\"eye\"", "\"\"", "\"name\"");
  refuse_change(DETECTOR, "\"detect\"", "\"detects\"", "\"detect\"");
  refuse_change(DETECTOR, "\"yunet\"", "\"yolo\"", "yolo");
  refuse_change(DETECTOR, "\"yunet\"", "\"arcface\"", "arcface");
  refuse_change(DETECTOR, "\"bgr\"", "\"brg\"", "brg");
  refuse_change(DETECTOR, "[1,2,3]", "[1,2]", "\"mean\"");
  refuse_change(DETECTOR, "[1,2,3]", "[1,2,1e9]", "\"mean\"");
  refuse_change(DETECTOR, "[0.5,1,2]", "[0.5,0,2]", "\"scale\"");
  refuse_change(DETECTOR, "[0.5,1,2]", "\"no\"", "\"scale\"");
  refuse_change(DETECTOR, "\"multiple\":64", "\"multiple\":48", "\"multiple\"");
  refuse_change(DETECTOR, "\"multiple\":64", "\"multiple\":0", "\"multiple\"");
  refuse_change(DETECTOR, "\"score\":0.7", "\"score\":1.7", "\"score\"");
  refuse_change(DETECTOR, "\"nms\":0.3", "\"nms\":\"0.3\"", "\"nms\"");
  refuse_change(DETECTOR, "\"file\":\"eye.onnx\"", "\"file\":7", "\"file\"");
  refuse_change(DETECTOR, "\"score\":0.7", "\"sha256\":\"abc\"", "\"sha256\"");
  refuse_change(EMBEDDER, "[112,96]", "[112,8]", "\"size\"");
  refuse_change(EMBEDDER, "[112,96]", "[112.5,96]", "\"size\"");
  refuse_change(EMBEDDER, "256", "513", "\"dimensions\"");
  refuse_change(EMBEDDER, "256", "2.5", "\"dimensions\"");
  refuse_change(EMBEDDER, "0.4}", "2}", "\"threshold\"");
}

static void damage_is_an_error_with_its_line(void **state)
{
  (void)state;
  refuse("", "JSON", "line");
  refuse("{\"manifest\":1,\n\"models\":[}", "line 2", "JSON");
  refuse("{\"manifest\":1,\"manifest\":1}", "JSON", "duplicate");
  refuse("{\"manifest\":1,\"models\":[" DETECTOR "," DETECTOR "]}", "two models", "eye");
  refuse(
      "{\"manifest\":1,\"models\":[" DETECTOR "],\"default\":{\"embed\":\"eye\"}}", "embed", "eye");
  refuse("{\"manifest\":1,\"models\":[" DETECTOR "],\"default\":7}", "default", "object");
}

static void a_sum_is_kept_in_lower_case(void **state)
{
  (void)state;
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  const char *text =
      MANIFEST("{\"name\":\"n\",\"task\":\"detect\",\"layout\":\"yunet\",\"file\":\"f\",\"sha256\":"
               "\"ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789\","
               "\"input\":{\"channels\":\"rgb\"}}");
  assert_int_equal(parse(text, &m, &err), 0);
  const struct df_model *d = df_manifest_find(m, DF_TASK_DETECT, NULL, &err);
  assert_string_equal(
      d->sha256, "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
  assert_int_equal(d->input.multiple, 32);
  assert_true(d->score == 0.6F && d->nms == 0.4F);
  df_manifest_destroy(&m);
}

static void write_text(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static void a_file_is_loaded_and_its_folder_is_where_models_are(void **state)
{
  const char *folder = *state;
  char path[512], expected[600];
  struct df_error err = {0};
  struct df_manifest *m = NULL;
  snprintf(path, sizeof path, "%s/models.json", folder);
  write_text(path, MANIFEST(DETECTOR));
  assert_int_equal(df_manifest_load(path, &m, &err), 0);
  snprintf(expected, sizeof expected, "%s/eye.onnx", folder);
  assert_string_equal(df_manifest_find(m, DF_TASK_DETECT, NULL, &err)->path, expected);
  df_manifest_destroy(&m);

  write_text(path, "{}");
  assert_int_equal(df_manifest_load(path, &m, &err), DF_EINPUT);
  assert_non_null(strstr(err.text, path));
  err = (struct df_error){0};
  assert_int_equal(df_manifest_load("/nowhere/models.json", &m, &err), DF_EMISSING);
  assert_non_null(strstr(err.text, "/nowhere/models.json"));
  err = (struct df_error){0};
  assert_int_equal(df_manifest_load(folder, &m, &err), DF_EINPUT);
  assert_null(m);
}

static void is_found_by_path_folder_or_environment(void **state)
{
  const char *folder = *state;
  char path[512], found[512];
  struct df_error err = {0};
  snprintf(path, sizeof path, "%s/models.json", folder);
  write_text(path, MANIFEST(DETECTOR));
  assert_int_equal(df_manifest_locate(path, found, sizeof found, &err), 0);
  assert_string_equal(found, path);
  assert_int_equal(df_manifest_locate(folder, found, sizeof found, &err), 0);
  assert_string_equal(found, path);
  setenv("DUALFACE_MODELS", folder, 1);
  assert_int_equal(df_manifest_locate(NULL, found, sizeof found, &err), 0);
  assert_string_equal(found, path);

  setenv("DUALFACE_MODELS", "/nowhere", 1);
  assert_int_equal(df_manifest_locate(NULL, found, sizeof found, &err), DF_EMISSING);
  assert_non_null(strstr(err.text, "DUALFACE_MODELS"));
  unsetenv("DUALFACE_MODELS");
  err = (struct df_error){0};
  assert_int_equal(df_manifest_locate("/nowhere/else", found, sizeof found, &err), DF_EMISSING);
  assert_non_null(strstr(err.text, "/nowhere/else"));
  assert_non_null(strstr(err.text, "tools/setup"));
}

static int make_folder(void **state)
{
  static char folder[] = "/tmp/test_manifest_XXXXXX";
  *state = mkdtemp(folder);
  return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
  char path[512];
  snprintf(path, sizeof path, "%s/models.json", (const char *)*state);
  unlink(path);
  return rmdir(*state);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_all_that_is_said_of_a_model),
      cmocka_unit_test(a_default_is_the_one_named_else_the_first_of_its_task),
      cmocka_unit_test(who_asks_for_a_model_that_is_not_there_hears_which_are),
      cmocka_unit_test(unknown_keys_are_errors_with_the_nearest_name),
      cmocka_unit_test(what_is_missing_is_named),
      cmocka_unit_test(values_out_of_kind_or_range_are_errors),
      cmocka_unit_test(damage_is_an_error_with_its_line),
      cmocka_unit_test(a_sum_is_kept_in_lower_case),
      cmocka_unit_test(a_file_is_loaded_and_its_folder_is_where_models_are),
      cmocka_unit_test(is_found_by_path_folder_or_environment),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
