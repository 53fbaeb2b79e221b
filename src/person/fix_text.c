/* Reads rules; see fixes.h. Words are parted by blanks, and an error points at the word that is wrong. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/number_text.h"
#include "person/fixes.h"
#include "person/identifier.h"

enum { WORD_SHOWN = 40 /* bytes of a wrong word that are repeated */ };
static const double number_most = 999999; /* of a person, as far as names go */

/* Where reading stands, and where the word begins that is being read. */
struct cursor {
  const char *text, *at, *ends; /* what a word ends before */
  struct df_error *err;
};

static bool is_blank(char c)
{
  return c == ' ' || c == '\t';
}

static void skip_blanks(struct cursor *c)
{
  while (is_blank(*c->at))
    c->at++;
}

static size_t word_length(const struct cursor *c)
{
  return strcspn(c->at, c->ends);
}

/* Says what is wrong with the word that begins here. */
static int wrong(struct cursor *c, const char *what)
{
  size_t length = word_length(c);
  int shown = length < WORD_SHOWN ? (int)length : WORD_SHOWN;
  return df_fail(
      c->err, DF_EUSAGE, "column %d: \"%.*s\" %s", (int)(c->at - c->text) + 1, shown, c->at, what);
}

static int missing(struct cursor *c, const char *what)
{
  return df_fail(c->err, DF_EUSAGE, "column %d: %s", (int)(c->at - c->text) + 1, what);
}

static int read_times(struct cursor *c, struct df_fix *fix)
{
  static const char usual[] = "is no time; a rule begins with one or with two, such as 90, 1:30 or "
                              "1:02:03.5-1:04:00";
  if (*c->at == '\0')
    return missing(c, "a rule begins with a time, such as \"12:30-14:10 swap\"");
  const char *end = df_time_scan(c->at, &fix->from);
  if (end && *end == '-')
    end = df_time_scan(end + 1, &fix->to);
  else
    fix->to = INFINITY;
  if (!end || (*end != '\0' && !is_blank(*end)))
    return wrong(c, usual);
  if (fix->to <= fix->from)
    return wrong(c, "ends before it begins; the earlier time comes first");
  c->at = end;
  skip_blanks(c);
  return 0;
}

/* "2", "B" or "P27"; DF_NOBODY for "none", -2 when it is none of these. */
static int read_who(const char *word, size_t length)
{
  double number;
  if (length == 4 && strncmp(word, "none", length) == 0)
    return DF_NOBODY;
  if (length == 1 && isalpha((unsigned char)*word))
    return toupper((unsigned char)*word) - 'A';
  if (length > 1 && *word == 'P') {
    word++;
    length--;
  }
  if (length == 0 || !isdigit((unsigned char)*word) || memchr(word, '.', length) ||
      df_number_scan(word, &number) != word + length || number < 1 || number > number_most)
    return -2;
  return (int)number - 1;
}

/* `usual` says what it should have been. */
static int read_seat(struct cursor *c, struct df_fix *fix, const char *usual)
{
  const char *sign = memchr(c->at, '=', word_length(c));
  fix->kind = DF_FIX_SEAT;
  for (enum df_seat s = 0; s < DF_SEATS; s++) {
    size_t length = strlen(df_seat_names[s]);
    if (!sign || (size_t)(sign - c->at) != length || strncmp(c->at, df_seat_names[s], length) != 0)
      continue;
    const char *who = sign + 1, *end = c->at + word_length(c);
    fix->seat = s;
    fix->person = read_who(who, (size_t)(end - who));
    if (fix->person >= DF_NOBODY)
      return 0;
    c->at = who;
    return wrong(c,
        "is nobody; who it is is said by a number, as `dualface people` shows them, by a "
        "letter, as tracks files have them, or by none");
  }
  return wrong(c, usual);
}

static int read_action(struct cursor *c, struct df_fix *fix)
{
  static const char swap[] = "swap";
  if (*c->at == '\0')
    return missing(c, "after the time comes what is to be: swap, left=WHO or right=WHO");
  if (word_length(c) == strlen(swap) && strncmp(c->at, swap, strlen(swap)) == 0) {
    fix->kind = DF_FIX_SWAP;
    return 0;
  }
  return read_seat(
      c, fix, "is nothing that a rule does; it is swap, left=WHO or right=WHO, such as left=2");
}

int df_fix_parse(const char *text, struct df_fix *ret_fix, struct df_error *err)
{
  struct cursor c = {text, text, " \t", err};
  struct df_fix fix = {.person = DF_NOBODY};
  skip_blanks(&c);
  int result = read_times(&c, &fix);
  if (result == 0)
    result = read_action(&c, &fix);
  if (result < 0)
    return result;
  c.at += word_length(&c);
  skip_blanks(&c);
  if (*c.at != '\0')
    return wrong(&c, "is too much; one rule does one thing");
  *ret_fix = fix;
  return 0;
}

/* Whether a half or a person has been named before. */
static int check_pair(struct cursor *c, const struct df_fix *fix, const struct df_fix *before)
{
  if (fix->seat == before->seat)
    return wrong(c, "names a half that was named before");
  if (fix->person != DF_NOBODY && fix->person == before->person)
    return wrong(c, "gives both halves to one person");
  return 0;
}

int df_fixes_parse_people(struct df_fixes *fixes, const char *text, struct df_error *err)
{
  static const char usual[] = "says nothing of a half; it is left=WHO, right=WHO or both, such as "
                              "left=1,right=3";
  struct cursor c = {text, text, " \t,", err};
  struct df_fix given[DF_SEATS];
  int result = 0;
  size_t count = 0;
  for (bool more = true; more && result == 0; count++) {
    struct df_fix fix = {.from = 0, .to = INFINITY};
    skip_blanks(&c);
    const char *word = c.at;
    result = read_seat(&c, &fix, usual);
    if (result < 0)
      return result;
    c.at = word;
    for (size_t i = 0; i < count && result == 0; i++)
      result = check_pair(&c, &fix, &given[i]);
    if (result < 0)
      return result;
    given[count] = fix; /* a third one names a half again */
    c.at += word_length(&c);
    skip_blanks(&c);
    more = *c.at == ',';
    c.at += more;
    if (!more && *c.at != '\0')
      return wrong(&c, "is too much; a comma parts the two halves");
  }
  for (size_t i = 0; i < count && result == 0; i++)
    result = df_fixes_add(fixes, &given[i], err);
  return result;
}
