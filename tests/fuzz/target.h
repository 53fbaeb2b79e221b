/*
 * What a fuzz target is: one function that takes any bytes and must neither crash, nor leak, nor break a
 * promise of the parser it feeds (those are asserted). With libFuzzer it is called by the fuzzer; replay.c
 * calls it in the normal suite, with the corpus and deterministic mutations of it.
 */
#ifndef DF_TESTS_FUZZ_TARGET_H
#define DF_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** Returns 0, always. `data` is borrowed and need not end in NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A broken promise ends the program, in the same way under libFuzzer and in the suite. */
#define DF_PROMISE(condition)                                                                      \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);              \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

#endif
