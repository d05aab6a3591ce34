/* SPDX-License-Identifier: MIT */
/* XML, or binary when it begins so. */
#include "core/base/plist.h"
#include "tests/fuzz/fuzzkit.h"

static size_t
count(const struct plist *v, unsigned depth)
{
	const struct plist *inside;
	size_t n = 1;

	assert(depth <= 66);
	for (inside = v->first; inside != NULL; inside = inside->next)
		n += count(inside, depth + 1);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	const struct plist *top;

	plist_sniff(bytes);
	if (plist_parse(bytes, &a, &top, &err) == 0) {
		assert(count(top, 0) <= 100000);
		plist_get_string(top, "AccountName");
		plist_get_number(top, "flags", 0);
	}
	arena_free(&a);
	return 0;
}
