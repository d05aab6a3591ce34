/* SPDX-License-Identifier: MIT */
#ifndef CMD_AGE_H
#define CMD_AGE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* "36h", "90m", "2d", "1w" in seconds; false when it is none. */
bool age_parse(const char *text, int64_t *out);
/* "3 days ago". */
void age_add(struct buf *out, int64_t seconds);

#endif
