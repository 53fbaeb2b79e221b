#include "vision/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/whole_file.h"

enum { BLOCK = 1 << 16, SUM = DF_SHA256_BYTES };

/* Reads to the end of the file; returns 0 or -1 with errno. */
static int feed(struct df_sha256 *sha, int file, uint8_t *block)
{
  for (;;) {
    ssize_t count = read(file, block, BLOCK);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return (int)count;
    df_sha256_update(sha, block, (size_t)count);
  }
}

/* 0, or -1 with errno. */
static int sum_file(struct df_sha256 *sha, uint8_t *block, const char *path, uint8_t ret_sum[SUM])
{
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  int result = feed(sha, file, block);
  if (result == 0)
    df_sha256_final(sha, ret_sum);
  int reason = errno;
  close(file);
  errno = reason;
  return result;
}

/* 0 with the sum as text, or an errno. */
static int sum_text(const char *path, char ret_text[DF_CHECKSUM_TEXT])
{
  uint8_t sum[SUM] = {0};
  struct df_sha256 *sha = df_sha256_create(false);
  uint8_t *block = malloc(BLOCK);
  int reason = !sha || !block ? ENOMEM : sum_file(sha, block, path, sum) < 0 ? errno : 0;
  free(block);
  df_sha256_destroy(&sha);
  for (int i = 0; i < SUM; i++)
    snprintf(ret_text + 2 * i, 3, "%02x", sum[i]);
  return reason;
}

int df_checksum_file(const char *path, char ret_text[DF_CHECKSUM_TEXT], struct df_error *err)
{
  int reason = sum_text(path, ret_text);
  if (reason == 0)
    return 0;
  return df_fail(err, df_read_error_code(reason), "cannot read %s: %s", path, strerror(reason));
}

int df_checksum_verify(const char *path, const char *sha256, struct df_error *err)
{
  char text[DF_CHECKSUM_TEXT];
  int reason = sum_text(path, text);
  if (reason == ENOMEM)
    return df_fail(err, DF_ENOMEM, "no memory to check the model %s", path);
  if (reason)
    return df_fail(err, DF_EMISSING,
        "cannot read the model %s: %s; run tools/setup to get the models", path, strerror(reason));
  if (strcmp(text, sha256) != 0)
    return df_fail(err, DF_EMISSING,
        "the model %s is not the one of the manifest: its SHA-256 is %s, %s was expected; run "
        "tools/setup to get it again",
        path, text, sha256);
  return 0;
}
