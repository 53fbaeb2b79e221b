/* How far a mistyped word is from a known one. Pure; knows nothing of options. */
#include <string.h>

#include "config/option_table.h"

enum { WORD_MAX = 64, FAR = 1000 };

static int least_of(int a, int b, int c)
{
  int least = a < b ? a : b;
  return least < c ? least : c;
}

int df_spelling_distance(const char *a, const char *b)
{
  size_t a_length = strlen(a), b_length = strlen(b);
  if (a_length >= WORD_MAX || b_length >= WORD_MAX)
    return FAR;
  /* Three rows of the table of distances between beginnings of a and of b: two ago, last, this one. */
  int rows[3][WORD_MAX];
  int *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= b_length; j++)
    before[j] = last[j] = (int)j;
  for (size_t i = 1; i <= a_length; i++) {
    now[0] = (int)i;
    for (size_t j = 1; j <= b_length; j++) {
      int replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = least_of(last[j] + 1, now[j - 1] + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
          before[j - 2] + 1 < now[j])
        now[j] = before[j - 2] + 1;
    }
    int *oldest = before;
    before = last;
    last = now;
    now = oldest;
  }
  return last[b_length];
}

bool df_spelling_near(const char *word, const char *known, int distance)
{
  size_t length = strlen(word);
  if (length >= 3 && strncmp(word, known, length) == 0)
    return true; /* an abbreviation */
  return distance <= 1 + (int)length / 4 && distance < (int)length;
}
