/* SPDX-License-Identifier: MIT */
#include "core/base/library.h"

#include <string.h>
#include <zlib.h>

#include "tests/t.h"

static struct {
	LIBRARY_POINTER(zlibVersion);
	LIBRARY_POINTER(crc32);
} zlib;

static void
loads_once(void)
{
	static const struct library_function functions[] = {
		LIBRARY_FUNCTION(zlib, zlibVersion),
		LIBRARY_FUNCTION(zlib, crc32),
		{ NULL, NULL }
	};
	struct library l = { "libz.so.1", "zlib1g", functions, false };
	struct error err = ERROR_NONE;

	T(library_load(&l, &err) == 0 && l.is_loaded, "%s", err.text);
	T(zlib.crc32(0, (const unsigned char *)"a", 1) == 0xe8b7be43, "it is called");
	T(zlib.zlibVersion()[0] == '1', "%s", zlib.zlibVersion());
	zlib.crc32 = NULL;
	T(library_load(&l, &err) == 0 && zlib.crc32 == NULL, "not again");
}

static void
names_what_is_missing(void)
{
	static void (*nothing)(void);
	static const struct library_function functions[] = {
		{ "no_such_function", &nothing }, { NULL, NULL }
	};
	struct library none = { "libmailcask-none.so.9", "libnone9", functions, false };
	struct library old = { "libz.so.1", "zlib1g", functions, false };
	struct error err = ERROR_NONE;

	T(library_load(&none, &err) == -1 && err.code == ERR_SYSTEM && !none.is_loaded &&
	    strstr(err.text, "libmailcask-none.so.9") && strstr(err.text, "libnone9"),
	    "%s", err.text);
	error_clear(&err);
	T(library_load(&old, &err) == -1 && !old.is_loaded &&
	    strstr(err.text, "no_such_function") && strstr(err.text, "zlib1g"), "%s", err.text);
}

int
main(void)
{
	loads_once();
	names_what_is_missing();
	return t_done();
}
