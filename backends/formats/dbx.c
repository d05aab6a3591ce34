/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbx.h"

#include <inttypes.h>
#include <string.h>

#include "backends/formats/confinedreader.h"
#include "backends/formats/formats.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"

/*
 * All numbers are little-endian, 32 bits unless said, and offsets count from
 * the beginning of the file.  Whatever can be pointed to begins with its own
 * offset, which is all that tells it from rubbish.
 *
 *	header   magic 4, class 16, …, 0xC4: items, …, 0xE4: the root node
 *	node     own, -, first child, parent, 1 byte, entries 1 byte, 2 bytes,
 *	         items below; each entry: record, child, items below it
 *	record   own, bytes behind these 12, 2 bytes, attributes 1 byte, 1 byte;
 *	         each attribute: tag 1 byte, value 3 bytes: with bit 7 of the tag
 *	         the value itself, otherwise where it lies behind the attributes
 *	block    own, size, text bytes 2, 2 bytes, next block or 0, text
 */
#define DBX_COUNT_AT 0xC4u
#define DBX_ROOT_AT 0xE4u
#define NODE_HEAD 24u
#define NODE_ENTRY 12u
#define RECORD_HEAD 12u
#define RECORD_MAX 65536u
#define BLOCK_HEAD 16u
#define TREE_DEPTH_MAX 64u      /* a file of 2 GiB needs less than ten */

/* Version 4: a head, then each message: magic, number, bytes in all, bytes of text, text. */
#define JMF_HEAD 84u
#define JMF_MESSAGE 16u
#define JMF_MESSAGE_MAGIC 0x7F007F00u

enum { TAG_FLAGS = 0x01, TAG_TEXT = 0x04, TAG_RECEIVED = 0x12 };

static const unsigned char dbx_magic[] = { 0xCF, 0xAD, 0x12, 0xFE, 0xC5, 0xFD, 0x74, 0x6F };

struct offsets {
	uint32_t *items;
	size_t n, cap;
};

struct block {
	uint32_t at;
	uint16_t n;
};

struct blocks {
	struct block *items;
	size_t n, cap;
};

struct dbx {
	const struct confined_input *in;
	struct confined_output *out;
	struct offsets records;
	unsigned char *seen;            /* a bit for each four bytes of the file */
	uint64_t left;                  /* text that the file has room for: overlapping blocks end there */
	uint64_t empty;                 /* messages that were never downloaded */
	uint64_t damaged;               /* nodes */
};

static bool
is_dbx(struct slice head)
{
	return head.n >= sizeof(dbx_magic) && memcmp(head.p, dbx_magic, sizeof(dbx_magic)) == 0;
}

static bool
is_jmf(struct slice head)
{
	return slice_starts(head, "JMF6");
}

/* Mark what lies there; false when it was, or cannot lie there. */
static bool
see(struct dbx *d, uint32_t at)
{
	unsigned char bit = (unsigned char)(1u << (at / 4 % 8));

	if (at == 0 || at % 4 != 0 || at >= d->in->size || (d->seen[at / 32] & bit))
		return false;
	d->seen[at / 32] |= bit;
	return true;
}

static void
forget(struct dbx *d, uint32_t at)
{
	d->seen[at / 32] &= (unsigned char)~(1u << (at / 4 % 8));
}

/* ---- The index ---- */

static void
read_node(struct dbx *d, uint32_t at, unsigned depth)
{
	unsigned char bytes[NODE_HEAD + 255 * NODE_ENTRY] = { 0 };
	struct error ignored = ERROR_NONE;
	struct cursor c;
	uint32_t child, record;
	unsigned n;

	output_alive(d->out);
	if (depth > TREE_DEPTH_MAX || !see(d, at) ||
	    confined_input_read(d->in, at, bytes, NODE_HEAD, &ignored) < 0)
		goto damaged;
	c = cursor_of(slice_of(bytes, NODE_HEAD));
	n = bytes[17];
	if (cursor_le32(&c) != at || confined_input_read(d->in, at + NODE_HEAD,
	    bytes + NODE_HEAD, n * NODE_ENTRY, &ignored) < 0)
		goto damaged;
	cursor_skip(&c, 4);
	child = cursor_le32(&c);
	if (child != 0)
		read_node(d, child, depth + 1);
	c = cursor_of(slice_of(bytes + NODE_HEAD, n * NODE_ENTRY));
	while (n-- > 0) {
		record = cursor_le32(&c);
		child = cursor_le32(&c);
		cursor_skip(&c, 4);
		if (record != 0)
			*(uint32_t *)vec_push(&d->records) = record;
		if (child != 0)
			read_node(d, child, depth + 1);
	}
	return;

damaged:
	d->damaged++;
}

