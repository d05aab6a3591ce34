/* SPDX-License-Identifier: MIT */
#include "core/base/vec.h"

#include <stdint.h>
#include <string.h>

#include "tests/t.h"

struct thing {
	uint64_t number;
	char filler[17];
};

static void
keeps_what_was_pushed(void)
{
	VEC(struct thing) v = VEC_EMPTY;
	static const struct thing zero;
	struct thing *thing;
	size_t i, round, bad = 0;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 10000; i++) {
			thing = vec_push(&v);
			bad += memcmp(thing, &zero, sizeof(zero)) != 0;
			memset(thing, 0xee, sizeof(*thing));
			thing->number = i;
		}
		for (i = 0; i < v.n; i++)
			bad += v.items[i].number != i;
		T(v.n == 10000 && v.cap >= v.n, "%zu of %zu", v.n, v.cap);
		vec_clear(&v);
		T(v.n == 0 && v.items != NULL, "cleared, with its memory");
	}
	T(bad == 0, "%zu items", bad);
	vec_free(&v);
	T(v.items == NULL && v.n == 0 && v.cap == 0, "freed");
	vec_free(&v);
}

int
main(void)
{
	keeps_what_was_pushed();
	return t_done();
}
