/* What is to fail, as a short list of rules, each of which counts for itself how often its point was passed. */
#include "base/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORD_BYTES = 256 };

struct rule {
  enum df_fault_point point;
  enum df_fault_kind kind;
  long long at;           /* passes, from 1 */
  bool later;             /* and every time after it */
  long long most;         /* only in this many processes, the first ones; 0: in all */
  char input[WORD_BYTES]; /* base name; "": of any */
  atomic_llong passed;
};

static struct rule rules[DF_FAULT_RULES_MAX];
static size_t rule_count;
atomic_bool df_fault_armed;

static const struct {
  const char *name;
  enum df_fault_kind kind;
  unsigned kinds;
} points[DF_FAULT_POINT_COUNT] = {
#define DF_FAULT_ROW(name, text, kind, kinds) {text, DF_FAULT_##kind, kinds},
    DF_FAULT_POINTS(DF_FAULT_ROW)
#undef DF_FAULT_ROW
};

static const char *const kind_names[DF_FAULT_KIND_COUNT] = {
    "error", "enomem", "enospc", "damaged", "crash", "kill", "hang"};

static const unsigned everywhere = DF_FAULT_BIT(CRASH) | DF_FAULT_BIT(KILL) | DF_FAULT_BIT(HANG);

static bool can_be(enum df_fault_point point, enum df_fault_kind kind)
{
  return (points[point].kinds | everywhere) & (1u << kind);
}

