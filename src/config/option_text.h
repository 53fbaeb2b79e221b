/* The words that help and manual share. Not for other modules. */
#ifndef DF_CONFIG_OPTION_TEXT_H
#define DF_CONFIG_OPTION_TEXT_H

#include <stddef.h>

#include "config/option_table.h"

/** What the program does, in two sentences. */
extern const char df_program_description[];

/**
 * The help of an option with what its value may be and its default: "Video codec ... One of auto, h264,
 * hevc or av1; default: auto." Returns `text`.
 */
const char *df_option_sentence(const struct df_option *option, char *text, size_t size);

/** One thing the manual says besides its options. */
struct df_manual_item {
  const char *term, *text;
};

/** Exit statuses, environment variables, examples; each list ends with a NULL term. */
extern const struct df_manual_item df_manual_statuses[], df_manual_environment[],
    df_manual_examples[];

#endif
