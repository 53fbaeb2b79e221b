#include "pipeline/space.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { PATH_BYTES = 4096 };

int64_t df_space_needed(const struct df_space *s)
{
  if (s->bytes <= 0 || s->frames <= 0 || s->frames_total <= 0)
    return 0;
  double whole = s->frames >= s->frames_total
                     ? (double)s->bytes
                     : (double)s->bytes * (double)s->frames_total / (double)s->frames;
  double needed = whole - (double)s->bytes;
  if (s->cut)
    needed += whole > (double)s->joined ? whole - (double)s->joined : 0;
  return (int64_t)needed;
}

const char *df_space_text(int64_t needed, const char *path, char *text, size_t size)
{
  char folder[PATH_BYTES];
  struct statvfs disk;
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s.", slash ? (int)(slash - path) + 1 : 0, path);
  text[0] = '\0';
  if (needed <= 0)
    return text;
  int length = snprintf(text, size, "about %.1f MB more are needed there", (double)needed / 1e6);
  if (statvfs(folder, &disk) == 0 && length > 0 && (size_t)length < size)
    snprintf(text + length, size - (size_t)length, ", %.1f MB are free",
        (double)disk.f_bavail * (double)disk.f_frsize / 1e6);
  return text;
}
