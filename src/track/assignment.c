/*
 * Rows enter one by one; each finds the cheapest chain of re-pairings (Dijkstra on reduced costs) that
 * ends at a free column. Besides the real columns there is one spare column a row, at the price of the
 * limit: a row on a spare column is unpaired.
 *
 * Columns are counted from 1 while solving; 0 stands for "where the entering row is".
 */
#include "track/assignment.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

struct table {
  const double *cost;
  size_t columns;
  double limit;
};

static bool grow(void *array_ptr, size_t count, size_t size)
{
  void **array = array_ptr;
  void *bigger = realloc(*array, count * size);
  if (bigger)
    *array = bigger;
  return bigger != NULL;
}

static int reserve(struct df_assignment *a, size_t rows, size_t columns)
{
  if (rows > a->row_room) {
    if (!grow(&a->row_price, rows, sizeof *a->row_price))
      return DF_ENOMEM;
    a->row_room = rows;
  }
  if (columns > a->column_room) {
    if (!grow(&a->column_price, columns, sizeof *a->column_price) ||
        !grow(&a->distance, columns, sizeof *a->distance) ||
        !grow(&a->row_of, columns, sizeof *a->row_of) ||
        !grow(&a->previous, columns, sizeof *a->previous) ||
        !grow(&a->visited, columns, sizeof *a->visited))
      return DF_ENOMEM;
    a->column_room = columns;
  }
  return 0;
}

void df_assignment_finish(struct df_assignment *a)
{
  free(a->row_price);
  free(a->column_price);
  free(a->distance);
  free(a->row_of);
  free(a->previous);
  free(a->visited);
  *a = (struct df_assignment){0};
}

/* A pair that is not allowed costs more than any chain of allowed ones could save. */
static double cost_of(const struct table *table, size_t row, size_t column)
{
  if (column > table->columns)
    return table->limit;
  double cost = table->cost[(row - 1) * table->columns + column - 1];
  return cost <= table->limit ? cost : INFINITY;
}

/* Relaxes all unvisited columns from the one just visited; returns the nearest of them. */
static size_t advance(struct df_assignment *a, const struct table *table, size_t from, size_t count)
{
  size_t row = a->row_of[from], nearest = 0;
  double least = INFINITY;
  for (size_t j = 1; j < count; j++) {
    if (a->visited[j])
      continue;
    double reduced = cost_of(table, row, j) - a->row_price[row] - a->column_price[j];
    if (reduced < a->distance[j]) {
      a->distance[j] = reduced;
      a->previous[j] = from;
    }
    if (a->distance[j] < least) {
      least = a->distance[j];
      nearest = j;
    }
  }
  for (size_t j = 0; j < count; j++) {
    if (a->visited[j]) {
      a->row_price[a->row_of[j]] += least;
      a->column_price[j] -= least;
    } else {
      a->distance[j] -= least;
    }
  }
  return nearest;
}

static void enter(struct df_assignment *a, const struct table *table, size_t row, size_t count)
{
  for (size_t j = 0; j < count; j++) {
    a->distance[j] = INFINITY;
    a->visited[j] = false;
  }
  a->row_of[0] = row;
  size_t column = 0;
  do {
    a->visited[column] = true;
    column = advance(a, table, column, count);
  } while (a->row_of[column] != 0);
  while (column != 0) {
    size_t before = a->previous[column];
    a->row_of[column] = a->row_of[before];
    column = before;
  }
}

int df_assignment_solve(struct df_assignment *a, const double *cost, size_t rows, size_t columns,
    double limit, int *ret_columns)
{
  size_t count = columns + rows + 1;
  if (reserve(a, rows + 1, count) < 0)
    return DF_ENOMEM;
  for (size_t i = 0; i <= rows; i++)
    a->row_price[i] = 0;
  for (size_t j = 0; j < count; j++) {
    a->column_price[j] = 0;
    a->row_of[j] = 0;
  }
  const struct table table = {cost, columns, limit};
  for (size_t i = 1; i <= rows; i++)
    enter(a, &table, i, count);
  for (size_t i = 0; i < rows; i++)
    ret_columns[i] = -1;
  for (size_t j = 1; j <= columns; j++)
    if (a->row_of[j] != 0)
      ret_columns[a->row_of[j] - 1] = (int)(j - 1);
  return 0;
}
