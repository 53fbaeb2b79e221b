/* Rules of correction: each line of the input is tried as one, and as who has which half. */
#include <string.h>

#include "person/fixes.h"
#include "person/identifier.h"
#include "target.h"

static void check_error(int result, const struct df_error *err)
{
  DF_PROMISE(result == DF_EUSAGE && err->code == DF_EUSAGE);
  DF_PROMISE(strncmp(err->text, "column ", 7) == 0 && memchr(err->text, '\0', sizeof err->text));
}

static void check_fix(const struct df_fix *fix)
{
  struct df_fixes fixes = {0};
  struct df_error err = {0};
  int seats[DF_SEATS] = {0, 1};
  DF_PROMISE(fix->from >= 0 && fix->from < fix->to);
  DF_PROMISE(fix->kind == DF_FIX_SWAP || fix->kind == DF_FIX_SEAT);
  DF_PROMISE(fix->seat == DF_LEFT || fix->seat == DF_RIGHT);
  DF_PROMISE(fix->person >= DF_NOBODY && fix->person < 1000000);
  DF_PROMISE(df_fixes_add(&fixes, fix, &err) == 0);
  df_fixes_apply(&fixes, fix->from, seats);
  DF_PROMISE(seats[DF_LEFT] != seats[DF_RIGHT]);
  df_fixes_finish(&fixes);
}

static void try_people(const char *line)
{
  struct df_fixes fixes = {0};
  struct df_error err = {0};
  int result = df_fixes_parse_people(&fixes, line, &err);
  DF_PROMISE(fixes.count <= DF_SEATS && (result == 0) == (fixes.count > 0));
  if (result != 0)
    check_error(result, &err);
  df_fixes_finish(&fixes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = malloc(size + 1), *rest = text;
  DF_PROMISE(text);
  memcpy(text, data, size);
  text[size] = '\0';
  for (char *line; (line = strsep(&rest, "\n"));) {
    struct df_fix fix;
    struct df_error err = {0};
    int result = df_fix_parse(line, &fix, &err);
    if (result == 0)
      check_fix(&fix);
    else
      check_error(result, &err);
    try_people(line);
  }
  free(text);
  return 0;
}