static void add_name(char *list, size_t size, const char *name)
{
  size_t used = strlen(list);
  snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

static int no_point(const char *word, size_t length, struct df_error *err)
{
  char list[512] = "";
  for (size_t i = 0; i < DF_FAULT_POINT_COUNT; i++)
    add_name(list, sizeof list, points[i].name);
  return df_fail(err, DF_EUSAGE, "DUALFACE_FAULT: there is no point \"%.*s\"; there are %s",
      (int)length, word, list);
}

static int no_kind(enum df_fault_point point, const char *word, size_t length, struct df_error *err)
{
  char list[128] = "";
  for (int kind = 0; kind < DF_FAULT_KIND_COUNT; kind++)
    if (can_be(point, (enum df_fault_kind)kind))
      add_name(list, sizeof list, kind_names[kind]);
  return df_fail(err, DF_EUSAGE, "DUALFACE_FAULT: %s cannot be \"%.*s\"; it can be %s",
      points[point].name, (int)length, word, list);
}

static bool is_word(const char *name, const char *word, size_t length)
{
  return strlen(name) == length && strncmp(name, word, length) == 0;
}

/* Each of these reads one part of a rule at *at and moves it on. */
static int read_point(const char **at, struct rule *rule, struct df_error *err)
{
  size_t length = strcspn(*at, "@+*:/,");
  size_t i = 0;
  while (i < DF_FAULT_POINT_COUNT && !is_word(points[i].name, *at, length))
    i++;
  if (i == DF_FAULT_POINT_COUNT)
    return no_point(*at, length, err);
  rule->point = (enum df_fault_point)i;
  rule->kind = points[i].kind;
  *at += length;
  return 0;
}

/* A whole number from 1 behind `mark`, if that is what comes next. */
static int read_number(const char **at, char mark, long long *number, struct df_error *err)
{
  if (**at != mark)
    return 0;
  char *end = NULL;
  const char *digits = *at + 1;
  bool is_digit = *digits >= '0' && *digits <= '9';
  long long value = is_digit ? strtoll(digits, &end, 10) : 0;
  if (value < 1 || value > 1000000000)
    return df_fail(err, DF_EUSAGE,
        "DUALFACE_FAULT: after %c comes a whole number from 1 to 1000000000, not \"%.*s\"", mark,
        (int)strcspn(digits, ","), digits);
  *number = value;
  *at = end;
  return 0;
}

static int read_kind(const char **at, struct rule *rule, struct df_error *err)
{
  if (**at != ':')
    return 0;
  const char *word = *at + 1;
  size_t length = strcspn(word, "/,");
  int kind = 0;
  while (kind < DF_FAULT_KIND_COUNT && !is_word(kind_names[kind], word, length))
    kind++;
  if (kind == DF_FAULT_KIND_COUNT || !can_be(rule->point, (enum df_fault_kind)kind))
    return no_kind(rule->point, word, length, err);
  rule->kind = (enum df_fault_kind)kind;
  *at = word + length;
  return 0;
}

static int read_input(const char **at, struct rule *rule, struct df_error *err)
{
  if (**at != '/')
    return 0;
  const char *name = *at + 1;
  size_t length = strcspn(name, ",");
  if (length == 0 || length >= sizeof rule->input)
    return df_fail(err, DF_EUSAGE,
        "DUALFACE_FAULT: after / comes the name of an input of at most %d bytes", WORD_BYTES - 1);
  memcpy(rule->input, name, length);
  rule->input[length] = '\0';
  *at = name + length;
  return 0;
}

static int read_rule(const char **at, struct rule *rule, struct df_error *err)
{
  *rule = (struct rule){.at = 1};
  int result = read_point(at, rule, err);
  if (result == 0)
    result = read_number(at, '@', &rule->at, err);
  if (result == 0 && (rule->later = **at == '+'))
    ++*at;
  if (result == 0)
    result = read_number(at, '*', &rule->most, err);
  if (result == 0)
    result = read_kind(at, rule, err);
  if (result == 0)
    result = read_input(at, rule, err);
  if (result == 0 && **at != '\0' && **at != ',')
    result = df_fail(err, DF_EUSAGE,
        "DUALFACE_FAULT: \"%.40s\" does not belong there; a fault is written "
        "POINT[@N][+][*M][:KIND][/NAME]",
        *at);
  return result;
}

/* A rule whose turn is not in this process is read, so that it is right, and left out. */
static int read_rules(const char *text, int attempt, struct df_error *err)
{
  for (const char *at = text;; at++) {
    if (rule_count == DF_FAULT_RULES_MAX)
      return df_fail(err, DF_EUSAGE, "DUALFACE_FAULT: at most %d faults", (int)DF_FAULT_RULES_MAX);
    struct rule *rule = &rules[rule_count];
    int result = read_rule(&at, rule, err);
    if (result < 0)
      return result;
    rule_count += rule->most == 0 || attempt <= rule->most;
    if (*at == '\0')
      return 0;
  }
}

int df_fault_set_up(const char *text, int attempt, struct df_error *err)
{
  rule_count = 0;
  int result = text && text[0] ? read_rules(text, attempt, err) : 0;
  if (result < 0)
    rule_count = 0;
  atomic_store(&df_fault_armed, rule_count > 0);
  return result;
}

static bool is_of(const struct rule *rule, const char *input)
{
  if (!rule->input[0])
    return true;
  const char *slash = input ? strrchr(input, '/') : NULL;
  return input && strcmp(slash ? slash + 1 : input, rule->input) == 0;
}

/* What nothing in the program can catch. */
static void act_out(enum df_fault_kind kind)
{
  if (kind == DF_FAULT_CRASH)
    abort();
  if (kind == DF_FAULT_KILL)
    raise(SIGKILL);
  while (kind == DF_FAULT_HANG)
    pause();
}

bool df_fault_look(enum df_fault_point point, const char *input, struct df_fault *ret_fault)
{
  bool due = false;
  for (struct rule *rule = rules; rule < rules + rule_count; rule++) {
    if (rule->point != point || !is_of(rule, input))
      continue;
    long long n = atomic_fetch_add(&rule->passed, 1) + 1;
    if (due || n < rule->at || (n > rule->at && !rule->later))
      continue;
    due = true;
    *ret_fault = (struct df_fault){point, rule->kind, n};
  }
  if (due)
    act_out(ret_fault->kind);
  return due;
}

const char *df_fault_text(const struct df_fault *fault, char *text, size_t size)
{
  snprintf(text, size, "fault injected at %s %lld", points[fault->point].name, fault->n);
  return text;
}

int df_fault_check(enum df_fault_point point, const char *input, int code, struct df_error *err)
{
  struct df_fault fault;
  if (!df_fault_hit(point, input, &fault))
    return 0;
  char text[96];
  df_fault_text(&fault, text, sizeof text);
  if (fault.kind == DF_FAULT_ENOMEM)
    return df_fail(err, DF_ENOMEM, "out of memory (%s)", text);
  if (fault.kind == DF_FAULT_ENOSPC)
    return df_fail(err, DF_ENOSPACE, "no space left (%s)", text);
  return df_fail(err, code, "%s", text);
}
