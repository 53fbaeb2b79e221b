/* When a file of a watched folder is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "jobs/arrivals.h"
#include "jobs/notify.h"

/* One look at a folder with one file; whether it became complete. */
static int look(struct df_arrivals *a, double now, const char *path, int64_t size, int64_t mtime)
{
  df_arrivals_begin(a, now);
  int complete = path ? df_arrivals_see(a, path, size, mtime) : 0;
  df_arrivals_end(a);
  return complete;
}

static void a_file_is_complete_once_it_stays_the_same(void **state)
{
  (void)state;
  struct df_arrivals *a = df_arrivals_create(5);
  assert_int_equal(look(a, 0, "a", 100, 1), 0);
  assert_int_equal(look(a, 4, "a", 200, 2), 0); /* grows */
  assert_int_equal(look(a, 8, "a", 200, 3), 0); /* is written over */
  assert_int_equal(df_arrivals_pending(a), 1);
  assert_int_equal(look(a, 12.9, "a", 200, 3), 0);
  assert_int_equal(look(a, 13, "a", 200, 3), 1);
  assert_int_equal(df_arrivals_pending(a), 0);
  assert_int_equal(look(a, 99, "a", 200, 3), 0);  /* once */
  assert_int_equal(look(a, 100, "a", 300, 4), 0); /* another content */
  assert_int_equal(look(a, 105, "a", 300, 4), 1);
  df_arrivals_destroy(&a);
  assert_null(a);
}

static void what_goes_is_forgotten(void **state)
{
  (void)state;
  struct df_arrivals *a = df_arrivals_create(1);
  assert_int_equal(look(a, 0, "a", 1, 1), 0);
  assert_int_equal(look(a, 1, "a", 1, 1), 1);
  assert_int_equal(look(a, 2, NULL, 0, 0), 0);
  assert_int_equal(look(a, 3, "a", 1, 1), 0);
  assert_int_equal(look(a, 4, "a", 1, 1), 1);
  df_arrivals_destroy(&a);
}

/* Seen in any order, each is told once. */
static void many_files_are_kept_apart(void **state)
{
  (void)state;
  enum { MANY = 500 };
  struct df_arrivals *a = df_arrivals_create(0);
  int told = 0;
  for (int round = 0; round < 2; round++) {
    df_arrivals_begin(a, round);
    for (int i = 0; i < MANY; i++) {
      char path[16];
      snprintf(path, sizeof path, "v%d", i * 7919 % MANY);
      told += df_arrivals_see(a, path, i, 0);
    }
    df_arrivals_end(a);
    assert_int_equal(told, MANY);
  }
  df_arrivals_destroy(&a);
}

static void the_service_manager_is_told(void **state)
{
  (void)state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char got[64] = "";
  snprintf(address.sun_path, sizeof address.sun_path, "/tmp/dualface-notify-%ld", (long)getpid());
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
  setenv("NOTIFY_SOCKET", address.sun_path, 1);
  df_notify("READY=1");
  assert_int_equal(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), 7);
  assert_string_equal(got, "READY=1");
  unlink(address.sun_path);
  close(fd);
  df_notify("READY=1"); /* nobody is there any more */
  setenv("NOTIFY_SOCKET", "relative", 1);
  df_notify("READY=1");
  unsetenv("NOTIFY_SOCKET");
  df_notify("READY=1");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_complete_once_it_stays_the_same),
      cmocka_unit_test(what_goes_is_forgotten),
      cmocka_unit_test(many_files_are_kept_apart),
      cmocka_unit_test(the_service_manager_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
