/* SPDX-License-Identifier: MIT */
#include "backends/clients/registry95.h"

#include "core/base/vec.h"
#include "core/mail/charset.h"

/*
 * All numbers are little-endian, 32 bits unless said.
 *
 *	header  "CREG", …, 8: where the first block is, 16: blocks 2; 32 bytes
 *	tree    at 32: "RGKN", …, 8: the root; places count from here.  Each key,
 *	        28 bytes: 0, …, 16: first key in it, 20: the next beside it, 24: its
 *	        record, by number 2 and block 2
 *	block   "RGDB", size, unused, …; 32 bytes; then records
 *	record  size, number 2, block 2, used, bytes of the name 2, values 2, 4
 *	        bytes; the name; each value: type, 4 bytes, bytes of its name 2, of its
 *	        data 2; those two
 */
#define TREE 32u
#define ROOT_AT 8u
#define BLOCK_HEAD 32u
#define RECORD_HEAD 20u
#define VALUE_HEAD 12u
#define NONE UINT32_MAX
#define KEYS_MAX 65536u
#define RECORDS_MAX 262144u
#define NAME_BYTES_MAX 1024u
#define DATA_MAX 16344u

bool
registry95_is(struct slice file)
{
	return slice_starts(file, "CREG") && slice_starts(slice_from(file, TREE), "RGKN");
}

/* Where each record lies, by its block and number as they stand in the tree. */
static void
read_block(struct hive *h, struct slice file, size_t at, size_t end)
{
	struct cursor c;
	uint32_t size, id;

	for (at += BLOCK_HEAD; at + RECORD_HEAD <= end && h->records.n < RECORDS_MAX; at += size) {
		c = cursor_of(slice_from(file, at));
		size = cursor_le32(&c);
		id = cursor_le32(&c);
		if (size < RECORD_HEAD)
			return;
		if (id != NONE)
			map_put(&h->records, slice_of(&id, sizeof(id)), at);
		if (size > end - at)
			return;
	}
}

int
registry95_settle(struct hive *h, struct error *err)
{
	struct slice file = buf_slice(&h->file), block;
	struct cursor c = cursor_of(slice_from(file, 8));
	size_t at = cursor_le32(&c), blocks, i;
	uint32_t size;

	(void)err;
	cursor_skip(&c, 4);
	blocks = cursor_le16(&c);
	c = cursor_of(slice_from(file, TREE + ROOT_AT));
	h->root = cursor_le32(&c);
	h->is_95 = true;
	for (i = 0; i < blocks; i++, at += size) {
		block = slice_from(file, at);
		c = cursor_of(slice_from(block, 4));
		size = cursor_le32(&c);
		if (!slice_starts(block, "RGDB"))
			break;
		read_block(h, file, at, at + (size < block.n ? size : block.n));
	}
	return 0;
}

/* One number of a key; NONE where there is no key. */
static uint32_t
field(const struct hive *h, struct hive_key key, size_t at)
{
	struct cursor c = cursor_of(slice_from(buf_slice(&h->file), TREE + (size_t)key.at));
	uint32_t kind = cursor_le32(&c), value;

	cursor_skip(&c, at - 4);
	value = cursor_le32(&c);
	return key.at == 0 || c.bad || kind != 0 ? NONE : value;
}

void
registry95_add_keys(const struct hive *h, struct hive_key key, struct hive_keys *out)
{
	uint32_t at = field(h, key, 16);

	for (; at != NONE && out->n < KEYS_MAX; at = field(h, (struct hive_key){ at }, 20))
		*vec_push(out) = (struct hive_key){ at };
}

/* A cursor behind the record's head; bad where there is none. */
static struct cursor
record_of(const struct hive *h, struct hive_key key, size_t *name, size_t *values)
{
	uint32_t id = field(h, key, 24);
	uint64_t at = SIZE_MAX;
	struct cursor c;

	if (id == NONE || !map_get(&h->records, slice_of(&id, sizeof(id)), &at))
		at = SIZE_MAX;
	c = cursor_of(slice_from(buf_slice(&h->file), (size_t)at));
	cursor_skip(&c, 12);
	*name = cursor_le16(&c);
	*values = cursor_le16(&c);
	cursor_skip(&c, 4);
	return c;
}

static const char *
text_of(struct slice raw, struct arena *a)
{
	struct buf text = BUF_EMPTY;
	const char *copy;

	charset_add_text(&text, slice_sub(raw, 0, NAME_BYTES_MAX), NULL);
	copy = arena_string_of(a, buf_slice(&text));
	buf_free(&text);
	return copy;
}

const char *
registry95_name(const struct hive *h, struct hive_key key, struct arena *a)
{
	size_t name, values;
	struct cursor c = record_of(h, key, &name, &values);

	return text_of(cursor_take(&c, name), a);
}

void
registry95_add_values(const struct hive *h, struct hive_key key, struct arena *a,
    struct hive_values *out)
{
	size_t name, values, i;
	struct cursor c = record_of(h, key, &name, &values);
	struct slice data;
	struct hive_value *v;
	uint32_t type;
	size_t data_n;

	cursor_skip(&c, name);
	for (i = 0; i < values && c.n >= VALUE_HEAD; i++) {
		type = cursor_le32(&c);
		cursor_skip(&c, 4);
		name = cursor_le16(&c);
		data_n = cursor_le16(&c);
		if (name + data_n > c.n)
			return;
		v = vec_push(out);
		v->type = type;
		v->is_8_bits = true;
		v->name = text_of(cursor_take(&c, name), a);
		data = cursor_take(&c, data_n);
		v->data = data.n <= DATA_MAX ? data : SLICE_EMPTY;
	}
}
