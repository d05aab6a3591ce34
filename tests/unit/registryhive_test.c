/* SPDX-License-Identifier: MIT */
#include "backends/clients/registryhive.h"

#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

#define ACCOUNTS "Software\\Microsoft\\Internet Account Manager\\Accounts"

static struct hive
opened(struct buf *b)
{
	struct hive h = HIVE_EMPTY;

	T(hive_open_bytes(buf_slice(b), &h, &kit.err) == 0, "%s", kit.err.text);
	return h;
}

static void
sample(struct buf *b)
{
	hivekit_begin(b);
	hivekit_text(b, ACCOUNTS "\\00000001", "Account Name", HIVE_TEXT, "M\xfcller");
	hivekit_value(b, ACCOUNTS "\\00000001", "Number", HIVE_NUMBER, SLICE_OF("\x07\0\0\0"));
	hivekit_value(b, ACCOUNTS "\\00000002", "Wide", HIVE_BYTES, SLICE_OF("C\0:\0\\\0a\0\0\0"));
	hivekit_value(b, ACCOUNTS "\\00000002", "Narrow", HIVE_BYTES, SLICE_OF("C:\\\xe4\0rest"));
	hivekit_value(b, ACCOUNTS "\\00000002", "Empty", HIVE_TEXT, SLICE_OF("\0\0"));
	hivekit_end(b);
}

static void
test_reading(void)
{
	struct buf b = BUF_EMPTY;
	struct hive h;
	struct hive_key accounts, one, two;
	struct hive_keys keys = VEC_EMPTY;
	struct hive_values values = VEC_EMPTY;

	sample(&b);
	h = opened(&b);
	accounts = hive_find(&h, hive_root(&h), "software\\MICROSOFT\\Internet account manager\\accounts");
	hive_add_keys(&h, accounts, &keys);
	if (T(keys.n == 2, "%zu keys", keys.n))
		T_SAME(hive_name(&h, keys.items[1], &kit.arena), "00000002", "its name");
	one = hive_find(&h, accounts, "00000001");
	two = hive_find(&h, accounts, "00000002");
	T_SAME(hive_text(&h, one, "account name", &kit.arena), "M\xc3\xbcller", "a text");
	T(hive_text(&h, one, "Number", &kit.arena) == NULL, "a number is no text");
	T_SAME(hive_text(&h, two, "Wide", &kit.arena), "C:\\a", "bytes that are UTF-16");
	T_SAME(hive_text(&h, two, "Narrow", &kit.arena), "C:\\\xc3\xa4", "bytes that are not");
	T(hive_text(&h, two, "Empty", &kit.arena) == NULL, "no text");
	T(hive_text(&h, two, "Other", &kit.arena) == NULL, "no such value");
	T(hive_find(&h, accounts, "00000003").at == 0, "no such key");
	hive_add_values(&h, one, &kit.arena, &values);
	T(values.n == 2 && values.items[1].data.n == 4 && values.items[1].data.p[0] == 7,
	    "a number lies in its own entry");
	vec_clear(&values);
	hive_add_values(&h, (struct hive_key){ 0 }, &kit.arena, &values);
	T(values.n == 0, "no key has no values");
	hive_close(&h);
	vec_free(&keys);
	vec_free(&values);
	buf_free(&b);
}

/* Keys in two lists of a list, as large keys have them. */
static void
test_long_lists(void)
{
	struct buf b = BUF_EMPTY;
	uint32_t root, index, list[2], key;
	struct hive h;
	unsigned i;

	hivekit_begin(&b);
	root = hivekit_get(&b, 0x24);
	for (i = 0; i < 2; i++) {
		key = hivekit_new_key(&b, slice_string(i == 0 ? "a" : "b"));
		list[i] = hivekit_cell(&b, 8);
		memcpy(b.p + list[i] + 4096 + 4, "li\1", 4);
		hivekit_set(&b, list[i] + 4096 + 8, key, 4);
	}
	index = hivekit_cell(&b, 12);
	memcpy(b.p + index + 4096 + 4, "ri\2", 4);
	hivekit_set(&b, index + 4096 + 8, list[0], 4);
	hivekit_set(&b, index + 4096 + 12, list[1], 4);
	hivekit_set(&b, root + 4096 + 4 + 0x14, 2, 4);
	hivekit_set(&b, root + 4096 + 4 + 0x1C, index, 4);
	h = opened(&b);
	T(hive_find(&h, hive_root(&h), "A").at != 0, "in the first");
	T(hive_find(&h, hive_root(&h), "b").at == key, "in the second");
	hive_close(&h);
	/* One that is in itself ends. */
	hivekit_set(&b, index + 4096 + 8, index, 4);
	h = opened(&b);
	T(hive_find(&h, hive_root(&h), "b").at == key, "in a circle");
	hive_close(&h);
	buf_free(&b);
}

/* Whatever a byte is, what is there is read, and no more. */
static void
test_damage(void)
{
	struct buf b = BUF_EMPTY;
	struct hive h = HIVE_EMPTY;
	struct hive_key two;
	size_t i, wrong = 0;

	sample(&b);
	for (i = 0; i < b.n; i += i < 0x40 || i >= 4096 ? 1 : 61) {
		b.p[i] ^= 0x81;
		if (hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0) {
			two = hive_find(&h, hive_root(&h), ACCOUNTS "\\00000002");
			hive_text(&h, two, "Wide", &kit.arena);
			hive_close(&h);
		} else
			wrong += i >= 4 || kit.err.code != ERR_FORMAT;
		b.p[i] ^= 0x81;
		arena_reset(&kit.arena);
	}
	T(wrong == 0, "%zu were refused", wrong);
	for (i = 0; i < b.n; i += 13) {
		if (hive_open_bytes(slice_sub(buf_slice(&b), 0, i), &h, &kit.err) == 0) {
			hive_find(&h, hive_root(&h), ACCOUNTS "\\00000002");
			hive_close(&h);
		} else
			wrong += i > 4096;
	}
	T(wrong == 0, "%zu prefixes were refused", wrong);
	T(hive_open("/nowhere", &h, &kit.err) < 0 && kit.err.code == ERR_NOT_FOUND, "no file");
	buf_free(&b);
}

/* What is no key has neither name nor values, whatever leads there. */
static void
test_other_cells(void)
{
	struct buf b = BUF_EMPTY;
	struct hive_values values = VEC_EMPTY;
	struct hive_key other;
	struct hive h;

	sample(&b);
	other.at = hivekit_cell(&b, 0x60);
	memcpy(b.p + other.at + 4096 + 4, "vk", 2);
	memset(b.p + other.at + 4096 + 4 + 0x24, 1, 0x30);
	h = opened(&b);
	hive_add_values(&h, other, &kit.arena, &values);
	T(hive_name(&h, other, &kit.arena)[0] == '\0' && values.n == 0, "a value is no key");
	hive_close(&h);
	vec_free(&values);
	buf_free(&b);
}

/* A cell that is not in use has what was deleted in it. */
static void
test_deleted(void)
{
	struct buf b = BUF_EMPTY;
	struct hive h;
	uint32_t key;

	sample(&b);
	key = hivekit_key(&b, ACCOUNTS "\\00000002");
	hivekit_set(&b, key + 4096, 0x60, 4);
	h = opened(&b);
	T(hive_find(&h, hive_root(&h), ACCOUNTS "\\00000002").at == 0, "deleted");
	hive_close(&h);
	buf_free(&b);
}

int
main(void)
{
	test_reading();
	test_long_lists();
	test_damage();
	test_other_cells();
	test_deleted();
	return kit_done();
}
