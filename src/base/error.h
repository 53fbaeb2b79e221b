/*
 * The one list of errors, and the message that travels with one.
 *
 * A function that can fail returns 0 (or a count) or a negative DF_E... code, and writes one sentence
 * (what, where, what to do) into the caller's struct df_error. Library code never prints and never exits.
 */
#ifndef DF_BASE_ERROR_H
#define DF_BASE_ERROR_H

#include <stdarg.h>

/* name, code, what it means when nobody said more */
#define DF_ERROR_LIST(X)                                                                           \
  X(DF_ENOMEM, -1, "out of memory")                                                                \
  X(DF_ECLOSED, -2, "the other side wants no more")                                                \
  X(DF_EUSAGE, -3, "bad option or argument")                                                       \
  X(DF_EINPUT, -4, "the input cannot be used")                                                     \
  X(DF_EOUTPUT, -5, "the output cannot be written")                                                \
  X(DF_EMISSING, -6, "the machine lacks something")                                                \
  X(DF_EUNSUPPORTED, -7, "not supported")                                                          \
  X(DF_ESTOPPED, -8, "stopped by the user")                                                        \
  X(DF_ELIBRARY, -9, "a library failed")                                                           \
  X(DF_ENOSPACE, -10, "no space left")

enum df_error_code {
#define DF_ERROR_ENUM(name, code, text) name = code,
  DF_ERROR_LIST(DF_ERROR_ENUM)
#undef DF_ERROR_ENUM
};

enum { DF_ERROR_TEXT = 1024 };

/** An error and its sentence. Zero-initialise; code 0 means none. Owns nothing. */
struct df_error {
  int code;
  char text[DF_ERROR_TEXT];
};

/**
 * Records `code` (< 0) with a formatted sentence in `err` and returns `code`. The first error wins: an
 * `err` that already holds one keeps it. `err` may be NULL.
 */
int df_fail(struct df_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts a formatted prefix and ": " before the sentence of `err`; for callers who know more context. */
void df_error_prefix(struct df_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** What `code` means in general; never NULL. */
const char *df_error_text(int code);

#endif
