/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/records.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/header.h"

/*
 * A Babyl file, as Rmail of Emacs up to version 22 keeps mail (and Gnus in
 * nnbabyl):
 *
 *	BABYL OPTIONS: …        a head, ended by a byte 1F
 *	FF LF                   begins a message
 *	1, answered,, work,     its attributes, then its labels
 *	From: …                 the header as it came
 *	(empty line)
 *	*** EOOH ***
 *	From: …                 the header as Rmail shows it
 *	(empty line)
 *	text                    1F ends it
 *
 * Where the first character of the attributes is 0 the header was not
 * shortened: nothing stands before "*** EOOH ***", and all of it behind.
 */
#define END SLICE_OF("\n\x1f")
#define EOOH SLICE_OF("*** EOOH ***\n")
#define MAGIC "BABYL OPTIONS:"
#define HEADER_LOOK (1u * MIB)

/* ---- Reading ---- */

static void
read_attributes(struct records *r, struct slice line, struct entry *out)
{
	static const struct {
		const char *name;
		unsigned flag;
	} known[] = {
		{ "answered", FLAG_ANSWERED },
		{ "deleted", FLAG_DELETED },
		{ "forwarded", FLAG_FORWARDED },
	};
	bool is_label = false;
	struct slice word;
	size_t i;

	out->flags = FLAG_SEEN;
	slice_field(&line, ',', &word);
	while (slice_field(&line, ',', &word)) {
		word = slice_trim(word);
		if (word.n == 0)        /* two commas: labels follow */
			is_label = true;
		else if (is_label)
			tags_add(&out->tags, &r->arena, word);
		else if (slice_is(word, "unseen"))
			out->flags &= ~(unsigned)FLAG_SEEN;
		for (i = 0; !is_label && i < sizeof(known) / sizeof(known[0]); i++)
			out->flags |= slice_is(word, known[i].name) ? known[i].flag : 0;
	}
}

/* s begins with what begins a message, up to its end or as far as was looked. */
static void
describe(struct records *r, struct slice s, struct entry *out)
{
	struct slice rest = slice_from(s, 2), line = SLICE_EMPTY;
	size_t eooh;

	out->kind = ENTRY_MESSAGE;
	if (!slice_line(&rest, &line))
		return;
	read_attributes(r, slice_trim(line), out);
	out->framing.lead = 2 + line.n;
	if (slice_starts(rest, "*** EOOH ***\n")) {
		out->framing.lead += EOOH.n;
		return;
	}
	eooh = header_end(rest);
	if (!slice_starts(slice_from(rest, eooh), "*** EOOH ***\n"))
		return;
	out->framing.gap_at = out->framing.lead + eooh;
	out->framing.gap = EOOH.n + header_end(slice_from(rest, eooh + EOOH.n));
}

/* The place behind the byte that ends what begins at r->at. */
static int
find_end(struct records *r, uint64_t *end, bool *is_ended, struct error *err)
{
	uint64_t at = r->at;
	struct slice s;

	for (;;) {
		if (records_find(r, at, END, end, err) < 0)
			return -1;
		*is_ended = *end < r->stream->size;
		if (!*is_ended)
			return 0;
		*end += END.n;
		if (records_peek(r, *end, 2, &s, err) < 0)
			return -1;
		/* Such a byte in a text is followed by something else. */
		if (s.n == 0 || slice_is(s, "\f\n") || slice_is(s, "\n"))
			return 0;
		at = *end;
	}
}

static int
take(struct records *r, struct entry *out, struct error *err)
{
	bool is_ended = false;
	struct slice s;
	uint64_t end;

	if (find_end(r, &end, &is_ended, err) < 0)
		return -1;
	out->size = end - r->at;
	if (records_peek(r, r->at, out->size < HEADER_LOOK ? (size_t)out->size : HEADER_LOOK, &s,
	    err) < 0)
		return -1;
	out->kind = ENTRY_FILLER;
	if (!slice_starts(s, "\f\n"))
		return 0;
	out->framing.trail = is_ended ? 1 : 0;
	if (s.n == out->size)
		s.n -= out->framing.trail;
	describe(r, s, out);
	return 0;
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, records_free };

	return records_open(mem_alloc(sizeof(struct records)), &ops, folder->path, out, err);
}

/* ---- The store: one file ---- */

static int
probe(const char *path, struct error *err)
{
	unsigned char head[sizeof(MAGIC) - 1];
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	int fd = -1, bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_REGULAR && file_open_read(path, &fd, &ignored) == 0 &&
	    file_read_at(fd, 0, head, sizeof(head), &ignored) == 0 &&
	    memcmp(head, MAGIC, sizeof(head)) == 0)
		bid = 95;
	file_close(fd);
	return bid;
}

static int
find_box(struct folders *f, const struct location *where, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	folder_name_add(&name, slice_string(path_base(where->path)));
	boxes_add(f, NULL, 0, buf_slice(&name), where->path);
	buf_free(&name);
	return 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_babyl, find_box, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_babyl = {
	.name = "babyl",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
