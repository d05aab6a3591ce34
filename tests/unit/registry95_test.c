/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "backends/clients/registryhive.h"
#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

/*
 * A registry of Windows 95: see registry95.c.  Keys are put in order, each
 * with its parent before it; all records lie in one block, or in two.
 */
static const struct key {
	int parent;             /* in this list; -1: the root's */
	const char *name, *value, *data;
} keys[] = {
	{ -1, ".DEFAULT", NULL, NULL },
	{ 0, "Software", NULL, NULL },
	{ -1, "ann", NULL, NULL },
	{ 2, "Software", NULL, NULL },
	{ 3, "Microsoft", NULL, NULL },
	{ 4, "Outlook Express", "Store Root", "C:\\Post\\\xc4rger" },
	{ 2, "Identities", NULL, NULL },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))
#define KEY_AT(i) (32u + 28u * ((unsigned)(i) + 1))

static void
add_key(struct buf *b, int i)
{
	uint32_t child = UINT32_MAX, next = UINT32_MAX;
	size_t at = b->n, k;

	for (k = KEYS; k-- > 0;) {
		if (keys[k].parent == i)
			child = KEY_AT(k);
		if (i >= 0 && (int)k > i && keys[k].parent == keys[i].parent)
			next = KEY_AT(k);
	}
	memset(buf_extend(b, 28), 0, 28);
	hivekit_set(b, at + 12, i < 0 ? UINT32_MAX : KEY_AT(keys[i].parent), 4);
	hivekit_set(b, at + 16, child, 4);
	hivekit_set(b, at + 20, next, 4);
	/* The root has no record. */
	hivekit_set(b, at + 24, i < 0 ? UINT32_MAX : (uint32_t)(i + 1) | (i > 3 ? 0x10000u : 0), 4);
}

static void
add_record(struct buf *b, size_t i)
{
	const struct key *k = &keys[i];
	size_t at = b->n, n = 20 + strlen(k->name);

	if (k->value != NULL)
		n += 12 + strlen(k->value) + strlen(k->data) + 1;
	memset(buf_extend(b, n), 0, n);
	hivekit_set(b, at, n, 4);
	hivekit_set(b, at + 4, (i + 1) | (i > 3 ? 0x10000u : 0), 4);
	hivekit_set(b, at + 8, n, 4);
	hivekit_set(b, at + 12, strlen(k->name), 2);
	memcpy(b->p + at + 20, k->name, strlen(k->name));
	if (k->value == NULL)
		return;
	hivekit_set(b, at + 14, 1, 2);
	at += 20 + strlen(k->name);
	hivekit_set(b, at, 1, 4);
	hivekit_set(b, at + 8, strlen(k->value), 2);
	hivekit_set(b, at + 10, strlen(k->data) + 1, 2);
	memcpy(b->p + at + 12, k->value, strlen(k->value));
	memcpy(b->p + at + 12 + strlen(k->value), k->data, strlen(k->data));
}

static void
add_block(struct buf *b, size_t from, size_t to)
{
	size_t at = b->n;

	memset(buf_extend(b, 32), 0, 32);
	memcpy(b->p + at, "RGDB", 4);
	for (; from < to; from++)
		add_record(b, from);
	hivekit_set(b, at + 4, b->n - at, 4);
}

static void
sample(struct buf *b)
{
	int i;

	buf_clear(b);
	memset(buf_extend(b, 64), 0, 64);
	memcpy(b->p, "CREG", 4);
	memcpy(b->p + 32, "RGKN", 4);
	hivekit_set(b, 32 + 8, KEY_AT(-1), 4);
	for (i = -1; i < (int)KEYS; i++)
		add_key(b, i);
	hivekit_set(b, 8, b->n, 4);
	hivekit_set(b, 16, 2, 2);
	add_block(b, 0, 4);
	add_block(b, 4, KEYS);
}

static void
test_reading(void)
{
	struct buf b = BUF_EMPTY;
	struct hive_keys list = VEC_EMPTY;
	struct hive h;
	struct hive_key key;

	sample(&b);
	if (!T(hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0, "%s", kit.err.text))
		return;
	hive_add_keys(&h, hive_root(&h), &list);
	if (T(list.n == 2, "%zu keys", list.n))
		T_SAME(hive_name(&h, list.items[1], &kit.arena), "ann", "the second");
	key = hive_find(&h, hive_root(&h), "ANN\\software\\microsoft\\outlook express");
	T_SAME(hive_text(&h, key, "store root", &kit.arena), "C:\\Post\\\xc3\x84rger", "a text");
	T(hive_text(&h, key, "other", &kit.arena) == NULL, "no such value");
	T(hive_find(&h, hive_root(&h), "ann\\nothing").at == 0, "no such key");
	hive_close(&h);
	vec_free(&list);
	buf_free(&b);
}

static void
test_damage(void)
{
	struct buf b = BUF_EMPTY;
	struct hive_values values = VEC_EMPTY;
	struct hive h = HIVE_EMPTY;
	size_t i;

	sample(&b);
	for (i = 4; i < b.n; i++) {
		b.p[i] ^= 0x83;
		if (hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0) {
			hive_add_values(&h, hive_find(&h, hive_root(&h),
			    "ann\\Software\\Microsoft\\Outlook Express"), &kit.arena, &values);
			hive_close(&h);
		}
		b.p[i] ^= 0x83;
		if (hive_open_bytes(slice_sub(buf_slice(&b), 0, i), &h, &kit.err) == 0) {
			hive_find(&h, hive_root(&h), "ann\\Software\\Microsoft");
			hive_close(&h);
		}
		vec_clear(&values);
		arena_reset(&kit.arena);
	}
	/* A key beside itself. */
	hivekit_set(&b, 32 + KEY_AT(6) + 20, KEY_AT(6), 4);
	T(hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0 &&
	    hive_find(&h, hive_root(&h), "ann\\Nowhere").at == 0, "a circle ends");
	hive_close(&h);
	/* A record and a block that have no length. */
	sample(&b);
	i = hivekit_get(&b, 8);
	hivekit_set(&b, i + 32, 0, 4);
	T(hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0, "a record without a length");
	hive_close(&h);
	hivekit_set(&b, i + 4, 0, 4);
	T(hive_open_bytes(buf_slice(&b), &h, &kit.err) == 0 &&
	    hive_find(&h, hive_root(&h), "ann").at == 0, "a block without one");
	hive_close(&h);
	vec_free(&values);
	buf_free(&b);
}

/* A store that was moved, in Windows 98. */
static void
test_store(void)
{
	struct buf b = BUF_EMPTY;

	sample(&b);
	kit_write_bytes("old/WINDOWS/USER.DAT", buf_slice(&b));
	kit_write("old/Post/\xc3\x84rger/Inbox.dbx", "\xCF\xAD\x12\xFE\xC5\xFD\x74\x6F");
	kit_find_in(&locate_outlook_express, kit_home("old"));
	kit_expect("old/Post/\xc3\x84rger", "outlook-express", "Main Identity", "dbx", "plain");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
	buf_free(&b);
}

int
main(void)
{
	test_reading();
	test_damage();
	test_store();
	return kit_done();
}
