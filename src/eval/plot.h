/* Draws a judged video as a picture: where faces and windows were over time. Pure; writes no file. */
#ifndef DF_EVAL_PLOT_H
#define DF_EVAL_PLOT_H

#include "eval/record.h"

enum { DF_PLOT_WIDTH = 1600, DF_PLOT_HEIGHT = 1010 };

/**
 * Fills `rgb`, the caller's DF_PLOT_WIDTH * DF_PLOT_HEIGHT * 3 bytes, rows from the top without gaps. Time
 * runs to the right. Four strips, from above: the left half's x (the picture's left edge at the top) and y,
 * the right half's x and y. Black: the centre of the true face, grey where it cannot be seen; blue (left)
 * and orange (right): the window's centre; grey upright lines: true cuts; red: frames in which the half is
 * wrong.
 */
void df_plot_draw(const struct df_record *record, unsigned char *rgb);

#endif
