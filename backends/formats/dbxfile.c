/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbxfile.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/vec.h"

#define COUNT_AT 0xC4u
#define ROOT_AT 0xE4u
#define NODE_HEAD 24u
#define NODE_ENTRY 12u
#define RECORD_HEAD 12u
#define RECORD_MAX 65536u
#define TREE_DEPTH_MAX 64u      /* a file of 2 GiB needs less than ten */

enum dbx_class
dbx_class_of(struct slice head)
{
	if (slice_starts(head, "JMF6"))
		return DBX_OLD;
	if (slice_starts(head, "\xCF\xAD\x12\xFE\xC5\xFD\x74\x6F"))
		return DBX_MESSAGES;
	return slice_starts(head, "\xCF\xAD\x12\xFE\xC6\xFD\x74\x6F") ? DBX_FOLDERS : DBX_NONE;
}

bool
dbx_file_see(struct dbx_file *f, uint32_t at)
{
	unsigned char bit = (unsigned char)(1u << (at / 4 % 8));

	if (at == 0 || at % 4 != 0 || at >= f->in->size || (f->seen[at / 32] & bit))
		return false;
	f->seen[at / 32] |= bit;
	return true;
}

void
dbx_file_forget(struct dbx_file *f, uint32_t at)
{
	f->seen[at / 32] &= (unsigned char)~(1u << (at / 4 % 8));
}

/* ---- The index ---- */

static void
read_node(struct dbx_file *f, uint32_t at, unsigned depth)
{
	unsigned char bytes[NODE_HEAD + 255 * NODE_ENTRY] = { 0 };
	struct error ignored = ERROR_NONE;
	struct cursor c;
	uint32_t child, record;
	unsigned n;

	output_alive(f->out);
	if (depth > TREE_DEPTH_MAX || !dbx_file_see(f, at) ||
	    confined_input_read(f->in, at, bytes, NODE_HEAD, &ignored) < 0)
		goto damaged;
	c = cursor_of(slice_of(bytes, NODE_HEAD));
	n = bytes[17];
	if (cursor_le32(&c) != at || confined_input_read(f->in, at + NODE_HEAD,
	    bytes + NODE_HEAD, n * NODE_ENTRY, &ignored) < 0)
		goto damaged;
	cursor_skip(&c, 4);
	child = cursor_le32(&c);
	if (child != 0)
		read_node(f, child, depth + 1);
	c = cursor_of(slice_of(bytes + NODE_HEAD, n * NODE_ENTRY));
	while (n-- > 0) {
		record = cursor_le32(&c);
		child = cursor_le32(&c);
		cursor_skip(&c, 4);
		if (record != 0) {
			f->records = vec_grow(f->records, &f->cap, f->n, sizeof(*f->records));
			f->records[f->n++] = record;
		}
		if (child != 0)
			read_node(f, child, depth + 1);
	}
	return;

damaged:
	f->damaged++;
}

static int
number_at(const struct dbx_file *f, uint64_t at, uint32_t *out, struct error *err)
{
	unsigned char bytes[4] = { 0 };
	struct cursor c = cursor_of(slice_of(bytes, sizeof(bytes)));

	if (confined_input_read(f->in, at, bytes, sizeof(bytes), err) < 0)
		return fail_in(err, "its header");
	*out = cursor_le32(&c);
	return 0;
}

int
dbx_file_open(struct dbx_file *f, const struct confined_input *in, struct confined_output *out,
    struct error *err)
{
	uint32_t root;

	memset(f, 0, sizeof(*f));
	f->in = in;
	f->out = out;
	if (in->size > UINT32_MAX)
		return fail(err, ERR_FORMAT, "it is longer than such a file can be");
	if (number_at(f, COUNT_AT, &f->declared, err) < 0 || number_at(f, ROOT_AT, &root, err) < 0)
		return -1;
	f->seen = mem_alloc((size_t)(in->size / 32 + 1));
	if (root != 0)
		read_node(f, root, 0);
	return 0;
}

void
dbx_file_close(struct dbx_file *f)
{
	mem_free(f->records);
	mem_free(f->seen);
}

/* ---- Records ---- */

int
dbx_record_read(const struct dbx_file *f, uint32_t at, struct dbx_record *out, struct error *err)
{
	unsigned char head[RECORD_HEAD] = { 0 };
	struct cursor c = cursor_of(slice_of(head, sizeof(head)));
	uint32_t own, n;

	buf_clear(&out->body);
	out->attributes = 0;
	if (confined_input_read(f->in, at, head, sizeof(head), err) < 0)
		return -1;
	own = cursor_le32(&c);
	n = cursor_le32(&c);
	if (own != at || n > RECORD_MAX || n < head[10] * 4u)
		return fail(err, ERR_FORMAT, "its entry in the index is damaged");
	if (confined_input_read(f->in, (uint64_t)at + RECORD_HEAD, buf_extend(&out->body, n), n,
	    err) < 0)
		return -1;
	out->attributes = head[10];
	return 0;
}

void
dbx_record_free(struct dbx_record *r)
{
	buf_free(&r->body);
}

/* The attribute with its bit 7, and its value; false where there is none. */
static bool
attribute(const struct dbx_record *r, unsigned tag, bool *is_inline, uint32_t *value)
{
	struct cursor c = cursor_of(buf_slice(&r->body));
	uint32_t word;
	size_t i;

	for (i = 0; i < r->attributes; i++) {
		word = cursor_le32(&c);
		if ((word & 0x7F) != tag)
			continue;
		*is_inline = (word & 0x80) != 0;
		*value = word >> 8;
		return true;
	}
	return false;
}

struct slice
dbx_record_data(const struct dbx_record *r, unsigned tag)
{
	bool is_inline;
	uint32_t value;

	if (!attribute(r, tag, &is_inline, &value) || is_inline)
		return SLICE_EMPTY;
	return slice_from(buf_slice(&r->body), r->attributes * 4 + value);
}

bool
dbx_record_number(const struct dbx_record *r, unsigned tag, uint32_t *out)
{
	struct cursor c;
	bool is_inline;

	if (!attribute(r, tag, &is_inline, out))
		return false;
	if (is_inline)
		return true;
	c = cursor_of(dbx_record_data(r, tag));
	*out = cursor_le32(&c);
	return !c.bad;
}
