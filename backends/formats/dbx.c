/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbx.h"

#include <inttypes.h>
#include <string.h>

#include "backends/formats/dbxfile.h"
#include "core/base/vec.h"

/*
 * The text of a message is a chain of blocks; for the rest see dbxfile.h.
 *
 *	block    own offset, size, text bytes 2, 2 bytes, next block or 0, text
 */
#define BLOCK_HEAD 16u

/* Version 4: a head, then each message: magic, number, bytes in all, bytes of text, text. */
#define JMF_HEAD 84u
#define JMF_MESSAGE 16u
#define JMF_MESSAGE_MAGIC 0x7F007F00u

enum { TAG_FLAGS = 0x01, TAG_TEXT = 0x04, TAG_RECEIVED = 0x12 };

struct block {
	uint32_t at;
	uint16_t n;
};

struct blocks {
	struct block *items;
	size_t n, cap;
};

struct dbx {
	struct dbx_file file;
	const struct confined_input *in;
	struct confined_output *out;
	uint64_t left;                  /* text that the file has room for: overlapping blocks end there */
	uint64_t empty;                 /* messages that were never downloaded */
};

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

static int
read_record(const struct dbx *d, uint32_t at, struct record *out, struct error *err)
{
	struct dbx_record r = { BUF_EMPTY, 0 };
	struct cursor c;
	uint32_t flags;
	uint64_t time;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = dbx_record_read(&d->file, at, &r, err);
	if (dbx_record_number(&r, TAG_FLAGS, &flags))
		out->flags = flags_of(flags);
	if (!dbx_record_number(&r, TAG_TEXT, &out->text))
		out->text = 0;
	c = cursor_of(dbx_record_data(&r, TAG_RECEIVED));
	time = cursor_le64(&c);
	out->date = c.bad ? 0 : unix_time(time);
	dbx_record_free(&r);
	return rc;
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
		if (!dbx_file_see(&d->file, at)) {
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
		dbx_file_forget(&d->file, out->items[i].at);
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

	if (read_record(d, d->file.records[index], &r, err) < 0)
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
read_messages(struct dbx *d, uint64_t first)
{
	struct error err = ERROR_NONE;
	uint64_t i;
	int rc;

	for (i = first; i < d->file.n && !d->out->broken; i++) {
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
	if (d->file.damaged > 0 || d->file.n < d->file.declared) {
		fail(&err, ERR_FORMAT, "the folder declares %" PRIu32 " messages, and its index names "
		    "%zu%s", d->file.declared, d->file.n, d->file.damaged > 0 ? ": it is damaged" : "");
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
	unsigned char magic[DBX_MAGIC];
	enum dbx_class class;
	int rc = 0;

	if (confined_input_read(in, 0, magic, sizeof(magic), err) < 0)
		return -1;
	class = dbx_class_of(slice_of(magic, sizeof(magic)));
	if (class == DBX_FOLDERS && key == CONFINED_NO_INDEX)
		return dbx_list_folders(in, out, err);
	if (class != DBX_OLD && class != DBX_MESSAGES)
		return fail(err, ERR_FORMAT, "it is no mail folder of Outlook Express");
	if (key == CONFINED_NO_INDEX) {
		output_mailbox(out, 0, &name, 1, -1);
	} else if (class == DBX_OLD) {
		read_jmf(&d, first);
	} else {
		rc = dbx_file_open(&d.file, in, out, err);
		if (rc == 0)
			read_messages(&d, first);
		dbx_file_close(&d.file);
	}
	return rc;
}
