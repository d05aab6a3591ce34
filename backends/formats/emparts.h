/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EMPARTS_H
#define BACKENDS_FORMATS_EMPARTS_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * A message of eM Client, which keeps its MIME parts apart: "TEXT" has the
 * header of the message, "2" and "2.1" are parts as IMAP numbers them.  A body is
 * there decoded or, of some, as it was sent.
 */
struct em_part {
	const char *name;
	struct slice header, body;
};

/*
 * Replace out with the message put together: the same parts give the same bytes.
 * Whether they are those that were sent cannot be known: preambles, blank lines
 * and the breaking of encoded lines are not kept.  False where no part has a
 * body: the message was not fetched.
 */
bool em_message_build(const struct em_part *parts, size_t n, struct buf *out);

#endif
