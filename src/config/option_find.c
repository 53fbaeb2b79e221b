/* Looking options and commands up, by their names and by what was meant. */
#include <string.h>

#include "config/option_table.h"

size_t df_option_count(void)
{
  return df_option_table_count + df_option_people_count;
}

const struct df_option *df_option_at(size_t i)
{
  return i < df_option_table_count ? &df_option_table[i]
                                   : &df_option_people[i - df_option_table_count];
}

const struct df_option *df_option_find(enum df_command command, const char *name, size_t length)
{
  const struct df_option *found = NULL;
  for (size_t i = 0; i < df_option_count(); i++) {
    const struct df_option *o = df_option_at(i);
    if (strncmp(o->name, name, length) != 0 || o->name[length] != '\0')
      continue;
    if (o->commands & command)
      return o;
    found = o;
  }
  return found;
}

const struct df_option *df_option_find_letter(enum df_command command, char letter)
{
  const struct df_option *found = NULL;
  for (size_t i = 0; i < df_option_count(); i++) {
    const struct df_option *o = df_option_at(i);
    if (!letter || o->letter != letter)
      continue;
    if (o->commands & command)
      return o;
    found = o;
  }
  return found;
}

size_t df_option_choices(const struct df_option *option)
{
  size_t count = option->choice_count;
  if (count == 0 && option->choices)
    while (option->choices[count])
      count++;
  return count;
}

const struct df_command_info *df_command_find(const char *name)
{
  for (const struct df_command_info *info = df_commands; info->name; info++)
    if (strcmp(info->name, name) == 0)
      return info;
  return NULL;
}

const struct df_command_info *df_command_nearest(const char *name)
{
  const struct df_command_info *best = NULL;
  int least = 0;
  for (const struct df_command_info *info = df_commands; info->name; info++) {
    int distance = df_spelling_distance(name, info->name);
    if (df_spelling_near(name, info->name, distance) && (!best || distance < least)) {
      best = info;
      least = distance;
    }
  }
  return best;
}
