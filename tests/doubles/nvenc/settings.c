/* How the double is set up, and what fails on demand. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_nvenc.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_set_up;
static struct sim_nvenc_settings settings;
static long pictures;
static int open_sessions;

static void refuse_setting(const char *setting)
{
  fprintf(stderr, "libnvidia-encode double: there is no setting `%s`\n", setting);
  abort();
}

static void set(const char *setting)
{
  const char *equals = strchr(setting, '='), *value = equals ? equals + 1 : "";
  if (sscanf(setting, "version=%d.%d", &settings.major, &settings.minor) == 2)
    return;
  if (strncmp(setting, "open=", 5) == 0)
    settings.open = atoi(value);
  else if (strncmp(setting, "sessions=", 9) == 0)
    settings.sessions = atoi(value);
  else if (strcmp(setting, "codecs=h264") == 0)
    settings.hevc = false;
  else if (strcmp(setting, "codecs=hevc") == 0)
    settings.h264 = false;
  else if (strcmp(setting, "plain") == 0)
    settings.plain = true;
  else if (strncmp(setting, "fail=", 5) == 0) {
    settings.fail = atol(value);
    settings.fails_on = strchr(value, '+') != NULL;
  } else
    refuse_setting(setting);
}

static void configure(const char *text)
{
  settings = (struct sim_nvenc_settings){
      .major = NVENCAPI_MAJOR_VERSION,
      .minor = NVENCAPI_MINOR_VERSION,
      .sessions = 1000,
      .h264 = true,
      .hevc = true,
      .fail = -1,
  };
  pictures = 0;
  is_set_up = true;
  char *copy = strdup(text ? text : ""), *rest = NULL;
  for (char *s = strtok_r(copy, ",", &rest); s; s = strtok_r(NULL, ",", &rest))
    set(s);
  free(copy);
}

void sim_nvenc_configure(const char *text)
{
  pthread_mutex_lock(&lock);
  configure(text);
  pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static void set_up(void)
{
  if (!is_set_up)
    configure(getenv("DUALFACE_DOUBLE_NVENC"));
}

struct sim_nvenc_settings sim_nvenc_settings(void)
{
  pthread_mutex_lock(&lock);
  set_up();
  struct sim_nvenc_settings copy = settings;
  pthread_mutex_unlock(&lock);
  return copy;
}

bool sim_nvenc_picture_fails(void)
{
  pthread_mutex_lock(&lock);
  set_up();
  long number = pictures++;
  bool fails = settings.fail >= 0 &&
               (number == settings.fail || (settings.fails_on && number > settings.fail));
  pthread_mutex_unlock(&lock);
  return fails;
}

bool sim_nvenc_session_begins(void)
{
  pthread_mutex_lock(&lock);
  set_up();
  bool begins = open_sessions < settings.sessions;
  open_sessions += begins;
  pthread_mutex_unlock(&lock);
  return begins;
}

void sim_nvenc_session_ends(void)
{
  pthread_mutex_lock(&lock);
  open_sessions--;
  pthread_mutex_unlock(&lock);
}

int sim_nvenc_open_sessions(void)
{
  pthread_mutex_lock(&lock);
  int count = open_sessions;
  pthread_mutex_unlock(&lock);
  return count;
}
