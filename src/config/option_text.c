/* The words that help and manual share. Data, and one way to put a row of the table into a sentence. */
#include "config/option_text.h"

#include <stdio.h>
#include <string.h>

const char df_program_description[] =
    "Makes of a video in which two people appear a split screen: one half follows the face of one "
    "person, the other half that of the other, for the whole video and with its sound. A person "
    "keeps "
    "the same half across cuts, exits and returns.";

const struct df_manual_item df_manual_statuses[] = {
    {"0", "Everything was done."},
    {"1", "An input could not be used, an output could not be written, or a library failed."},
    {"2", "The command line was not right."},
    {"3", "The machine lacks something, such as a model or a library; the message says what and "
          "how to "
          "get it."},
    {"130", "Stopped by the user (SIGINT, SIGTERM, SIGHUP). Nothing unfinished has its final name. "
            "A second "
            "signal ends the program at once."},
    {NULL, NULL},
};

const struct df_manual_item df_manual_environment[] = {
    {"DUALFACE_MODELS", "Model manifest or its folder, where --models does not say."},
    {"DUALFACE_ONNXRUNTIME", "The file libonnxruntime.so to load."},
    {"DUALFACE_STATE", "The folder in which jobs are kept, where --state does not say."},
    {NULL, NULL},
};

const struct df_manual_item df_manual_examples[] = {
    {"dualface run talk.mp4 -o split.mp4", "Makes the split screen."},
    {"dualface run talk.mp4 -o split.mp4 --left anna.jpg --right ben.jpg",
        "Says by photos who sits where."},
    {"dualface analyze talk.mp4 --tracks talk.jsonl",
        "Only finds the people, and writes the windows to a file that can be edited."},
    {"dualface render talk.mp4 --tracks talk.jsonl -o split.mp4 --profile quality",
        "Makes the video from that file."},
    {"dualface jobs list --failed", "Shows which videos could not be made, and why."},
    {NULL, NULL},
};

static bool says_range(const struct df_option *option)
{
  return option->kind != DF_VALUE_NONE && option->kind != DF_VALUE_TEXT &&
         option->kind != DF_VALUE_WORDS;
}

const char *df_option_sentence(const struct df_option *option, char *text, size_t size)
{
  const char *fallback = option->fallback_words ? option->fallback_words : option->fallback;
  char allowed[256] = "";
  if (says_range(option))
    df_option_allowed(option, allowed, sizeof allowed);
  if (allowed[0] >= 'a' && allowed[0] <= 'z')
    allowed[0] = (char)(allowed[0] - 'a' + 'A');
  if (allowed[0] && fallback)
    snprintf(text, size, "%s %s; default: %s.", option->help, allowed, fallback);
  else if (allowed[0])
    snprintf(text, size, "%s %s.", option->help, allowed);
  else if (fallback)
    snprintf(text, size, "%s Default: %s.", option->help, fallback);
  else
    snprintf(text, size, "%s", option->help);
  return text;
}
