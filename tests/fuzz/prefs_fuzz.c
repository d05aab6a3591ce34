/* SPDX-License-Identifier: MIT */
#include "core/base/prefs.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct slice name, value, again;
	struct prefs prefs;
	size_t at = 0;

	prefs_init(&prefs, &a);
	prefs_read(&prefs, slice_of(data, size));
	while (prefs_next(&prefs, &at, &name, &value)) {
		if (slice_find(name, 0, '\0') < name.n)
			continue;
		assert(prefs_get(&prefs, arena_string_of(&a, name), &again));
		assert(slice_equal(value, again));
	}
	prefs_free(&prefs);
	arena_free(&a);
	return 0;
}