static int
number_at(const struct dbx *d, uint64_t at, uint32_t *out, struct error *err)
{
	unsigned char bytes[4] = { 0 };
	struct cursor c = cursor_of(slice_of(bytes, sizeof(bytes)));

	if (confined_input_read(d->in, at, bytes, sizeof(bytes), err) < 0)
		return -1;
	*out = cursor_le32(&c);
	return 0;
}

/* Every record, in the order of the folder, and how many it says there are. */
static int
read_index(struct dbx *d, uint32_t *declared, struct error *err)
{
	uint32_t root;

	if (number_at(d, DBX_COUNT_AT, declared, err) < 0 ||
	    number_at(d, DBX_ROOT_AT, &root, err) < 0)
		return fail_in(err, "its header");
	if (root != 0)
		read_node(d, root, 0);
	return 0;
}

/* ---- Messages ---- */

struct record {
	uint32_t text;
	unsigned flags;
	int64_t date;
};

static unsigned
flags_of(uint32_t bits)
{
	return (bits & 0x80 ? FLAG_SEEN : 0u) | (bits & 0x20 ? FLAG_FLAGGED : 0u) |
	    (bits & 0x80000 ? FLAG_ANSWERED : 0u) | (bits & 0x100000 ? FLAG_FORWARDED : 0u);
}

static int64_t
unix_time(uint64_t filetime)
{
	const uint64_t epoch = 11644473600u;

	return filetime / 10000000 > epoch ? (int64_t)(filetime / 10000000 - epoch) : 0;
}

static void
take_attribute(struct record *r, unsigned tag, uint32_t value, struct slice data)
{
	struct cursor c = cursor_of(slice_from(data, value)), again = c;
	uint32_t number = tag & 0x80 ? value : cursor_le32(&c);
	uint64_t time;

	if (c.bad)
		return;
	if ((tag & 0x7F) == TAG_FLAGS)
		r->flags = flags_of(number);
	else if ((tag & 0x7F) == TAG_TEXT)
		r->text = number;
	else if (tag == TAG_RECEIVED) {
		time = cursor_le64(&again);
		r->date = again.bad ? 0 : unix_time(time);
	}
}

static int
read_record(const struct dbx *d, uint32_t at, struct record *out, struct error *err)
{
	unsigned char head[RECORD_HEAD], *body;
	struct cursor c = cursor_of(slice_of(head, sizeof(head)));
	struct slice data;
	uint32_t own, n, word;
	unsigned attributes;

	memset(out, 0, sizeof(*out));
	if (confined_input_read(d->in, at, head, sizeof(head), err) < 0)
		return -1;
	own = cursor_le32(&c);
	n = cursor_le32(&c);
	attributes = head[10];
	if (own != at || n > RECORD_MAX || n < attributes * 4)
		return fail(err, ERR_FORMAT, "its entry in the index is damaged");
	body = mem_alloc(n);
	if (confined_input_read(d->in, (uint64_t)at + RECORD_HEAD, body, n, err) < 0) {
		mem_free(body);
		return -1;
	}
	c = cursor_of(slice_of(body, n));
	data = slice_from(slice_of(body, n), attributes * 4);
	while (attributes-- > 0) {
		word = cursor_le32(&c);
		take_attribute(out, word & 0xFF, word >> 8, data);
	}
	mem_free(body);
	return 0;
}

/* The chain of a message's blocks; -1: it breaks off behind those in out. */
static int
find_blocks(struct dbx *d, uint32_t at, struct blocks *out, struct error *err)
{
	unsigned char head[BLOCK_HEAD];
	struct block *block;
	struct cursor c;
	uint32_t own, size, next;
	uint16_t n;
	size_t i;
	int rc = 0;

	for (; at != 0 && rc == 0; at = next) {
		next = 0;
		output_alive(d->out);
		if (!see(d, at)) {
			rc = fail(err, ERR_FORMAT, "its text leads nowhere");
			break;
		}
		block = vec_push(out);
		*block = (struct block){ at, 0 };
		if ((rc = confined_input_read(d->in, at, head, sizeof(head), err)) < 0)
			break;
		c = cursor_of(slice_of(head, sizeof(head)));
		own = cursor_le32(&c);
		size = cursor_le32(&c);
		n = cursor_le16(&c);
		cursor_skip(&c, 2);
		next = cursor_le32(&c);
		if (own != at || n > size || n > d->in->size - at - BLOCK_HEAD || n > d->left) {
			rc = fail(err, ERR_FORMAT, "a block of its text is damaged");
			break;
		}
		block->n = n;
		d->left -= n;
	}
	for (i = 0; i < out->n; i++)
		forget(d, out->items[i].at);
	return rc;
}

