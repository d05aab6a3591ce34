/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_CONFINED_INTERNAL_H
#define BACKENDS_FORMATS_CONFINED_INTERNAL_H

#include <stdbool.h>

/* What confined.c and confinedchild.c share. */
#define CONFINED_ARGUMENT "--confined"

extern bool confined_program_serves;    /* main() called confined_serve() */

#endif
