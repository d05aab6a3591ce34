/* SPDX-License-Identifier: MIT */
#include "backends/formats/mboxreader.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/mboxheader.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/mail/separator.h"

#define FROM SLICE_OF("From ")
#define MMDF_MARK SLICE_OF("\001\001\001\001")

/* A separator line longer than this is none; and so much of the line behind
 * it is looked at. */
#define LINE_MAX_BYTES 4096u
#define NEXT_MAX_BYTES 1024u
#define LOOK_AHEAD (LINE_MAX_BYTES + NEXT_MAX_BYTES)
/* What stays in the window before the place that is looked at. */
#define LOOK_BEHIND 64u
/* Zero bytes at the end of the file are rubbish from here on. */
#define NUL_RUN_MIN 16u

#define WINDOW_FIRST (1u * MIB)
#define WINDOW_MAX (MESSAGE_IN_MEMORY + 2 * LOOK_AHEAD)
#define HEAD_BYTES (1u * MIB)   /* of an entry that does not fit */

struct mbox_reader {
	struct reader reader;
	struct stream *stream;
	enum mbox_kind kind;
	bool is_started, is_mmdf, saw_message;
	bool has_keywords;      /* X-Keywords is the store's own */
	unsigned char eol;

	/* The window: n bytes of the stream, the first at offset base. */
	unsigned char *window;
	size_t cap, n;
	uint64_t base;
	bool at_end;            /* the window reaches to the end of the stream */

	/* The entry that is being looked for, and then was handed out. */
	uint64_t start, end;
	bool has_separator;     /* a separator line stands at start */
	struct buf head;        /* its first bytes, when the window dropped them */
	bool is_large;
	struct mbox_header header;
	bool header_known;
	size_t lead;            /* bytes of its separator, known with the header */
	uint64_t counted_end;   /* of the body that Content-Length measures, or 0 */
	bool counted_known;

	/* The entry behind it. */
	uint64_t next_start;
	bool next_has_separator;
};

static struct mbox_reader *
mbox_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mbox_reader, reader);
}

/* ---- The window ---- */

static struct slice
window_from(const struct mbox_reader *r, uint64_t at)
{
	return slice_of(r->window + (at - r->base), r->n - (size_t)(at - r->base));
}

static uint64_t
window_end(const struct mbox_reader *r)
{
	return r->base + r->n;
}

static void
resize_window(struct mbox_reader *r, size_t wanted)
{
	if (wanted > WINDOW_MAX)
		wanted = WINDOW_MAX;
	if (r->stream->is_seekable && r->stream->size < wanted)
		wanted = (size_t)r->stream->size + 1;
	if (wanted <= r->cap)
		return;
	r->window = mem_resize(r->window, wanted);
	r->cap = wanted;
}

/*
 * Read on.  The entry is kept from its start as long as it fits; one that
 * does not is large from then on: its first bytes move to head, and of the
 * rest only what lies around at stays.
 */
static int
advance(struct mbox_reader *r, uint64_t at, struct error *err)
{
	uint64_t keep = !r->is_large ? r->start :
	    at - r->base > LOOK_BEHIND ? at - LOOK_BEHIND : r->base;
	size_t kept = (size_t)(window_end(r) - keep);
	int64_t got;

	if (!r->is_large && kept > WINDOW_MAX - LOOK_AHEAD) {
		buf_set(&r->head, slice_of(r->window + (keep - r->base), HEAD_BYTES));
		r->is_large = true;
		keep = at - LOOK_BEHIND;
		kept = (size_t)(window_end(r) - keep);
	}
	if (kept > 0)
		memmove(r->window, r->window + (keep - r->base), kept);
	r->base = keep;
	r->n = kept;
	resize_window(r, kept > r->cap / 2 ? r->cap * 2 : WINDOW_FIRST);
	while (r->n < r->cap && !r->at_end) {
		got = r->stream->ops->read(r->stream, r->window + r->n, r->cap - r->n, err);
		if (got < 0)
			return -1;
		r->at_end = got == 0;
		r->n += (size_t)got;
	}
	/* A file is read up to the size it had: do not wait for another read to
	 * learn that this was the end. */
	if (r->stream->is_seekable && window_end(r) >= r->stream->size)
		r->at_end = true;
	return 0;
}

