/* Files and folders: each once, whatever it is called, and what is in a folder in order. */
#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/inputs_internal.h"

static const char *const video_extensions[] = {"3g2", "3gp", "asf", "avi", "divx", "dv", "f4v",
    "flv", "m2ts", "m2v", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv",
    "qt", "rm", "rmvb", "ts", "vob", "webm", "wmv", "y4m"};

/* A file that was met. */
struct met {
  dev_t device;
  ino_t inode;
  size_t candidate; /* 1 + its place; 0: a folder */
};

bool df_inputs_is_video_name(const char *name)
{
  const char *slash = strrchr(name, '/');
  const char *base = slash ? slash + 1 : name, *dot = strrchr(base, '.');
  if (!dot || dot == base)
    return false;
  for (size_t i = 0; i < sizeof video_extensions / sizeof *video_extensions; i++)
    if (strcasecmp(dot + 1, video_extensions[i]) == 0)
      return true;
  return false;
}

static int no_memory(struct df_gathering *g)
{
  return df_fail(g->err, DF_ENOMEM, "out of memory");
}

static int compare_met(const void *a, const void *b)
{
  const struct met *left = a, *right = b;
  if (left->device != right->device)
    return left->device < right->device ? -1 : 1;
  return (left->inode > right->inode) - (left->inode < right->inode);
}

/* The entry of a file that is met now: one that was there before, or a new one; NULL without memory. */
static struct met *meet(struct df_gathering *g, const struct stat *info, bool *ret_new)
{
  struct met *fresh = malloc(sizeof *fresh);
  if (!fresh)
    return NULL;
  *fresh = (struct met){.device = info->st_dev, .inode = info->st_ino};
  struct met **place = tsearch(fresh, &g->seen, compare_met);
  *ret_new = place && *place == fresh;
  if (!*ret_new)
    free(fresh);
  return place ? *place : NULL;
}

/* Adds a candidate; `why_not` may be NULL. */
static int add(struct df_gathering *g, const char *path, const char *why_not)
{
  struct df_inputs *inputs = g->inputs;
  if (inputs->count == g->capacity) {
    size_t capacity = g->capacity ? 2 * g->capacity : 16;
    struct df_candidate *grown = realloc(inputs->items, capacity * sizeof *grown);
    if (!grown)
      return no_memory(g);
    inputs->items = grown;
    g->capacity = capacity;
  }
  struct df_candidate *item = &inputs->items[inputs->count++];
  *item = (struct df_candidate){.path = strdup(path), .why_not = why_not ? strdup(why_not) : NULL};
  return item->path && (item->why_not || !why_not) ? 0 : no_memory(g);
}

/* Adds a file that is there, or, where it was met and had a reason, takes the reason away. */
static int add_file(
    struct df_gathering *g, const char *path, const struct stat *info, const char *why_not)
{
  bool is_new;
  struct met *met = meet(g, info, &is_new);
  if (!met)
    return no_memory(g);
  if (is_new) {
    int result = add(g, path, why_not);
    met->candidate = g->inputs->count;
    return result;
  }
  if (!why_not && met->candidate > 0) {
    struct df_candidate *item = &g->inputs->items[met->candidate - 1];
    free(item->why_not);
    item->why_not = NULL;
  }
  return 0;
}

/* Whether it is what a run into this folder has made: "talk-split.mp4". */
static bool is_result(const struct df_gathering *g, const struct stat *folder, const char *name)
{
  const char *suffix = g->order->output_suffix, *dot = strrchr(name, '.');
  if (!g->has_output_folder || folder->st_dev != g->output_device ||
      folder->st_ino != g->output_inode)
    return false;
  size_t length = suffix ? strlen(suffix) : 0, stem = dot ? (size_t)(dot - name) : strlen(name);
  return length > 0 && stem > length && strncmp(name + stem - length, suffix, length) == 0;
}

static int gather_folder(struct df_gathering *g, const char *path, const struct stat *folder);

static int add_found(
    struct df_gathering *g, const char *path, const char *name, const struct stat *folder)
{
  struct stat info;
  char why_not[128];
  if (stat(path, &info) < 0) {
    snprintf(why_not, sizeof why_not, "it cannot be looked at: %s", strerror(errno));
    return add(g, path, why_not);
  }
  if (S_ISDIR(info.st_mode))
    return gather_folder(g, path, &info);
  if (!S_ISREG(info.st_mode))
    return add_file(g, path, &info, "it is not a regular file");
  if (is_result(g, folder, name))
    return add_file(g, path, &info, "it is a result of an earlier run");
  bool is_video = df_inputs_is_video_name(name);
  return add_file(g, path, &info, is_video ? NULL : "its extension is not that of a video");
}

static int is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_entry(
    struct df_gathering *g, const char *path, const char *name, const struct stat *folder)
{
  char *whole = NULL;
  bool slash = path[strlen(path) - 1] == '/';
  if (asprintf(&whole, "%s%s%s", path, slash ? "" : "/", name) < 0)
    return no_memory(g);
  int result = add_found(g, whole, name, folder);
  free(whole);
  return result;
}

static int gather_folder(struct df_gathering *g, const char *path, const struct stat *folder)
{
  struct dirent **entries = NULL;
  char why_not[128];
  bool is_new;
  if (!meet(g, folder, &is_new))
    return no_memory(g);
  if (!is_new)
    return 0;
  int count = scandir(path, &entries, is_visible, compare_names), result = 0;
  if (count < 0) {
    if (errno == ENOMEM)
      return no_memory(g);
    snprintf(why_not, sizeof why_not, "the folder cannot be read: %s", strerror(errno));
    return add(g, path, why_not);
  }
  for (int i = 0; i < count; i++) {
    if (result == 0)
      result = add_entry(g, path, entries[i]->d_name, folder);
    free(entries[i]);
  }
  free(entries);
  return result;
}

int df_gather_name(struct df_gathering *g, const char *path)
{
  struct stat info;
  if (stat(path, &info) < 0)
    return add(g, path, NULL);
  if (!S_ISDIR(info.st_mode))
    return add_file(g, path, &info, NULL);
  size_t before = g->inputs->count;
  bool is_known = tfind(&(struct met){.device = info.st_dev, .inode = info.st_ino}, &g->seen,
                      compare_met) != NULL;
  int result = gather_folder(g, path, &info);
  if (result == 0 && !is_known && g->inputs->count == before)
    return add(g, path, "the folder has no file in it that was not named before");
  return result;
}
