/*
 * Memory that runs out on demand. Every call by which our objects get memory, from the C library, FFmpeg
 * or Jansson, and every thread they start goes through the linker's --wrap to failing.c, which can let the
 * n-th of them fail. Calls that the libraries make among themselves are not touched.
 *
 * A scenario is a function that makes objects, uses them and destroys them all. `survives` runs it again
 * and again, each time with a later allocation failing, until none fails any more.
 */
#ifndef DF_TESTS_ALLOC_FAILING_H
#define DF_TESTS_ALLOC_FAILING_H

#include <stdbool.h>

#include "base/error.h"

enum failing_how {
  FAILING_ONCE,  /* the n-th fails, those after it work */
  FAILING_AFTER, /* the n-th and all after it fail: clean-up must need no memory */
};

/** From now on the n-th allocation (1: the next) of any thread fails. */
void failing_arm(long n, enum failing_how how);

/** Back to normal; whether an allocation failed. */
bool failing_disarm(void);

/** What the scenario returns; `err` is blank before it. */
typedef int failing_scenario(void *context, struct df_error *err);

struct failing_options {
  const char *folder; /* must hold the same files after a failure as before; NULL: not looked at */
  long dense;         /* up to this n every one is tried; 0: all are */
  long growth;        /* percent by which n grows beyond that */
  bool once;          /* FAILING_ONCE only */
  bool any_error;     /* FFmpeg forgets why a photo failed: another code than DF_ENOMEM will do */
};

/**
 * Fails the test unless each run either works or ends with DF_ENOMEM, and with a sentence if it says
 * anything; leaves no file, no open descriptor and (where LeakSanitizer can tell) no memory behind; and
 * works undisturbed.
 */
void survives(failing_scenario *scenario, void *context, const struct failing_options *options);

#endif