static void
put_text(const struct dbx *d, uint64_t at, uint64_t n)
{
	unsigned char bytes[CONFINED_DATA_MAX];
	struct error ignored = ERROR_NONE;
	size_t part;

	for (; n > 0; at += part, n -= part) {
		part = n < sizeof(bytes) ? (size_t)n : sizeof(bytes);
		if (confined_input_read(d->in, at, bytes, part, &ignored) < 0)
			return;
		output_data(d->out, slice_of(bytes, part));
	}
}

/* 1: handed out; 0: there is no text of it; -1. */
static int
read_message(struct dbx *d, uint64_t index, struct error *err)
{
	const struct tags none = { NULL, 0 };
	struct blocks blocks = { NULL, 0, 0 };
	struct record r;
	uint64_t got = 0;
	size_t i;
	int rc;

	if (read_record(d, d->records.items[index], &r, err) < 0)
		return -1;
	if (r.text == 0)
		return 0;
	rc = find_blocks(d, r.text, &blocks, err);
	for (i = 0; i < blocks.n; i++)
		got += blocks.items[i].n;
	if (got > 0) {
		output_message(d->out, index, r.flags, &none, r.date);
		for (i = 0; i < blocks.n; i++)
			put_text(d, (uint64_t)blocks.items[i].at + BLOCK_HEAD, blocks.items[i].n);
		output_end(d->out);
	}
	if (got > 0 && rc < 0) {
		fail_in(err, "message %" PRIu64 " is not whole", index + 1);
		output_failed(d->out, CONFINED_NO_INDEX, err->text);
	}
	vec_free(&blocks);
	return got > 0 ? 1 : rc;
}

static void
read_messages(struct dbx *d, uint64_t first, uint32_t declared)
{
	struct error err = ERROR_NONE;
	uint64_t i;
	int rc;

	for (i = first; i < d->records.n && !d->out->broken; i++) {
		output_start(d->out, i);
		rc = read_message(d, i, &err);
		if (rc < 0) {
			fail_in(&err, "message %" PRIu64, i + 1);
			output_failed(d->out, i, err.text);
		}
		d->empty += rc == 0;
	}
	if (d->empty > 0) {
		fail(&err, ERR_FORMAT, "%" PRIu64 " messages have only their headers here: they were "
		    "never downloaded", d->empty);
		output_warning(d->out, err.text);
	}
	if (d->damaged > 0 || d->records.n < declared) {
		fail(&err, ERR_FORMAT, "the folder declares %" PRIu32 " messages, and its index names "
		    "%zu%s", declared, d->records.n, d->damaged > 0 ? ": it is damaged" : "");
		output_failed(d->out, CONFINED_NO_INDEX, err.text);
	}
}

/* ---- Version 4 ---- */

struct jmf_head {
	uint32_t number, size, text;
};

static bool
read_jmf_head(const struct dbx *d, uint64_t at, struct jmf_head *out)
{
	unsigned char head[JMF_MESSAGE] = { 0 };
	struct cursor c = cursor_of(slice_of(head, sizeof(head)));
	struct error ignored = ERROR_NONE;

	if (confined_input_read(d->in, at, head, sizeof(head), &ignored) < 0 ||
	    cursor_le32(&c) != JMF_MESSAGE_MAGIC)
		return false;
	out->number = cursor_le32(&c);
	out->size = cursor_le32(&c);
	out->text = cursor_le32(&c);
	return true;
}

/* Where the next message with a higher number begins; the end of the file
 * where there is none. */
static uint64_t
find_jmf_head(const struct dbx *d, uint64_t from, uint32_t number)
{
	const struct slice magic = SLICE_OF("\x00\x7F\x00\x7F");
	unsigned char bytes[CONFINED_DATA_MAX];
	struct error ignored = ERROR_NONE;
	struct jmf_head head;
	struct slice part;
	size_t i;

	for (; from + JMF_MESSAGE <= d->in->size; from += part.n - 3) {
		output_alive(d->out);
		part = slice_of(bytes, d->in->size - from < sizeof(bytes) ?
		    (size_t)(d->in->size - from) : sizeof(bytes));
		if (confined_input_read(d->in, from, bytes, part.n, &ignored) < 0)
			break;
		for (i = 0; (i = slice_find_bytes(part, i, magic)) < part.n; i++) {
			if (read_jmf_head(d, from + i, &head) && head.number > number)
				return from + i;
		}
	}
	return d->in->size;
}

