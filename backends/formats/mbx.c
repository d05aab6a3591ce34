/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/cclient.h"
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "backends/formats/records.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

/*
 * One file in c-client's mbx, mtx or tenex format: messages behind a line that
 * tells their length.  What is no such line is filler up to the next one that
 * is.
 *
 * mbx begins with a head of 2048 bytes: "*mbx*", UID numbers, and the names of
 * up to 30 keywords, each in a line.
 */
#define MBX_MAGIC "*mbx*\r\n"
#define MBX_HEAD 2048u
#define KEYWORDS_MAX 30u
#define SEARCH_STEP (64u * KIB)

struct mbx_reader {
	struct records records;
	struct buf head;
	struct slice keywords[KEYWORDS_MAX];    /* of head */
};

static struct mbx_reader *
mbx_reader_of(struct records *r)
{
	return CONTAINER_OF(r, struct mbx_reader, records);
}

/* ---- The store: one file ---- */

static int
probe(const char *path, struct error *err)
{
	unsigned char head[CCLIENT_LINE_MAX];
	struct cclient_line line;
	struct file_meta meta;
	struct slice s;
	int64_t got;
	int fd = -1, bid = -1;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (file_open_read(path, &fd, err) < 0)
		goto out;
	got = file_read(fd, head, sizeof(head), err);
	if (got < 0)
		goto out;
	s = slice_of(head, (size_t)got);
	bid = slice_starts(s, MBX_MAGIC) ? 95 : cclient_line_parse(s, &line) ? 92 : 0;

out:
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

/* ---- Reading ---- */

/* Behind the two first lines each line is the name of a keyword, the first one
 * of bit 0. */
static void
read_keywords(struct mbx_reader *r)
{
	struct slice rest = buf_slice(&r->head), line;
	size_t i;

	for (i = 0; i < KEYWORDS_MAX + 2 && slice_line(&rest, &line); i++) {
		line = slice_chomp(line);
		if (line.n == 0 || line.p[0] == '\0')
			return;
		if (i >= 2)
			r->keywords[i - 2] = line;
	}
}

/* The next place from at that a message's line begins, or the end. */
static int
find_line(struct records *r, uint64_t at, uint64_t *out, struct error *err)
{
	struct cclient_line line;
	struct slice s;
	size_t i;

	for (;;) {
		if (records_peek(r, at, SEARCH_STEP, &s, err) < 0)
			return -1;
		for (i = slice_find(s, 0, '\n'); i < s.n; i = slice_find(s, i + 1, '\n')) {
			if (s.n - i <= CCLIENT_LINE_MAX && at + s.n < r->stream->size)
				break;
			if (cclient_line_parse(slice_from(s, i + 1), &line)) {
				*out = at + i + 1;
				return 0;
			}
		}
		if (at + s.n >= r->stream->size) {
			*out = r->stream->size;
			return 0;
		}
		/* A line that does not end in the window is none. */
		at += i > 0 && i < s.n ? i : s.n - 1;
	}
}

static void
describe(struct mbx_reader *r, const struct cclient_line *line, struct entry *out)
{
	size_t i;

	out->kind = ENTRY_MESSAGE;
	out->size = line->n + line->size;
	out->framing.lead = line->n;
	out->flags = cclient_flags(line->bits);
	out->dead = (line->bits & CCLIENT_EXPUNGED) != 0;
	out->date = line->date;
	/* The names of mtx's keywords are in no file that goes with it. */
	for (i = 0; i < KEYWORDS_MAX && !line->is_octal; i++) {
		if (line->keywords & UINT64_C(1) << i)
			marks_take_word(r->keywords[i], &r->records.arena, &out->flags, &out->tags);
	}
}

static int
take(struct records *records, struct entry *out, struct error *err)
{
	struct mbx_reader *r = mbx_reader_of(records);
	struct cclient_line line;
	struct slice s;
	uint64_t end;

	if (records_peek(records, records->at, records->at == 0 ? MBX_HEAD : CCLIENT_LINE_MAX, &s,
	    err) < 0)
		return -1;
	if (records->at == 0 && slice_starts(s, MBX_MAGIC)) {
		buf_set(&r->head, s);
		read_keywords(r);
		out->kind = ENTRY_FILLER;
		out->size = s.n;
		return 0;
	}
	if (cclient_line_parse(s, &line)) {
		describe(r, &line, out);
		return 0;
	}
	if (find_line(records, records->at, &end, err) < 0)
		return -1;
	out->kind = ENTRY_FILLER;
	out->size = end - records->at;
	return 0;
}

static void
free_reader(struct records *records)
{
	struct mbx_reader *r = mbx_reader_of(records);

	buf_free(&r->head);
	mem_free(r);
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, free_reader };
	struct mbx_reader *r = mem_alloc(sizeof(*r));

	return records_open(&r->records, &ops, folder->path, out, err);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_mbx, find_box, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_mbx = {
	.name = "mbx",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
