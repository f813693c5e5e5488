/* Bold and dim text for people at a terminal, nothing for pipes and for those who asked for none. */
#pragma once

#include <stdio.h>

/* What switches a style on and all of them off; empty strings where there is no style. */
typedef struct
{
  const char *bold, *dim, *off;
} Style;

/* The style for @out: plain unless it is a terminal, if NO_COLOR is set or TERM is "dumb". */
Style style_for (FILE *out);

/* Prints a row of --help: @name in bold, the @arguments that follow it (those in "[=" without a gap), @help. */
void style_row (FILE *out, const Style *style, const char *name, const char *arguments, const char *help);