/* What is there of the entry's beginning. */
static struct slice
entry_head(const struct mbox_reader *r)
{
	return r->is_large ? buf_slice(&r->head) : window_from(r, r->start);
}

/* ---- Separators ---- */

/* The first line of s with its line end; empty when s holds no whole line. */
static struct slice
first_line(const struct mbox_reader *r, struct slice s, bool s_is_all)
{
	size_t eol = slice_find(s, 0, r->eol);

	if (eol == s.n && !s_is_all)
		return SLICE_EMPTY;
	return slice_sub(s, 0, eol + 1);
}

/* The same, but it ends where NUL bytes begin: what a crash left of a
 * separator may have another one behind them. */
static struct slice
separator_line(const struct mbox_reader *r, struct slice s, bool s_is_all)
{
	struct slice line = first_line(r, s, s_is_all);

	return slice_sub(line, 0, slice_find(line, 0, '\0'));
}

/* Without its line end; separator_parse() knows no line that ends in CR alone. */
static struct slice
chomp(struct slice line)
{
	line = slice_chomp(line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Without a date "From x" and "From x@y anything" are believed, a sentence
 * that begins with "From" is not. */
static bool
is_believable(struct slice line)
{
	struct slice rest = slice_trim(slice_from(line, FROM.n)), word;

	return !slice_field(&rest, ' ', &word) || rest.n == 0 ||
	    slice_find(word, 0, '@') < word.n;
}

/* Does a separator line begin s, of which LOOK_AHEAD bytes are there or all? */
static bool
is_separator_line(const struct mbox_reader *r, struct slice s, bool is_behind_empty)
{
	struct slice line = separator_line(r, slice_sub(s, 0, LINE_MAX_BYTES),
	    s.n < LINE_MAX_BYTES);
	struct slice next = slice_sub(slice_from(s, line.n), 0, NEXT_MAX_BYTES);
	enum separator found;

	if (!slice_starts(line, r->kind == MBOX_EUDORA ? "From ???@??? " : "From "))
		return false;
	found = separator_parse(chomp(line), NULL);
	if (found == SEPARATOR_NO)
		return false;
	if (found == SEPARATOR_WEAK && (!is_behind_empty || !is_believable(line)))
		return false;
	if (found == SEPARATOR_STRONG && is_behind_empty)
		return true;
	next = slice_sub(next, 0, slice_find(next, 0, r->eol));
	return header_line_looks_good(next) || slice_starts(next, "From ") ||
	    slice_starts(next, ">From ");
}

/* Is the line before at empty, or not there, or followed by NUL bytes? */
static bool
is_behind_empty_line(const struct mbox_reader *r, uint64_t at)
{
	struct slice before = slice_of(r->window, (size_t)(at - r->base));
	size_t n = before.n;

	/* At the top of a file a BOM and an empty line may stand before it. */
	if (at < 4 || n < 3 || before.p[n - 1] == '\0' || before.p[n - 2] == r->eol)
		return true;
	return before.p[n - 2] == '\r' && before.p[n - 3] == '\n';
}

static bool
is_line_start(const struct mbox_reader *r, uint64_t at)
{
	unsigned char before;

	if (at == 0)
		return true;
	before = r->window[at - 1 - r->base];
	return before == r->eol || before == '\0' ||
	    (at == 3 && r->base == 0 && memcmp(r->window, "\xEF\xBB\xBF", 3) == 0);
}

/* Bytes of the separator at the entry's start. */
static size_t
separator_size(const struct mbox_reader *r)
{
	struct slice head = entry_head(r), line;
	size_t mark;

	if (!r->has_separator)
		return 0;
	if (!r->is_mmdf)
		return separator_line(r, head, true).n;
	mark = first_line(r, head, true).n;
	line = separator_line(r, slice_sub(slice_from(head, mark), 0, LINE_MAX_BYTES), true);
	return mark + (separator_parse(chomp(line), NULL) != SEPARATOR_NO ? line.n : 0);
}

static void
know_header(struct mbox_reader *r)
{
	if (r->header_known)
		return;
	r->header_known = true;
	r->lead = separator_size(r);
	mbox_header_scan(slice_from(entry_head(r), r->lead), r->eol, &r->header);
	/* Thunderbird names no sender.  A message that travelled may still carry
	 * its fields, and is not deleted here because it was there. */
	if (r->kind != MBOX_MOZILLA && !slice_starts(entry_head(r), "From - "))
		r->header.decor &= ~(unsigned)DECOR_MOZILLA;
}

/* Up to LOOK_AHEAD bytes at an offset that may lie far ahead.  False where
 * they cannot be had. */
static bool
peek(struct mbox_reader *r, uint64_t at, unsigned char *p, struct slice *out)
{
	struct error ignored = ERROR_NONE;
	size_t n = LOOK_AHEAD;

	if (at >= r->base && at <= window_end(r) &&
	    (r->at_end || window_end(r) - at >= LOOK_AHEAD)) {
		*out = slice_sub(window_from(r, at), 0, n);
		return true;
	}
	if (!r->stream->is_seekable || at > r->stream->size)
		return false;
	if (n > r->stream->size - at)
		n = (size_t)(r->stream->size - at);
	if (r->stream->ops->bytes(r->stream, at, p, n, &ignored) < 0)
		return false;
	*out = slice_of(p, n);
	return true;
}

/* Where the entry's body ends by Content-Length, when at that place there is
 * the end or a separator, behind up to two line ends; otherwise 0. */
static uint64_t
counted_end(struct mbox_reader *r)
{
	unsigned char bytes[LOOK_AHEAD];
	struct slice s;
	uint64_t end;
	unsigned empty;

	if (r->counted_known)
		return r->counted_end;
	r->counted_known = true;
	r->counted_end = 0;
	know_header(r);
	if (r->kind != MBOX_PLAIN || !r->has_separator || !r->header.has_length ||
	    r->header.is_ours)
		return 0;
	end = r->start + r->lead + r->header.end + r->header.length;
	if (!peek(r, end, bytes, &s))
		return 0;
	for (empty = 0; empty < 2 && s.n > 0; empty++) {
		if (s.p[0] == r->eol)
			s = slice_from(s, 1);
		else if (slice_starts(s, "\r\n"))
			s = slice_from(s, 2);
		else
			break;
	}
	if (s.n == 0 || is_separator_line(r, s, true))
		r->counted_end = end;
	return r->counted_end;
}

/* Four Ctrl-A and nothing else in the line. */
static bool
is_mmdf_mark(const struct mbox_reader *r, struct slice s)
{
	if (!slice_starts(s, (const char *)MMDF_MARK.p))
		return false;
	s = slice_sub(slice_from(s, MMDF_MARK.n), 0, 2);
	return s.n == 0 || s.p[0] == r->eol || slice_is(s, "\r\n");
}

/* Is what was found at this place what parts messages? */
static bool
separates(struct mbox_reader *r, uint64_t at)
{
	struct slice s = window_from(r, at);

	if (r->is_mmdf)
		return is_mmdf_mark(r, s);
	return is_separator_line(r, s, is_behind_empty_line(r, at)) &&
	    (at == r->start || counted_end(r) <= at);
}

/* The next separator at or behind from, or the end of the stream. */
static int
find_separator(struct mbox_reader *r, uint64_t from, uint64_t *out, bool *found,
    struct error *err)
{
	const struct slice needle = r->is_mmdf ? MMDF_MARK : FROM;
	struct slice rest;
	uint64_t at = from;
	size_t hit;

	for (;;) {
		rest = window_from(r, at);
		hit = slice_find_bytes(rest, 0, needle);
		if (hit < rest.n) {
			at += hit;
			if (!is_line_start(r, at)) {
				at += needle.n;
				continue;
			}
			if (r->at_end || window_end(r) - at >= LOOK_AHEAD) {
				*found = separates(r, at);
				*out = at;
				if (*found)
					return 0;
				at += needle.n;
				continue;
			}
		} else if (r->at_end) {
			*out = window_end(r);
			*found = false;
			return 0;
		} else if (rest.n >= needle.n) {
			at = window_end(r) - (needle.n - 1);
		}
		if (advance(r, at, err) < 0)
			return -1;
	}
}

/* ---- Entries ---- */

/* How many NUL bytes stand right before end, as far as the window goes. */
static uint64_t
nul_run(const struct mbox_reader *r, uint64_t end)
{
	uint64_t at = end, low = r->start > r->base ? r->start : r->base;

	while (at > low && r->window[at - 1 - r->base] == '\0')
		at--;
	return end - at;
}

static int
begin(struct mbox_reader *r, struct error *err)
{
	struct slice all;

	r->is_started = true;
	r->eol = '\n';
	if (advance(r, 0, err) < 0)
		return -1;
	all = window_from(r, 0);
	if (slice_starts(all, "From ") && slice_find(all, 0, '\n') == all.n &&
	    slice_find(all, 0, '\r') < all.n)
		r->eol = '\r';
	r->is_mmdf = slice_starts(all, "\001\001\001\001\n") ||
	    slice_starts(all, "\001\001\001\001\r\n");
	r->has_separator = r->is_mmdf || is_separator_line(r, all, true);
	return 0;
}

static void
move_on(struct mbox_reader *r)
{
	r->start = r->next_start;
	r->has_separator = r->next_has_separator;
	r->is_large = r->header_known = r->counted_known = false;
	buf_clear(&r->head);
}

/* Set end, and where the next entry begins. */
static int
find_end(struct mbox_reader *r, struct error *err)
{
	uint64_t from = r->start + (r->has_separator ? 4 : 0), at, zeros;
	bool found;

	if (window_end(r) - r->start < LOOK_AHEAD && !r->at_end && advance(r, r->start, err) < 0)
		return -1;
	if (find_separator(r, from, &at, &found, err) < 0)
		return -1;
	r->end = r->next_start = at;
	r->next_has_separator = found;
	if (r->is_mmdf) {
		if (found && r->has_separator) {        /* the mark that ends this one */
			r->end += first_line(r, window_from(r, at), true).n;
			r->next_start = r->end;
			r->next_has_separator = is_mmdf_mark(r, window_from(r, r->end));
		}
		return 0;
	}
	zeros = nul_run(r, at);
	if (zeros > 0 && zeros < at - r->start && (found || zeros >= NUL_RUN_MIN)) {
		r->end = r->next_start = at - zeros;
		r->next_has_separator = false;
	}
	return 0;
}

/* The bytes up to the entry's end that are in the window, and the last one
 * of its separator. */
static struct slice
entry_tail(const struct mbox_reader *r)
{
	uint64_t low = r->start + (r->lead > 0 ? r->lead - 1 : 0);

	if (low < r->base)
		low = r->base;
	return slice_of(r->window + (low - r->base), (size_t)(r->end - low));
}

static bool
quotes_as_mboxrd(const struct mbox_reader *r)
{
	struct slice head = entry_head(r), first, second;

	if (r->header.is_ours)
		return true;
	if ((r->header.decor & DECOR_MOZILLA) == 0 || !r->has_separator)
		return false;
	first = slice_sub(head, 0, r->lead);
	second = first_line(r, slice_from(head, r->lead), true);
	return !slice_starts(first, "From - ") ||
	    (slice_ends(first, "\r\n") && !slice_ends(second, "\r\n"));
}

/* Does Content-Length measure the body, but for line ends behind it?  tail:
 * the end of the entry. */
static bool
has_exact_length(const struct mbox_reader *r, struct slice tail)
{
	uint64_t size = r->end - r->start, counted = r->lead + r->header.end + r->header.length;
	size_t i;

	if (!r->header.has_length || counted > size || size - counted > 4 ||
	    size - counted > tail.n)
		return false;
	for (i = tail.n - (size_t)(size - counted); i < tail.n; i++) {
		if (tail.p[i] != '\n' && tail.p[i] != '\r')
			return false;
	}
	return true;
}

static void
set_framing(const struct mbox_reader *r, struct framing *framing)
{
	struct slice tail = entry_tail(r);
	size_t n = tail.n;

	framing->lead = r->lead;
	if (r->is_mmdf)
		framing->trail = slice_ends(tail, "\001\001\001\001\n") ? MMDF_MARK.n + 1 :
		    slice_ends(tail, "\001\001\001\001\r\n") ? MMDF_MARK.n + 2 : 0;
	else if (r->header.is_ours)
		framing->trail = n >= 2 && tail.p[n - 1] == '\n';
	else if (n >= 3 && memcmp(tail.p + n - 3, "\n\r\n", 3) == 0)
		framing->trail = 2;
	else if (n >= 2 && tail.p[n - 1] == r->eol && tail.p[n - 2] == r->eol)
		framing->trail = 1;

	framing->decor = r->header.decor;
	if (r->header.is_ours)
		framing->decor = DECOR_OURS;
	else if (r->kind == MBOX_MOZILLA)
		framing->decor |= DECOR_MOZILLA;
	else if (r->header.has_status || has_exact_length(r, tail))
		framing->decor |= DECOR_STATUS | (r->has_keywords ? DECOR_KEYWORDS : 0u);
	if (quotes_as_mboxrd(r))
		framing->quoting = QUOTING_RD;
}

static enum entry_kind
kind_of_entry(const struct mbox_reader *r)
{
	struct slice line;

	if (r->has_separator)
		return r->header.is_pseudo && !r->saw_message ? ENTRY_FILLER : ENTRY_MESSAGE;
	line = first_line(r, entry_head(r), true);
	return r->start == 0 && header_line_looks_good(line) ? ENTRY_MESSAGE : ENTRY_FILLER;
}

static void
describe(struct mbox_reader *r, struct entry *out)
{
	struct slice head = entry_head(r), line;
	struct from_line from;

	know_header(r);
	out->at = r->start;
	out->size = r->end - r->start;
	out->is_large = r->is_large || out->size > MESSAGE_IN_MEMORY;
	out->bytes = slice_sub(head, 0, out->is_large ? HEAD_BYTES : (size_t)out->size);
	out->kind = kind_of_entry(r);
	/* Whoever keeps keywords in mbox files notes their list in the first
	 * message (Dovecot, c-client).  Elsewhere they came with the mail. */
	if (r->start == 0)
		r->has_keywords = r->header.has_imap_base;
	if (out->kind != ENTRY_MESSAGE)
		return;
	r->saw_message = true;
	set_framing(r, &out->framing);
	if (!r->has_separator)
		return;
	line = slice_sub(head, 0, r->lead);
	if (r->is_mmdf)
		line = slice_from(line, first_line(r, line, true).n);
	if (separator_parse(chomp(line), &from) != SEPARATOR_NO && from.has_date)
		out->date = from.date;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mbox_reader *r = mbox_reader_of(reader);
	bool grew;

	memset(out, 0, sizeof(*out));
	if (!r->is_started) {
		if (begin(r, err) < 0)
			return -1;
	} else {
		move_on(r);
	}
	if (r->at_end && r->start == window_end(r)) {
		/* An empty file; behind the last entry this was looked at. */
		if (r->start == 0 && (r->stream->ops->end(r->stream, &grew, err) < 0))
			return -1;
		return 0;
	}
	if (find_end(r, err) < 0)
		return -1;
	describe(r, out);
	if (r->at_end && r->end == window_end(r)) {
		if (r->stream->ops->end(r->stream, &grew, err) < 0)
			return -1;
		if (grew) {
			out->kind = ENTRY_TORN;
			fail(&out->error, ERR_CHANGED, "bytes from %" PRIu64 " on: mail was being added "
			    "while this was read; left for the next backup", r->start);
		}
	}
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct mbox_reader *r = mbox_reader_of(reader);

	assert(at <= r->end - r->start && n <= r->end - r->start - at);
	return r->stream->ops->bytes(r->stream, r->start + at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct mbox_reader *r;

	if (reader == NULL)
		return;
	r = mbox_reader_of(reader);
	stream_close(r->stream);
	mem_free(r->window);
	buf_free(&r->head);
	mem_free(r);
}

static const struct reader_ops mbox_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

struct reader *
mboxreader_open(struct stream *stream, enum mbox_kind kind)
{
	struct mbox_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &mbox_reader_ops;
	r->stream = stream;
	r->kind = kind;
	return &r->reader;
}
