/* How the double is set up, and which calls fail on demand. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { FAILURES_MOST = 16 };

struct failure {
  char name[64];
  long at; /* the call that fails, counted from 1 */
  bool goes_on;
  CUresult code;
  long seen;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_set_up;
static struct sim_settings settings;
static struct failure failures[FAILURES_MOST];
static size_t failure_count;
static CUresult lost;

void sim_die(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs("libcuda double: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs("\n", stderr);
  va_end(arguments);
  abort();
}

static long number(const char *text, const char **ret_rest)
{
  char *end = NULL;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (end == text || errno || value < 0)
    sim_die("`%s` in the settings is no number", text);
  *ret_rest = end;
  return value;
}

static size_t bytes(const char *text)
{
  const char *rest = text;
  size_t value = (size_t)number(text, &rest);
  int shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : *rest == 'G' ? 30 : 0;
  return value << shift;
}

/* What a call of this name fails with on a real card, when it does. */
static CUresult usual_code(const char *name)
{
  if (strstr(name, "Alloc"))
    return SIM_OUT_OF_MEMORY;
  if (strcmp(name, "cuLaunchKernel") == 0 || strcmp(name, "work") == 0)
    return SIM_LAUNCH_FAILED;
  if (strcmp(name, "cuInit") == 0)
    return SIM_NO_DEVICE;
  return CUDA_ERROR_UNKNOWN;
}

/* NAME[@N][+][:CODE] */
static void add_failure(const char *text)
{
  if (failure_count == FAILURES_MOST)
    sim_die("more than %d failures are asked for", FAILURES_MOST);
  struct failure *f = &failures[failure_count++];
  *f = (struct failure){.at = 1};
  size_t length = strcspn(text, "@+:");
  snprintf(f->name, sizeof f->name, "%.*s", (int)length, text);
  f->code = usual_code(f->name);
  const char *rest = text + length;
  if (*rest == '@')
    f->at = number(rest + 1, &rest);
  if (*rest == '+') {
    f->goes_on = true;
    rest++;
  }
  if (*rest == ':')
    f->code = (CUresult)number(rest + 1, &rest);
  if (*rest)
    sim_die("`%s` is no failure like cuMemAlloc_v2@3+:2", text);
}

static void set(const char *name, const char *value)
{
  const char *rest = value;
  if (strcmp(name, "memory") == 0) {
    settings.memory = bytes(value);
  } else if (strcmp(name, "capability") == 0) {
    settings.major = (int)number(value, &rest);
    settings.minor = *rest == '.' ? (int)number(rest + 1, &rest) : 0;
  } else if (strcmp(name, "devices") == 0) {
    settings.devices = (int)number(value, &rest);
  } else if (strcmp(name, "driver") == 0) {
    settings.driver = (int)number(value, &rest);
  } else if (strcmp(name, "delay") == 0) {
    settings.delay = (int)number(value, &rest);
  } else if (strcmp(name, "fail") == 0) {
    add_failure(value);
  } else {
    sim_die("there is no setting `%s`", name);
  }
}

static void set_up(const char *text)
{
  settings = (struct sim_settings){
      .memory = (size_t)2 << 30, .major = 9, .minor = 0, .devices = 1, .driver = 13000};
  failure_count = 0;
  lost = CUDA_SUCCESS;
  is_set_up = true;
  char *copy = strdup(text ? text : ""), *at = copy;
  for (char *item; (item = strsep(&at, ",")) && *item;) {
    char *value = strchr(item, '=');
    if (!value)
      sim_die("`%s` in the settings lacks a value", item);
    *value = '\0';
    set(item, value + 1);
  }
  free(copy);
  if (settings.devices > SIM_DEVICES_MOST)
    sim_die("at most %d devices can be had", SIM_DEVICES_MOST);
}

void sim_configure(const char *text)
{
  pthread_mutex_lock(&lock);
  set_up(text);
  pthread_mutex_unlock(&lock);
}

static void set_up_once(void)
{
  if (!is_set_up)
    set_up(getenv("DUALFACE_DOUBLE_CUDA"));
}

const struct sim_settings *sim_settings(void)
{
  pthread_mutex_lock(&lock);
  set_up_once();
  pthread_mutex_unlock(&lock);
  return &settings;
}

static bool loses_context(CUresult code)
{
  return code == SIM_ILLEGAL_ADDRESS || code == CUDA_ERROR_LAUNCH_TIMEOUT ||
         ((int)code >= 714 && code <= SIM_LAUNCH_FAILED);
}

CUresult sim_called(const char *name)
{
  pthread_mutex_lock(&lock);
  set_up_once();
  CUresult result = lost;
  for (size_t i = 0; i < failure_count; i++) {
    struct failure *f = &failures[i];
    if (strcmp(f->name, name) != 0)
      continue;
    f->seen++;
    if (result == CUDA_SUCCESS && (f->seen == f->at || (f->goes_on && f->seen > f->at)))
      result = f->code;
  }
  if (loses_context(result))
    lost = result;
  pthread_mutex_unlock(&lock);
  return result;
}

CUresult sim_lost(void)
{
  pthread_mutex_lock(&lock);
  CUresult result = lost;
  pthread_mutex_unlock(&lock);
  return result;
}