static void
tell_jmf(struct dbx *d, uint64_t index, const char *what)
{
	struct error err = ERROR_NONE;

	fail(&err, ERR_FORMAT, "message %" PRIu64 " %s", index + 1, what);
	output_failed(d->out, CONFINED_NO_INDEX, err.text);
}

/* Where the length of a message leads to no other one, it ends at the next. */
static void
read_jmf(struct dbx *d, uint64_t first)
{
	const struct tags none = { NULL, 0 };
	uint64_t at = JMF_HEAD, index = 0, next, room;
	struct jmf_head head, behind;

	for (; at < d->in->size && !d->out->broken; at = next, index++) {
		if (!read_jmf_head(d, at, &head)) {
			tell_jmf(d, index, "is missing: the file is damaged there");
			next = find_jmf_head(d, at, 0);
			continue;
		}
		next = at + head.size;
		if (head.size < JMF_MESSAGE || next > d->in->size ||
		    (next < d->in->size && !read_jmf_head(d, next, &behind)))
			next = find_jmf_head(d, at + JMF_MESSAGE, head.number);
		room = next - at < JMF_MESSAGE ? 0 : next - at - JMF_MESSAGE;
		if (index < first)
			continue;
		output_start(d->out, index);
		output_message(d->out, index, 0, &none, 0);
		put_text(d, at + JMF_MESSAGE, head.text < room ? head.text : room);
		output_end(d->out);
		if (next != at + head.size || head.text > room)
			tell_jmf(d, index, "is not as long as it says");
	}
}

int
dbx_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err)
{
	const struct slice name = SLICE_OF("Messages");
	struct dbx d = { .in = in, .out = out, .left = in->size };
	unsigned char magic[sizeof(dbx_magic)];
	uint32_t declared = 0;
	bool is_old;
	int rc = 0;

	if (confined_input_read(in, 0, magic, sizeof(magic), err) < 0)
		return -1;
	is_old = is_jmf(slice_of(magic, sizeof(magic)));
	if (!is_old && (!is_dbx(slice_of(magic, sizeof(magic))) || in->size > UINT32_MAX))
		return fail(err, ERR_FORMAT, "it is no mail folder of Outlook Express");
	if (key == CONFINED_NO_INDEX) {
		output_mailbox(out, 0, &name, 1, -1);
	} else if (is_old) {
		read_jmf(&d, first);
	} else {
		d.seen = mem_alloc((size_t)(in->size / 32 + 1));
		rc = read_index(&d, &declared, err);
		if (rc == 0)
			read_messages(&d, first, declared);
		mem_free(d.seen);
	}
	vec_free(&d.records);
	return rc;
}

/* ---- The format ---- */

static int
probe(const char *path, struct error *err)
{
	unsigned char head[sizeof(dbx_magic)];
	struct file_meta meta;
	struct slice bytes;
	int64_t got;
	int fd;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (file_open_read(path, &fd, err) < 0)
		return -1;
	got = file_read(fd, head, sizeof(head), err);
	file_close(fd);
	if (got < 0)
		return -1;
	bytes = slice_of(head, (size_t)got);
	return is_dbx(bytes) || is_jmf(bytes) ? 98 : 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	return confinedstore_open(where->path, "dbx", &format_dbx, out, err);
}

/* The folder is called as its file is. */
static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	int rc = confinedstore_next_mailbox(store, a, out, err);
	struct buf text = BUF_EMPTY;
	struct slice name, *component;

	if (rc != 1)
		return rc;
	name = slice_string(path_base(out->path));
	if (name.n > 4 && (slice_equal_nocase(slice_from(name, name.n - 4), SLICE_OF(".dbx")) ||
	    slice_equal_nocase(slice_from(name, name.n - 4), SLICE_OF(".mbx"))))
		name.n -= 4;
	component = arena_alloc(a, sizeof(*component));
	text_add_utf8(&text, name);
	*component = arena_copy(a, buf_slice(&text));
	buf_free(&text);
	out->components = component;
	out->depth = 1;
	return 1;
}

const struct format_ops format_dbx = {
	.name = "dbx",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = confinedstore_next_file,
	.read = confinedstore_read,
	.close = confinedstore_close,
};
