/* SPDX-License-Identifier: MIT */
#include "backends/clients/registryhive.h"

#include <string.h>

#include "backends/clients/registry95.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/charset.h"

/*
 * All numbers are little-endian, 32 bits unless said; places count from the
 * end of the header, which is 4096 bytes long.
 *
 *	header  "regf", …, 0x24: the root key's cell
 *	cell    size 4 (negative when it is in use), and so many bytes less 4
 *	key     "nk", flags 2 (0x20: the name is in 8 bits), …, 0x14: keys in it,
 *	        0x1C: their list, 0x24: values, 0x28: their list, 0x48: bytes of
 *	        the name 2, 0x4C: the name
 *	list    "lf" or "lh", entries 2, each: key 4, hash 4; "li", entries 2, each:
 *	        key 4; "ri", entries 2, each: another list 4
 *	value   "vk", bytes of the name 2, bytes of data 4 (bit 31: they are the next
 *	        field), data 4, type 4, flags 2 (1: the name is in 8 bits), 0x14: name
 *	data    a cell of its own; of more than 16344 bytes a list of several
 *
 * Nobody's mail is where a longer name, text or value says, so those are cut
 * or left out: a hive cannot make us hold many times its size.
 */
#define HEADER 4096u
#define ROOT_AT 0x24u
#define KEY_HEAD 0x4Cu
#define VALUE_HEAD 0x14u
#define NAME_IN_8_BITS 0x20u
#define KEYS_MAX 65536u         /* of one key */
#define VALUES_MAX 8192u
#define NAME_BYTES_MAX 1024u
#define TEXT_BYTES_MAX 2048u
#define DATA_MAX 16344u

/* What a cell holds; nothing where there is none. */
static struct slice
cell_at(const struct hive *h, uint32_t at)
{
	struct slice file = buf_slice(&h->file);
	struct cursor c;
	uint32_t size;

	if (at > UINT32_MAX - HEADER)
		return SLICE_EMPTY;
	c = cursor_of(slice_from(file, (size_t)at + HEADER));
	size = cursor_le32(&c);
	/* One that is not in use holds what once was there. */
	if (c.bad || size < 0x80000000u)
		return SLICE_EMPTY;
	size = 0u - size;
	return size > 4 ? slice_sub(slice_of(c.p, c.n), 0, size - 4) : SLICE_EMPTY;
}

static bool
is_cell(struct slice cell, const char *mark, size_t head)
{
	return cell.n >= head && memcmp(cell.p, mark, 2) == 0;
}

static uint16_t
le16_at(struct slice cell, size_t at)
{
	struct cursor c = cursor_of(slice_from(cell, at));

	return cursor_le16(&c);
}

static uint32_t
le32_at(struct slice cell, size_t at)
{
	struct cursor c = cursor_of(slice_from(cell, at));

	return cursor_le32(&c);
}

static struct slice
key_cell(const struct hive *h, struct hive_key key)
{
	struct slice cell = key.at != 0 ? cell_at(h, key.at) : SLICE_EMPTY;

	return is_cell(cell, "nk", KEY_HEAD) ? cell : SLICE_EMPTY;
}

/* ---- Opening ---- */

static int
settle(struct hive *h, struct error *err)
{
	struct slice file = buf_slice(&h->file);

	if (registry95_is(file))
		return registry95_settle(h, err);
	if (file.n <= HEADER || !slice_starts(file, "regf")) {
		hive_close(h);
		return fail(err, ERR_FORMAT, "it is no hive of the registry");
	}
	h->root = le32_at(file, ROOT_AT);
	return 0;
}

int
hive_open_bytes(struct slice bytes, struct hive *out, struct error *err)
{
	*out = (struct hive)HIVE_EMPTY;
	buf_add(&out->file, bytes);
	return settle(out, err);
}

int
hive_open(const char *path, struct hive *out, struct error *err)
{
	*out = (struct hive)HIVE_EMPTY;
	if (file_read_all(path, CONFIG_FILE_MAX, &out->file, err) < 0) {
		hive_close(out);
		return -1;
	}
	return settle(out, err);
}

void
hive_close(struct hive *h)
{
	buf_free(&h->file);
	map_free(&h->records);
	*h = (struct hive)HIVE_EMPTY;
}

struct hive_key
hive_root(const struct hive *h)
{
	return (struct hive_key){ h->root };
}

/* ---- Keys ---- */

static const char *
name_of(struct slice raw, bool in_8_bits, struct arena *a)
{
	struct buf name = BUF_EMPTY;
	const char *copy;
	size_t i;

	raw = slice_sub(raw, 0, NAME_BYTES_MAX);
	if (in_8_bits) {
		/* Each is the code point of that number. */
		for (i = 0; i < raw.n; i++)
			text_add_code(&name, raw.p[i]);
	} else {
		text_add_utf16(&name, raw);
	}
	copy = arena_string_of(a, buf_slice(&name));
	buf_free(&name);
	return copy;
}

static const char *
key_name(struct slice cell, struct arena *a)
{
	return name_of(slice_sub(cell, KEY_HEAD, le16_at(cell, 0x48)),
	    (le16_at(cell, 2) & NAME_IN_8_BITS) != 0, a);
}

