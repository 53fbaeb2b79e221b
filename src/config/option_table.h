/*
 * One row of the option table, and what the files of config/ do with it. Not for other modules: they see
 * options.h.
 */
#ifndef DF_CONFIG_OPTION_TABLE_H
#define DF_CONFIG_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/options.h"

/** What a value is, and what it becomes at df_option.offset of struct df_options. */
enum df_value_kind {
  DF_VALUE_NONE,   /* a switch: bool true */
  DF_VALUE_TEXT,   /* const char *, not empty */
  DF_VALUE_WORDS,  /* likewise, as often as it is given: struct df_words */
  DF_VALUE_WHOLE,  /* int */
  DF_VALUE_NUMBER, /* double */
  DF_VALUE_FLOAT,  /* float */
  DF_VALUE_TIME,   /* seconds or [HH:]MM:SS[.mmm]: double, seconds */
  DF_VALUE_RATE,   /* bits a second, or with k or M: int, kb/s */
  DF_VALUE_SIZE,   /* WIDTHxHEIGHT: two ints, one after the other */
  DF_VALUE_CHOICE, /* index of the choice: int or enum */
  DF_VALUE_NAME,   /* the choice itself: const char * from the list */
};

enum df_option_group {
  DF_GROUP_RESULT,
  DF_GROUP_PART,
  DF_GROUP_PICTURE,
  DF_GROUP_ENCODING,
  DF_GROUP_PEOPLE,
  DF_GROUP_CAMERA,
  DF_GROUP_FILES,
  DF_GROUP_SEVERAL,
  DF_GROUP_JOBS,
  DF_GROUP_BENCH,
  DF_GROUP_EVAL,
  DF_GROUP_MACHINE,
  DF_GROUP_GENERAL,
  DF_GROUP_HIDDEN, /* works, but help and manual do not speak of it */
};
/** The headings, in the order in which help and manual show them. */
extern const char *const df_option_group_names[DF_GROUP_HIDDEN];

/** A row. One name may have several rows, for different commands. */
struct df_option {
  const char *name;        /* without the dashes */
  char letter;             /* short form, 0 for none */
  const char *placeholder; /* NULL for a switch */
  enum df_value_kind kind;
  size_t offset;              /* into struct df_options */
  const char *fallback;       /* the default as a user would write it; NULL: none is stored */
  const char *fallback_words; /* a default that is no value: "the profile's" */
  double least, most; /* what WHOLE, NUMBER, FLOAT, TIME and RATE (kb/s) allow, both included */
  const char *const *choices; /* CHOICE, NAME */
  size_t choice_count;        /* 0: `choices` ends with NULL */
  const char *alias[2];       /* another spelling of a choice, and the choice */
  unsigned commands;          /* set of enum df_command */
  enum df_option_group group;
  const char *help; /* sentences, each with its full stop */
};

/** The table in its parts; df_option_at goes through all of them. */
extern const struct df_option df_option_table[], df_option_people[];
extern const size_t df_option_table_count, df_option_people_count;

/** How many rows there are, and the i-th of them. */
size_t df_option_count(void);
const struct df_option *df_option_at(size_t i);

/** The row for `name` (`length` bytes) that `command` takes, else any row of that name, else NULL. */
const struct df_option *df_option_find(enum df_command command, const char *name, size_t length);

/** The same for a short form. */
const struct df_option *df_option_find_letter(enum df_command command, char letter);

/** The choices a row has. */
size_t df_option_choices(const struct df_option *option);

/**
 * Puts into words what the row's value may be: "a whole number from 0 to 63", "one of wide, hold, freeze
 * or black". Empty for a switch. Returns `text`.
 */
const char *df_option_allowed(const struct df_option *option, char *text, size_t size);

/** Reads a value as the row wants it and stores it. DF_EUSAGE says what is allowed; nothing is stored. */
int df_option_store(const struct df_option *option, const char *value, struct df_options *options,
    struct df_error *err);

/** Reads what is said of people: --fix. DF_EUSAGE. */
int df_options_check_people(const struct df_options *options, struct df_error *err);

/** Reads the words of JOBS and checks them against each other. DF_EUSAGE. */
int df_options_check_jobs(struct df_options *options, struct df_error *err);

/**
 * How many letters must be put in, taken out, replaced or exchanged with their neighbour to make `a` of
 * `b` (optimal string alignment); words longer than 63 bytes are far from everything.
 */
int df_spelling_distance(const char *a, const char *b);

/** Whether a mistyped `word` is near enough to `known` to be worth a question, at this distance. */
bool df_spelling_near(const char *word, const char *known, int distance);

#endif
