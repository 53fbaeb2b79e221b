#include "jobs/inputs.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"
#include "base/whole_file.h"
#include "jobs/inputs_internal.h"

/* A stem that is taken, and the number to try next for another like it. */
struct taken {
  char *stem;
  int next;
};

static int compare_taken(const void *a, const void *b)
{
  const struct taken *left = a, *right = b;
  return strcmp(left->stem, right->stem);
}

static void free_taken(void *taken)
{
  free(((struct taken *)taken)->stem);
  free(taken);
}

/* Takes a stem, which it then owns: 1, 0 when it is taken already, -1 without memory. */
static int take(void **tree, char *stem, struct taken **ret_taken)
{
  struct taken *fresh = malloc(sizeof *fresh);
  if (!fresh)
    return -1;
  *fresh = (struct taken){.stem = stem, .next = 2};
  struct taken **place = tsearch(fresh, tree, compare_taken);
  bool is_new = place && *place == fresh;
  if (!is_new)
    free(fresh);
  if (!place)
    return -1;
  *ret_taken = *place;
  return is_new;
}

/* The first of STEM, STEM-2, STEM-3, ... that is free, and takes it; NULL without memory. */
static const char *take_free(void **tree, const char *stem, int length)
{
  struct taken *taken, *first = NULL;
  for (;;) {
    char *name = NULL;
    int written = first ? asprintf(&name, "%.*s-%d", length, stem, first->next++)
                        : asprintf(&name, "%.*s", length, stem);
    if (written < 0)
      return NULL;
    int result = take(tree, name, &taken);
    if (result == 1)
      return name;
    free(name);
    if (result < 0)
      return NULL;
    if (!first)
      first = taken;
  }
}

int df_gather_stems(struct df_inputs *inputs, struct df_error *err)
{
  void *tree = NULL;
  bool whole = true;
  for (size_t i = 0; i < inputs->count && whole; i++) {
    struct df_candidate *item = &inputs->items[i];
    if (item->why_not)
      continue;
    const char *slash = strrchr(item->path, '/');
    const char *name = slash ? slash + 1 : item->path, *dot = strrchr(name, '.');
    int length = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
    const char *stem = take_free(&tree, name, length);
    item->stem = stem ? strdup(stem) : NULL;
    whole = item->stem != NULL;
    inputs->taken++;
  }
  tdestroy(tree, free_taken);
  return whole ? 0 : df_fail(err, DF_ENOMEM, "out of memory");
}

/* Adds what one line of a list says. */
static int gather_line(
    struct df_gathering *g, const char *list, int number, char *line, size_t length)
{
  char path[DF_PATH_BYTES], folder[DF_PATH_BYTES] = "";
  const char *slash = strrchr(list, '/');
  if (strlen(line) != length)
    return df_fail(g->err, DF_EINPUT,
        "the list %s is no text: line %d has a zero byte; a list has one path a line", list,
        number);
  if (number == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0)
    line += 3; /* what some editors begin a text with */
  line[strcspn(line, "\r\n")] = '\0';
  if (line[0] == '\0' || line[0] == '#')
    return 0;
  if (slash && (size_t)(slash - list) + 1 < sizeof folder)
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - list) + 1, list);
  if (!df_path_join(folder, line, path, sizeof path))
    return df_fail(
        g->err, DF_EINPUT, "the list %s has a path in line %d that is too long", list, number);
  return df_gather_name(g, path);
}

int df_gather_list(struct df_gathering *g, const char *list)
{
  FILE *file = fopen(list, "re");
  char *line = NULL;
  size_t size = 0;
  ssize_t length = 0;
  int result = 0;
  for (int number = 1; file && result == 0 && (length = getline(&line, &size, file)) >= 0; number++)
    result = gather_line(g, list, number, line, (size_t)length);
  if (!file || (result == 0 && !feof(file)))
    result = df_fail(
        g->err, df_read_error_code(errno), "cannot read the list %s: %s", list, strerror(errno));
  free(line);
  if (file)
    fclose(file);
  return result;
}

static int gather(struct df_gathering *g)
{
  const struct df_inputs_order *order = g->order;
  struct stat info;
  int result = 0;
  if (order->output_folder && stat(order->output_folder, &info) == 0) {
    g->has_output_folder = true;
    g->output_device = info.st_dev;
    g->output_inode = info.st_ino;
  }
  for (size_t i = 0; i < order->name_count && result == 0; i++)
    result = df_gather_name(g, order->names[i]);
  for (size_t i = 0; i < order->list_count && result == 0; i++)
    result = df_gather_list(g, order->lists[i]);
  return result < 0 ? result : df_gather_stems(g->inputs, g->err);
}

int df_inputs_expand(
    const struct df_inputs_order *order, struct df_inputs **ret_inputs, struct df_error *err)
{
  struct df_gathering g = {.order = order, .inputs = calloc(1, sizeof *g.inputs), .err = err};
  if (!g.inputs)
    return df_fail(err, DF_ENOMEM, "out of memory");
  int result = gather(&g);
  tdestroy(g.seen, free);
  if (result < 0)
    df_inputs_destroy(&g.inputs);
  else
    *ret_inputs = g.inputs;
  return result;
}

void df_inputs_destroy(struct df_inputs **inputs_ptr)
{
  struct df_inputs *inputs = *inputs_ptr;
  if (!inputs)
    return;
  for (size_t i = 0; i < inputs->count; i++) {
    free(inputs->items[i].path);
    free(inputs->items[i].stem);
    free(inputs->items[i].why_not);
  }
  free(inputs->items);
  free(inputs);
  *inputs_ptr = NULL;
}
