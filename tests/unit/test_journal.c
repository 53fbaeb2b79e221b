/* Each test is named after the promise of journal.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/journal.h"

enum { SEGMENTS = 6, ENTRY = 8 + sizeof(struct df_segment) };

static char path[64];
static uint8_t content[SEGMENTS * ENTRY];

static int set_path(void **state)
{
  (void)state;
  snprintf(path, sizeof path, "/tmp/dualface-journal-%ld", (long)getpid());
  return 0;
}

static int drop_path(void **state)
{
  (void)state;
  return unlink(path);
}

/* Segment 3 of the video has no picture of its own. */
static struct df_segment some_segment(int64_t i)
{
  return (struct df_segment){
      .index = i < 3 ? i : i + 1,
      .first = i * 10,
      .count = 10,
      .tail = {i * 300 - 60, i * 300 - 30},
      .tail_count = 2,
      .bytes = 1000 + i,
      .last = i == SEGMENTS - 1,
  };
}

static struct df_journal *open_journal(void)
{
  struct df_journal *journal = NULL;
  assert_int_equal(df_journal_open(path, &journal, NULL), 0);
  return journal;
}

static void write_journal(void)
{
  struct df_journal *journal = open_journal();
  for (int64_t i = 0; i < SEGMENTS; i++) {
    struct df_segment segment = some_segment(i);
    assert_int_equal(df_journal_append(journal, &segment, NULL), 0);
  }
  df_journal_close(&journal);
  FILE *stream = fopen(path, "r");
  assert_int_equal(fread(content, 1, sizeof content, stream), sizeof content);
  assert_int_equal(fgetc(stream), EOF);
  fclose(stream);
}

static void put(size_t size)
{
  FILE *stream = fopen(path, "w");
  assert_int_equal(fwrite(content, 1, size, stream), size);
  fclose(stream);
}

/* How many entries there are; each must be as it was written. */
static size_t count_entries(void)
{
  struct df_journal *journal = open_journal();
  size_t count = df_journal_count(journal);
  for (size_t i = 0; i < count; i++) {
    struct df_segment wanted = some_segment((int64_t)i);
    assert_memory_equal(df_journal_at(journal, i), &wanted, sizeof wanted);
  }
  df_journal_close(&journal);
  return count;
}

static void a_new_one_is_empty(void **state)
{
  (void)state;
  assert_int_equal(count_entries(), 0);
}

static void entries_come_back(void **state)
{
  (void)state;
  write_journal();
  assert_int_equal(count_entries(), SEGMENTS);
}

static void what_is_torn_off_anywhere_is_cut_away_and_written_anew(void **state)
{
  (void)state;
  write_journal();
  for (size_t left = 0; left < sizeof content; left++) {
    put(left);
    assert_int_equal(count_entries(), left / ENTRY);
    struct df_journal *journal = open_journal();
    struct df_segment next = some_segment((int64_t)(left / ENTRY));
    assert_int_equal(df_journal_append(journal, &next, NULL), 0);
    df_journal_close(&journal);
    assert_int_equal(count_entries(), left / ENTRY + 1);
  }
}

static void a_flipped_bit_ends_it_before_its_entry(void **state)
{
  (void)state;
  write_journal();
  for (size_t bit = 0; bit < sizeof content * 8; bit++) {
    content[bit / 8] ^= (uint8_t)(1 << bit % 8);
    put(sizeof content);
    assert_int_equal(count_entries(), bit / 8 / ENTRY);
    content[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
}

/* Swaps two entries of the file. */
static void swap(size_t a, size_t b)
{
  uint8_t entry[ENTRY];
  memcpy(entry, content + a * ENTRY, ENTRY);
  memcpy(content + a * ENTRY, content + b * ENTRY, ENTRY);
  memcpy(content + b * ENTRY, entry, ENTRY);
}

static size_t total_entries(void)
{
  struct df_journal *journal = open_journal();
  size_t total = df_journal_total(journal);
  df_journal_close(&journal);
  return total;
}

static void what_lies_behind_a_gap_counts_once_that_is_filled(void **state)
{
  (void)state;
  write_journal();
  memmove(content + 2 * ENTRY, content + 3 * ENTRY, 3 * ENTRY);
  put(sizeof content - ENTRY);
  assert_int_equal(count_entries(), 2);
  assert_int_equal(total_entries(), SEGMENTS - 1);
  struct df_journal *journal = open_journal();
  struct df_segment missing = some_segment(2), third = some_segment(3);
  assert_null(df_journal_find(journal, missing.index));
  assert_memory_equal(df_journal_find(journal, third.index), &third, sizeof third);
  assert_int_equal(df_journal_append(journal, &missing, NULL), 0);
  assert_int_equal(df_journal_count(journal), SEGMENTS);
  df_journal_close(&journal);
  assert_int_equal(count_entries(), SEGMENTS);
}

static void entries_come_in_any_order(void **state)
{
  (void)state;
  write_journal();
  swap(0, 5);
  swap(2, 3);
  put(sizeof content);
  assert_int_equal(count_entries(), SEGMENTS);
}

static void entries_that_cannot_be_of_the_same_video_end_it(void **state)
{
  (void)state;
  write_journal();
  memcpy(content + 2 * ENTRY, content + ENTRY, ENTRY); /* twice the same */
  put(sizeof content);
  assert_int_equal(total_entries(), 2);
  unlink(path);
  write_journal();
  struct df_segment last = some_segment(SEGMENTS - 1);
  last.last = 0;
  last.index++;
  struct df_journal *journal = open_journal();
  assert_int_equal(df_journal_cut(journal, 0, NULL), 0);
  last.first -= 5; /* overlaps the one that is before it in time */
  assert_int_equal(df_journal_append(journal, &last, NULL), 0);
  df_journal_close(&journal);
  FILE *stream = fopen(path, "a");
  assert_int_equal(fwrite(content + 4 * ENTRY, 1, 2 * ENTRY, stream), 2 * ENTRY);
  fclose(stream);
  assert_int_equal(total_entries(), 1);
}

static void it_can_be_cut(void **state)
{
  (void)state;
  write_journal();
  struct df_journal *journal = open_journal();
  assert_int_equal(df_journal_cut(journal, 2, NULL), 0);
  assert_int_equal(df_journal_count(journal), 2);
  struct df_segment next = some_segment(2);
  assert_int_equal(df_journal_append(journal, &next, NULL), 0);
  df_journal_close(&journal);
  assert_int_equal(count_entries(), 3);
}

static void a_cut_takes_what_is_last_in_time(void **state)
{
  (void)state;
  write_journal();
  swap(0, 5);
  swap(1, 3);
  put(sizeof content);
  struct df_journal *journal = open_journal();
  assert_int_equal(df_journal_cut(journal, 3, NULL), 0);
  assert_int_equal(df_journal_total(journal), 3);
  struct df_segment next = some_segment(3);
  assert_int_equal(df_journal_append(journal, &next, NULL), 0);
  df_journal_close(&journal);
  assert_int_equal(count_entries(), 4);
  assert_int_equal(total_entries(), 4);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, set_path, drop_path)
  const struct CMUnitTest tests[] = {
      ONE(a_new_one_is_empty),
      ONE(entries_come_back),
      ONE(what_is_torn_off_anywhere_is_cut_away_and_written_anew),
      ONE(a_flipped_bit_ends_it_before_its_entry),
      ONE(what_lies_behind_a_gap_counts_once_that_is_filled),
      ONE(entries_come_in_any_order),
      ONE(entries_that_cannot_be_of_the_same_video_end_it),
      ONE(it_can_be_cut),
      ONE(a_cut_takes_what_is_last_in_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
