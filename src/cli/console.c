/* Lines on standard error and the progress line below them; see console.h. */
#include "cli/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES = 2048, DEFAULT_COLUMNS = 80 };

static const char wipe[] = "\r\033[K";

static bool is_terminal(void)
{
  const char *type = getenv("TERM");
  return isatty(STDERR_FILENO) && type && strcmp(type, "dumb") != 0;
}

void df_console_init(struct df_console *console, bool quiet, bool progress)
{
  *console = (struct df_console){.quiet = quiet, .draws = progress && !quiet && is_terminal()};
  pthread_mutex_init(&console->lock, NULL);
}

void df_console_wipe(struct df_console *console)
{
  pthread_mutex_lock(&console->lock);
  if (console->drawn)
    fputs(wipe, stderr);
  console->drawn = false;
  pthread_mutex_unlock(&console->lock);
}

void df_console_finish(struct df_console *console)
{
  df_console_wipe(console);
  pthread_mutex_destroy(&console->lock);
}

const char *df_console_harmless(char *to, size_t size, const char *from)
{
  size_t length = 0;
  for (; *from && length + 1 < size; from++) {
    unsigned char c = (unsigned char)*from, next = (unsigned char)from[1];
    if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
      from++; /* a control character of two bytes */
      c = '?';
    }
    to[length++] = c < 0x20 || c == 0x7F ? '?' : (char)c;
  }
  to[length] = '\0';
  return to;
}

static void print(const char *before, enum df_log_level level, const char *line)
{
  static const char *const names[] = {
      [DF_LOG_ERROR] = "error: ",
      [DF_LOG_WARNING] = "warning: ",
      [DF_LOG_NOTE] = "note: ",
      [DF_LOG_DEBUG] = "debug: ",
  };
  char harmless[LINE_BYTES];
  fprintf(stderr, "%sdualface: %s%s\n", before, names[level],
      df_console_harmless(harmless, sizeof harmless, line));
}

void df_console_say(void *context, enum df_log_level level, const char *line)
{
  struct df_console *console = context;
  if (console->quiet && level != DF_LOG_ERROR)
    return;
  pthread_mutex_lock(&console->lock);
  print(console->drawn ? wipe : "", level, line);
  console->drawn = false;
  pthread_mutex_unlock(&console->lock);
}

void df_console_error(const char *line)
{
  print("", DF_LOG_ERROR, line);
}

static int columns(void)
{
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_COLUMNS;
}

void df_console_draw(struct df_console *console, const char *line)
{
  if (!console->draws)
    return;
  pthread_mutex_lock(&console->lock);
  /* A line that fills the last column would wrap, and then could not be wiped. */
  fprintf(stderr, "\r%.*s\033[K", columns() - 1, line);
  console->drawn = true;
  pthread_mutex_unlock(&console->lock);
}
