/* SPDX-License-Identifier: MIT */
/* NTUSER.DAT and SYSTEM */
#include "backends/clients/registryhive.h"
#include "core/base/vec.h"
#include "tests/fuzz/fuzzkit.h"

#define KEYS_MAX 2000

static unsigned looked;

static void
look(const struct hive *h, struct hive_key key, unsigned depth, struct arena *a)
{
	struct hive_values values = VEC_EMPTY;
	struct hive_keys keys = VEC_EMPTY;
	const char *text;
	size_t i;

	if (++looked > KEYS_MAX)
		return;
	hive_name(h, key, a);
	hive_add_values(h, key, a, &values);
	for (i = 0; i < values.n; i++) {
		text = hive_value_text(&values.items[i], a);
		assert(text == NULL || text[0] != '\0');
		assert(values.items[i].data.n <= h->file.n);
	}
	hive_add_keys(h, key, &keys);
	for (i = 0; i < keys.n && depth < 6; i++)
		look(h, keys.items[i], depth + 1, a);
	vec_free(&values);
	vec_free(&keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct error err;
	struct hive h;

	if (hive_open_bytes(slice_of(data, size), &h, &err) < 0)
		return 0;
	looked = 0;
	look(&h, hive_root(&h), 0, &a);
	hive_find(&h, hive_root(&h), "Software\\A");
	hive_close(&h);
	arena_free(&a);
	return 0;
}
