/* SPDX-License-Identifier: MIT */
/* As the locator does it: what is set counts in the lines behind it. */
#include "backends/clients/muttrc.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct muttrc_command command;
	struct muttrc rc;
	size_t i, equals;

	muttrc_init(&rc, &a);
	muttrc_set(&rc, SLICE_OF("HOME"), SLICE_OF("/home/ann"));
	muttrc_push(&rc, slice_of(data, size));
	while (muttrc_next(&rc, &command)) {
		assert(command.n > 0);
		for (i = 1; i < command.n; i++) {
			equals = slice_find(command.words[i], 0, '=');
			muttrc_set(&rc, slice_sub(command.words[i], 0, equals),
			    slice_from(command.words[i], equals + 1));
		}
	}
	muttrc_free(&rc);
	arena_free(&a);
	return 0;
}
