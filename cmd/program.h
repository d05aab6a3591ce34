/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROGRAM_H
#define CMD_PROGRAM_H

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Run another program, found in PATH, without a shell: argv ends with NULL,
 * input is its standard input, out is replaced by what it prints on standard
 * output and standard error.  Gives its exit status, or -1 when it could not
 * be run or was killed.
 */
int program_run(const char *const *argv, struct slice input, struct buf *out, struct error *err);

#endif
