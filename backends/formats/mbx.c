/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "backends/formats/cclient.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "backends/formats/stream.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

/*
 * One file in c-client's mbx, mtx or tenex format: messages behind a line that
 * tells their length.  Whatever the bytes, the entries one behind the other
 * are the file: what is no such line is filler up to the next one that is.
 *
 * mbx begins with a head of 2048 bytes: "*mbx*", UID numbers, and the names of
 * up to 30 keywords, each in a line.
 */
#define MBX_MAGIC "*mbx*\r\n"
#define MBX_HEAD 2048u
#define KEYWORDS_MAX 30u
#define SEARCH_STEP (64u * KIB)
#define LARGE_HEAD (1u * MIB)

struct mbx_store {
	struct store store;
	struct folders folders;
};

struct mbx_reader {
	struct reader reader;
	struct stream *stream;
	uint64_t at, start;     /* of the next entry, and of the one handed out */
	bool is_started, is_mbx;
	struct buf bytes, head;
	struct slice keywords[KEYWORDS_MAX];    /* of head */
	struct arena arena;
};

static struct mbx_store *
mbx_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct mbx_store, store);
}

static struct mbx_reader *
mbx_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mbx_reader, reader);
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

static void
close_store(struct store *store)
{
	struct mbx_store *s;

	if (store == NULL)
		return;
	s = mbx_store_of(store);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct mbx_store *s;
	struct buf name = BUF_EMPTY;
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	s = mem_alloc(sizeof(*s));
	s->store.ops = &format_mbx;
	folder_name_add(&name, slice_string(path_base(where->path)));
	folders_add(&s->folders, NULL, 0, buf_slice(&name), where->path)->layout = MAILBOX_FILE;
	buf_free(&name);
	*out = &s->store;
	return 0;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct mbx_store *s = mbx_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	int found;

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	found = folder_measure_file(folder, out, err);
	if (found < 0)
		folder_measure_failed(out);
	return found != 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&mbx_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

static int
peek(struct mbx_reader *r, uint64_t at, uint64_t n, struct buf *out, struct error *err)
{
	if (n > r->stream->size - at)
		n = r->stream->size - at;
	buf_clear(out);
	return r->stream->ops->bytes(r->stream, at, buf_extend(out, (size_t)n), (size_t)n, err);
}

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
find_line(struct mbx_reader *r, uint64_t at, uint64_t *out, struct error *err)
{
	struct cclient_line line;
	struct slice s;
	size_t i;

	for (;;) {
		if (peek(r, at, SEARCH_STEP, &r->bytes, err) < 0)
			return -1;
		s = buf_slice(&r->bytes);
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

static int
take_filler(struct mbx_reader *r, uint64_t end, struct entry *out, struct error *err)
{
	out->kind = ENTRY_FILLER;
	out->size = end - r->at;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	if (peek(r, r->at, out->is_large ? LARGE_HEAD : out->size, &r->bytes, err) < 0)
		return -1;
	out->bytes = buf_slice(&r->bytes);
	return 0;
}

static void
describe(struct mbx_reader *r, const struct cclient_line *line, struct entry *out)
{
	size_t i;

	out->kind = ENTRY_MESSAGE;
	out->framing.lead = line->n;
	out->flags = cclient_flags(line->bits);
	out->dead = (line->bits & CCLIENT_EXPUNGED) != 0;
	out->date = line->date;
	/* The names of mtx's keywords are in no file that goes with it. */
	for (i = 0; i < KEYWORDS_MAX && !line->is_octal; i++) {
		if (line->keywords & UINT64_C(1) << i)
			marks_take_word(r->keywords[i], &r->arena, &out->flags, &out->tags);
	}
}

/* The message whose line begins here, as much of it as is there. */
static int
take_message(struct mbx_reader *r, const struct cclient_line *line, struct entry *out,
    struct error *err)
{
	uint64_t left = r->stream->size - r->at - line->n;

	out->size = line->n + (line->size < left ? line->size : left);
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	if (peek(r, r->at, out->is_large ? LARGE_HEAD : out->size, &r->bytes, err) < 0)
		return -1;
	out->bytes = buf_slice(&r->bytes);
	describe(r, line, out);
	return 0;
}

static int
take_entry(struct mbx_reader *r, struct entry *out, struct error *err)
{
	struct cclient_line line;
	uint64_t end;

	if (r->is_mbx && r->at == 0) {
		buf_set(&r->bytes, buf_slice(&r->head));
		out->kind = ENTRY_FILLER;
		out->size = r->head.n;
		out->bytes = buf_slice(&r->bytes);
		return 0;
	}
	if (peek(r, r->at, CCLIENT_LINE_MAX, &r->bytes, err) < 0)
		return -1;
	if (cclient_line_parse(buf_slice(&r->bytes), &line))
		return take_message(r, &line, out, err);
	if (find_line(r, r->at, &end, err) < 0)
		return -1;
	return take_filler(r, end, out, err);
}

static int
begin(struct mbx_reader *r, struct error *err)
{
	r->is_started = true;
	if (peek(r, 0, MBX_HEAD, &r->head, err) < 0)
		return -1;
	r->is_mbx = slice_starts(buf_slice(&r->head), MBX_MAGIC);
	if (r->is_mbx)
		read_keywords(r);
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mbx_reader *r = mbx_reader_of(reader);
	bool grew;

	memset(out, 0, sizeof(*out));
	arena_reset(&r->arena);
	if (!r->is_started && begin(r, err) < 0)
		return -1;
	if (r->at == r->stream->size) {
		if (r->at == 0 && r->stream->ops->end(r->stream, &grew, err) < 0)
			return -1;
		return 0;
	}
	if (take_entry(r, out, err) < 0)
		return -1;
	out->at = r->start = r->at;
	r->at += out->size;
	if (r->at < r->stream->size)
		return 1;
	if (r->stream->ops->end(r->stream, &grew, err) < 0)
		return -1;
	if (grew) {
		out->kind = ENTRY_TORN;
		fail(&out->error, ERR_CHANGED, "bytes from %" PRIu64 " on: mail was being added "
		    "while this was read; left for the next backup", r->start);
	}
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct mbx_reader *r = mbx_reader_of(reader);

	return r->stream->ops->bytes(r->stream, r->start + at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct mbx_reader *r;

	if (reader == NULL)
		return;
	r = mbx_reader_of(reader);
	stream_close(r->stream);
	buf_free(&r->bytes);
	buf_free(&r->head);
	arena_free(&r->arena);
	mem_free(r);
}

static const struct reader_ops mbx_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct stream *stream;
	struct mbx_reader *r;

	(void)store;
	if (stream_open_file(mailbox->path, &stream, err) < 0)
		return -1;
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &mbx_reader_ops;
	r->stream = stream;
	*out = &r->reader;
	return 0;
}

const struct format_ops format_mbx = {
	.name = "mbx",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
