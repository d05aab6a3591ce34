/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_PLIST_H
#define CORE_BASE_PLIST_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Property lists of macOS, in XML and in the binary form (bplist00), as a tree
 * in an arena.  Nesting over 64 and more than 100,000 values are ERR_LIMIT.
 */
enum plist_kind { PLIST_DICT, PLIST_ARRAY, PLIST_STRING, PLIST_INTEGER, PLIST_REAL, PLIST_DATE,
	PLIST_BOOL, PLIST_DATA };

struct plist {
	enum plist_kind kind;
	struct slice key;               /* of a value in a dictionary */
	struct slice text;              /* of a string, UTF-8 */
	int64_t number;                 /* whole seconds since 1970 of a date; of a real what is
	                                 * before its point; a bool is 0 or 1 */
	const struct plist *first, *next;       /* inside; beside */
};

/* Does it begin like one? */
bool plist_sniff(struct slice bytes);
int plist_parse(struct slice bytes, struct arena *a, const struct plist **out,
    struct error *err);

/* The value of that key, or NULL; dictionary may be NULL, or no dictionary. */
const struct plist *plist_get(const struct plist *dictionary, const char *key);
/* Of that kind, else empty or the fallback. */
struct slice plist_get_string(const struct plist *dictionary, const char *key);
int64_t plist_get_number(const struct plist *dictionary, const char *key, int64_t fallback);

#endif
