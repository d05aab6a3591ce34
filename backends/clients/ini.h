/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_INI_H
#define BACKENDS_CLIENTS_INI_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * "[section]" and "key=value" lines, as profiles.ini, accountrc and many more
 * are written: LF or CRLF, an optional byte order mark, comments with ";" or
 * "#" at the start of a line, blanks around keys and values dropped.
 */
struct ini {
	struct slice rest, section;
};

struct ini_line {
	struct slice section, key, value;       /* of the text given to ini_open() */
};

struct ini ini_open(struct slice text);
/* The next key; false at the end. */
bool ini_next(struct ini *ini, struct ini_line *out);

#endif
