/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_LIBRARY_H
#define CORE_BASE_LIBRARY_H

#include <stdbool.h>

#include "core/base/error.h"

/*
 * A library that few runs need is loaded when it is first called for: with
 * libcurl, libssh, libarchive and all that these bring linked, the system took
 * twice as long to start a search as the search takes.
 *
 * Its door declares a pointer for each function it calls, of the type that the
 * library's own header gives it, and a macro by which the door's code reads as
 * if it were linked:
 *
 *	static struct { LIBRARY_POINTER(foo_open); } foo;
 *	static const struct library_function functions[] = {
 *		LIBRARY_FUNCTION(foo, foo_open), { NULL, NULL } };
 *	static struct library library = { "libfoo.so.1", "libfoo1", functions, false };
 *	#define foo_open foo.foo_open
 */
struct library_function {
	const char *name;
	void *pointer;          /* of the function pointer to set */
};

struct library {
	const char *file;       /* by which the system's loader finds it */
	const char *package;    /* Debian's, for the person who has not got it */
	const struct library_function *functions;       /* ended by name NULL */
	bool is_loaded;
};

#define LIBRARY_POINTER(name) __typeof__(name) *name
#define LIBRARY_FUNCTION(table, function) { #function, &(table).function }

/* Any number of times, from any thread; it stays loaded.  ERR_SYSTEM names the
 * package. */
int library_load(struct library *l, struct error *err);

#endif
