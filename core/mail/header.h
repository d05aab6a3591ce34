/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_HEADER_H
#define CORE_MAIL_HEADER_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * A walk over raw header fields, without decoding: for the code that takes
 * decorations off and must know where bytes lie.  A field is its first line
 * and the continuation lines behind it, line ends included.
 */
struct header_field {
	struct slice raw;       /* all of it */
	struct slice name;      /* without the colon */
	struct slice value;     /* raw, trimmed, folds inside */
};

/* Take the next field off *rest.  False at the empty line that ends the
 * header (left in *rest), at the end, and at a line that is no field. */
bool header_next(struct slice *rest, struct header_field *out);
/* Offset of the body: behind the empty line; message.n where there is none. */
size_t header_end(struct slice message);
/* The first field of that name (case does not matter); false: none. */
bool header_find(struct slice message, const char *name, struct header_field *out);

#endif
