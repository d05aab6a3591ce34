/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_PREFS_H
#define CORE_BASE_PREFS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/map.h"
#include "core/base/vec.h"

/*
 * Mozilla preferences: user_pref("name", value); with a string, a number or
 * a boolean, comments as in C and shell (modules/libpref/parser of
 * mozilla-central).  Where something is not understood, the rest of its line
 * is skipped.
 */
struct prefs {
	struct map names;               /* to an index into values */
	VEC(struct slice) values;       /* numbers and booleans as they are written */
	struct arena *arena;            /* holds the values */
};

void prefs_init(struct prefs *prefs, struct arena *a);
/* Read a file; what it sets overrides what was read before. */
void prefs_read(struct prefs *prefs, struct slice text);
bool prefs_get(const struct prefs *prefs, const char *name, struct slice *out);
/* Each name that is set, in no order: *at starts at 0. */
bool prefs_next(const struct prefs *prefs, size_t *at, struct slice *name, struct slice *value);
void prefs_free(struct prefs *prefs);

#endif
