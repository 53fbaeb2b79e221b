#include "vision/engine_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/sha256.h"
#include "base/whole_file.h"
#include "vision/checksum.h"

/* The list of sums: "SHA-256  name" a line, as sha256sum writes it. */
static const char list_name[] = "files.sha256";

enum { PATH = 4096, DAY = 24 * 60 * 60 };

void df_engine_key(const struct df_engine_facts *facts, char ret_key[DF_ENGINE_KEY])
{
  char text[2048];
  int length = snprintf(text, sizeof text, "fp16\n%s\n%d.%d\n%s\n%s\n%s\n%s\n", facts->gpu,
      facts->major, facts->minor, facts->driver, facts->runtime, facts->tensorrt, facts->model);
  size_t end = length < 0 ? 0 : (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
  for (int i = 0; i < 12; i++)
    end += (size_t)snprintf(
        text + end, sizeof text - end, "%d%c", facts->shapes[i / 4][i % 4], i % 4 < 3 ? 'x' : '\n');
  uint8_t sum[DF_SHA256_BYTES] = {0};
  struct df_sha256 *sha = df_sha256_create(false);
  if (sha) {
    df_sha256_update(sha, (const uint8_t *)text, end);
    df_sha256_final(sha, sum);
  }
  df_sha256_destroy(&sha);
  for (int i = 0; i < DF_ENGINE_KEY / 2; i++)
    snprintf(ret_key + 2 * i, 3, "%02x", sum[i]);
}

static bool is_entry(const char *name)
{
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

void df_engine_remove(const char *path)
{
  DIR *folder = opendir(path);
  if (!folder)
    return;
  struct dirent *entry;
  while ((entry = readdir(folder)))
    if (is_entry(entry->d_name))
      unlinkat(dirfd(folder), entry->d_name, 0);
  closedir(folder);
  rmdir(path);
}

/* Every file of the list is there with its sum, and there is at least one. */
static bool is_whole(const char *path)
{
  char file_path[PATH], line[600];
  if (!df_path_join(path, list_name, file_path, sizeof file_path))
    return false;
  FILE *list = fopen(file_path, "re");
  if (!list)
    return false;
  int files = 0;
  bool whole = true;
  while (whole && fgets(line, sizeof line, list)) {
    char sum[DF_CHECKSUM_TEXT];
    size_t length = strcspn(line, "\n");
    whole = line[length] == '\n' && length > DF_CHECKSUM_TEXT + 1;
    line[length] = '\0';
    whole = whole && df_path_join(path, line + DF_CHECKSUM_TEXT + 1, file_path, sizeof file_path) &&
            df_checksum_file(file_path, sum, NULL) == 0 &&
            strncmp(line, sum, DF_CHECKSUM_TEXT - 1) == 0;
    files++;
  }
  fclose(list);
  return whole && files > 0;
}

enum df_engine_state df_engine_find(const char *cache, const char *key, char *ret_path)
{
  if (!df_path_join(cache, key, ret_path, PATH) || !df_path_is_folder(ret_path))
    return DF_ENGINE_ABSENT;
  if (is_whole(ret_path))
    return DF_ENGINE_WHOLE;
  df_engine_remove(ret_path);
  return DF_ENGINE_DAMAGED;
}

static void remove_abandoned(const char *cache)
{
  DIR *folder = opendir(cache);
  if (!folder)
    return;
  struct dirent *entry;
  while ((entry = readdir(folder))) {
    char path[PATH];
    struct stat info;
    if (strstr(entry->d_name, ".building-") && df_path_join(cache, entry->d_name, path, PATH) &&
        stat(path, &info) == 0 && info.st_mtime < time(NULL) - DAY)
      df_engine_remove(path);
  }
  closedir(folder);
}

int df_engine_begin(const char *cache, const char *key, char *ret_path, struct df_error *err)
{
  char name[DF_ENGINE_KEY + 40];
  if (!df_path_make_folder(cache))
    return df_fail(err, DF_EOUTPUT, "cannot make the folder %s for TensorRT's engines: %s", cache,
        strerror(errno));
  remove_abandoned(cache);
  snprintf(name, sizeof name, "%s.building-XXXXXX", key);
  if (!df_path_join(cache, name, ret_path, PATH) || !mkdtemp(ret_path))
    return df_fail(err, DF_EOUTPUT, "cannot make a folder for TensorRT's engines in %s: %s", cache,
        strerror(errno));
  return 0;
}

static int make_durable(const char *path)
{
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  int result = fsync(file);
  close(file);
  return result;
}

static int cannot_keep(const char *building, int reason, struct df_error *err)
{
  return df_fail(err, df_write_error_code(reason), "cannot keep TensorRT's engine in %s: %s",
      building, strerror(reason));
}

/* One line a file of `folder`. */
static int list_files(const char *building, DIR *folder, FILE *list, struct df_error *err)
{
  struct dirent *entry;
  int files = 0;
  while ((entry = readdir(folder))) {
    char path[PATH], sum[DF_CHECKSUM_TEXT];
    if (!is_entry(entry->d_name) || strcmp(entry->d_name, list_name) == 0 ||
        !df_path_join(building, entry->d_name, path, PATH))
      continue;
    int result = df_checksum_file(path, sum, err);
    if (result < 0)
      return result;
    if (fprintf(list, "%s  %s\n", sum, entry->d_name) < 0 || make_durable(path) < 0)
      return cannot_keep(building, errno, err);
    files++;
  }
  if (files == 0)
    return df_fail(err, DF_ELIBRARY, "TensorRT left no engine in %s to be kept", building);
  return 0;
}

static int write_list(const char *building, struct df_error *err)
{
  char path[PATH];
  DIR *folder = opendir(building);
  if (!folder)
    return cannot_keep(building, errno, err);
  FILE *list = df_path_join(building, list_name, path, PATH) ? fopen(path, "we") : NULL;
  int result = list ? list_files(building, folder, list, err) : cannot_keep(building, errno, err);
  if (result == 0 && (fflush(list) != 0 || fsync(fileno(list)) < 0))
    result = cannot_keep(building, errno, err);
  if (list)
    fclose(list);
  closedir(folder);
  return result;
}

int df_engine_commit(const char *cache, const char *key, const char *building, struct df_error *err)
{
  char path[PATH];
  int result = write_list(building, err);
  if (result == 0 && !df_path_join(cache, key, path, PATH))
    result = df_fail(err, DF_EOUTPUT, "the path of the folder %s is too long", cache);
  if (result == 0 && rename(building, path) == 0) {
    make_durable(cache);
    return 0;
  }
  bool other = result == 0 && (errno == ENOTEMPTY || errno == EEXIST);
  if (result == 0 && !other)
    result = df_fail(err, df_write_error_code(errno), "cannot name TensorRT's engine %s: %s", path,
        strerror(errno));
  df_engine_remove(building);
  return result;
}
