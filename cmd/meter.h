/* SPDX-License-Identifier: MIT */
#ifndef CMD_METER_H
#define CMD_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/port/progress.h"

/*
 * The line on a terminal that tells how far a long job has come.  It stands
 * on standard error, is drawn again five times a second at most, and is
 * gone when the job ends.  Without a terminal there is none.
 */
struct meter {
	struct progress progress;       /* handed down */
	int64_t drawn;                  /* when, in milliseconds; 0: never */
	unsigned columns;
};

/* The progress to hand down, or NULL where nobody watches. */
struct progress *meter_open(struct meter *m);
void meter_close(struct meter *m);      /* takes the line away; twice is fine */

#endif
