/*
 * A worker for the supervisor's tests: does what its first argument says. FILE, the second one, is where it notes
 * its process id, a line each time it is started.
 *
 *   exit N         ends at once, the number being the third argument
 *   crash N        crashes, but ends well when it was started more often than that
 *   silent         says nothing, for ever
 *   stalled        beats, but makes no picture
 *   busy           beats, with a picture more each time
 *   stubborn       as silent, and deaf to SIGTERM
 *   obedient       as busy, and ends with 77 on SIGTERM
 *   family         starts a child that sleeps, whose id it notes too, then crashes
 *   attempt        ends with the number of the attempt
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/heartbeat.h"

static const char *notes;

static void note(long number)
{
  FILE *file = fopen(notes, "a");
  if (!file)
    _exit(99);
  fprintf(file, "%ld\n", number);
  fclose(file);
}

static int count_notes(void)
{
  int lines = 0, c;
  FILE *file = fopen(notes, "r");
  while (file && (c = fgetc(file)) != EOF)
    lines += c == '\n';
  if (file)
    fclose(file);
  return lines;
}

static void end_obediently(int number)
{
  (void)number;
  _exit(77);
}

static void beat_for_ever(long long step)
{
  struct df_heartbeat *heartbeat = df_heartbeat_open();
  for (long long pictures = 0;; pictures += step) {
    df_heartbeat_beat(heartbeat, pictures);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
}

static void sleep_for_ever(void)
{
  for (;;)
    pause();
}

static void start_a_family(void)
{
  pid_t child = fork();
  if (child == 0)
    sleep_for_ever();
  note(child);
  raise(SIGKILL);
}

int main(int argc, char **argv)
{
  if (argc < 3)
    return 99;
  const char *what = argv[1];
  int number = argc > 3 ? atoi(argv[3]) : 0;
  int attempt = df_heartbeat_attempt();
  notes = argv[2];
  if (strcmp(what, "stubborn") == 0)
    signal(SIGTERM, SIG_IGN);
  if (strcmp(what, "obedient") == 0)
    signal(SIGTERM, end_obediently);
  note(getpid());
  if (strcmp(what, "exit") == 0)
    return number;
  if (strcmp(what, "crash") == 0) {
    if (count_notes() <= number)
      raise(SIGABRT);
    return 0;
  }
  if (strcmp(what, "attempt") == 0) {
    if (attempt < 2)
      raise(SIGKILL);
    return attempt;
  }
  if (strcmp(what, "family") == 0)
    start_a_family();
  if (strcmp(what, "stalled") == 0)
    beat_for_ever(0);
  if (strcmp(what, "busy") == 0 || strcmp(what, "obedient") == 0)
    beat_for_ever(1);
  sleep_for_ever();
}