const char *
hive_name(const struct hive *h, struct hive_key key, struct arena *a)
{
	return h->is_95 ? registry95_name(h, key, a) : key_name(key_cell(h, key), a);
}

static void
add_list(const struct hive *h, uint32_t at, bool may_nest, struct hive_keys *out)
{
	struct slice list = cell_at(h, at);
	bool is_index = is_cell(list, "ri", 4);
	size_t step, n, i;

	if (is_index ? !may_nest : !is_cell(list, "lf", 4) && !is_cell(list, "lh", 4) && !is_cell(list, "li", 4))
		return;
	step = is_index || list.p[1] == 'i' ? 4 : 8;
	n = le16_at(list, 2);
	for (i = 0; i < n && 4 + (i + 1) * step <= list.n && out->n < KEYS_MAX; i++) {
		at = le32_at(list, 4 + i * step);
		if (is_index)
			add_list(h, at, false, out);
		else
			*vec_push(out) = (struct hive_key){ at };
	}
}

void
hive_add_keys(const struct hive *h, struct hive_key key, struct hive_keys *out)
{
	struct slice cell = h->is_95 ? SLICE_EMPTY : key_cell(h, key);

	if (h->is_95)
		registry95_add_keys(h, key, out);
	else if (le32_at(cell, 0x14) > 0)
		add_list(h, le32_at(cell, 0x1C), true, out);
}

static struct hive_key
child(const struct hive *h, struct hive_key key, struct slice name, struct arena *a)
{
	struct hive_keys keys = VEC_EMPTY;
	struct hive_key found = { 0 };
	size_t i;

	hive_add_keys(h, key, &keys);
	for (i = 0; i < keys.n && found.at == 0; i++)
		if (slice_equal_nocase(slice_string(hive_name(h, keys.items[i], a)), name))
			found = keys.items[i];
	vec_free(&keys);
	return found;
}

struct hive_key
hive_find(const struct hive *h, struct hive_key from, const char *path)
{
	struct slice rest = slice_string(path), name;
	struct arena a = ARENA_EMPTY;

	while (from.at != 0 && slice_field(&rest, '\\', &name)) {
		from = child(h, from, name, &a);
		arena_reset(&a);
	}
	arena_free(&a);
	return from;
}

/* ---- Values ---- */

static struct slice
value_data(const struct hive *h, struct slice cell)
{
	uint32_t n = le32_at(cell, 4);

	if (n & 0x80000000u) {
		n &= 0x7FFFFFFFu;
		return slice_sub(slice_sub(cell, 8, 4), 0, n);
	}
	return n <= DATA_MAX ? slice_sub(cell_at(h, le32_at(cell, 8)), 0, n) : SLICE_EMPTY;
}

void
hive_add_values(const struct hive *h, struct hive_key key, struct arena *a,
    struct hive_values *out)
{
	struct slice cell = h->is_95 ? SLICE_EMPTY : key_cell(h, key), list = SLICE_EMPTY, value;
	uint32_t n = le32_at(cell, 0x24), i;
	struct hive_value *v;

	if (h->is_95)
		registry95_add_values(h, key, a, out);
	if (n > 0)
		list = cell_at(h, le32_at(cell, 0x28));
	for (i = 0; i < n && i < VALUES_MAX && ((size_t)i + 1) * 4 <= list.n; i++) {
		value = cell_at(h, le32_at(list, (size_t)i * 4));
		if (!is_cell(value, "vk", VALUE_HEAD))
			continue;
		v = vec_push(out);
		v->name = name_of(slice_sub(value, VALUE_HEAD, le16_at(value, 2)),
		    (le16_at(value, 0x10) & 1) != 0, a);
		v->type = le32_at(value, 0xC);
		v->data = value_data(h, value);
	}
}

/* ---- Texts ---- */

/* Bytes that hold a text, in UTF-16?  Paths and names have Latin letters. */
static bool
is_wide(struct slice data)
{
	size_t i;

	for (i = 1; i < data.n; i += 2)
		if (data.p[i] == 0)
			return true;
	return false;
}

const char *
hive_value_text(const struct hive_value *value, struct arena *a)
{
	struct slice data = slice_sub(value->data, 0, TEXT_BYTES_MAX);
	struct buf text = BUF_EMPTY;
	const char *copy;

	if (value->type != HIVE_TEXT && value->type != HIVE_EXPANDABLE && value->type != HIVE_BYTES)
		return NULL;
	if ((value->type != HIVE_BYTES && !value->is_8_bits) ||
	    (value->type == HIVE_BYTES && is_wide(data)))
		text_add_utf16(&text, data);
	else
		charset_add_text(&text, data, NULL);
	buf_truncate(&text, slice_find(buf_slice(&text), 0, '\0'));
	copy = text.n > 0 ? arena_string_of(a, buf_slice(&text)) : NULL;
	buf_free(&text);
	return copy;
}

const char *
hive_text(const struct hive *h, struct hive_key key, const char *name, struct arena *a)
{
	struct hive_values values = VEC_EMPTY;
	const char *found = NULL;
	size_t i;

	hive_add_values(h, key, a, &values);
	for (i = 0; i < values.n && found == NULL; i++)
		if (slice_equal_nocase(slice_string(values.items[i].name), slice_string(name)))
			found = hive_value_text(&values.items[i], a);
	vec_free(&values);
	return found;
}
