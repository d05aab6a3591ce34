/* SPDX-License-Identifier: MIT */
#include "backends/formats/mboxreader.h"

#include "backends/formats/stream.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "tests/unit/formatkit.h"

#define D "Mon Nov 23 11:43:24 2026"
#define FROM "From ann@example.org " D "\n"     /* 46 bytes */
#define DASH "From - " D "\n"                   /* 32 bytes */

/* Bytes in memory, handed out in pieces of a given size. */
struct pieces {
	struct stream stream;
	struct slice all;
	size_t at, step;
	bool grows, changes;
};

static struct pieces *
pieces_of(struct stream *s)
{
	return (struct pieces *)(void *)s;
}

static int64_t
pieces_read(struct stream *s, void *p, size_t n, struct error *err)
{
	struct pieces *in = pieces_of(s);

	(void)err;
	if (n > in->step)
		n = in->step;
	if (n > in->all.n - in->at)
		n = in->all.n - in->at;
	if (n > 0)
		memcpy(p, in->all.p + in->at, n);
	in->at += n;
	return (int64_t)n;
}

static int
pieces_bytes(struct stream *s, uint64_t at, void *p, size_t n, struct error *err)
{
	struct pieces *in = pieces_of(s);

	if (at > in->all.n || n > in->all.n - at)
		return fail(err, ERR_CHANGED, "out of range");
	if (n > 0)
		memcpy(p, in->all.p + at, n);
	return 0;
}

static int
pieces_end(struct stream *s, bool *grew, struct error *err)
{
	*grew = pieces_of(s)->grows;
	return pieces_of(s)->changes ? fail(err, ERR_CHANGED, "changed") : 0;
}

static void
pieces_close(struct stream *s)
{
	mem_free(pieces_of(s));
}

static const struct stream_ops pieces_ops = {
	.read = pieces_read,
	.bytes = pieces_bytes,
	.end = pieces_end,
	.close = pieces_close,
};

static struct pieces *
pieces_open(struct slice all, size_t step, bool seekable)
{
	struct pieces *in = mem_alloc(sizeof(*in));

	in->stream.ops = &pieces_ops;
	in->stream.is_seekable = seekable;
	in->stream.size = all.n;
	in->all = all;
	in->step = step;
	return in;
}

static const char *
split(struct slice all, size_t step, bool seekable, enum mbox_kind kind)
{
	if (kit_read_all(mboxreader_open(&pieces_open(all, step, seekable)->stream, kind)) < 0)
		T(false, "%s", kit.err.text);
	T(slice_equal(kit_joined(), all), "the entries are not the file");
	return kit_told();
}

static const struct {
	const char *what;
	struct slice bytes;
	const char *told;
	enum mbox_kind kind;
} cases[] = {
	{ "nothing", { (const unsigned char *)"", 0 }, "", MBOX_PLAIN },
	{ "one message", SLICE_OF(FROM "A: b\n\ntext\n\n"), "M58 46-1\n", MBOX_PLAIN },
	{ "no empty line at the end", SLICE_OF(FROM "A: b\n\ntext\n"), "M57 46-0\n", MBOX_PLAIN },
	{ "no line end at the end", SLICE_OF(FROM "A: b\n\ntext"), "M56 46-0\n", MBOX_PLAIN },
	{ "Eudora's separators alone", SLICE_OF("From ???@??? " D "\nA: b\n\n" FROM "A: b\n\n"
	    "From ???@??? " D "\nA: b\n"), "M96 38-1\nM43 38-0\n", MBOX_EUDORA },
	{ "keywords of Dovecot or c-client", SLICE_OF(FROM "X-IMAPbase: 1 2 k\nStatus: O\nA: b\n\nx\n\n"
	    FROM "Status: O\nX-Keywords: k\nA: b\n\nx\n"), "M83 46-1 d130\nM78 46-0 d130\n", MBOX_PLAIN },
	{ "keywords that came with the mail", SLICE_OF(FROM "Status: O\nA: b\n\nx\n\n"
	    FROM "X-IMAPbase: 1 2 k\nStatus: O\nX-Keywords: k\nA: b\n\nx\n"),
	    "M65 46-1 d2\nM96 46-0 d2\n", MBOX_PLAIN },
	{ "two messages", SLICE_OF(FROM "A: b\n\ntext\n\n" FROM "A: b\n\ntext\n"),
	    "M58 46-1\nM57 46-0\n", MBOX_PLAIN },
	{ "CRLF", SLICE_OF("From - " D "\r\nA: b\r\n\r\nx\r\n\r\nFrom - " D "\r\nA: b\r\n"),
	    "M46 33-2\nM39 33-0\n", MBOX_PLAIN },
	{ "no empty line before, header behind", SLICE_OF(FROM "A: b\n\nx\n" FROM "A: b\n\nx\n"),
	    "M54 46-0\nM54 46-0\n", MBOX_PLAIN },
	{ "no empty line before, text behind", SLICE_OF(FROM "A: b\n\nx\n" FROM "text\n"),
	    "M105 46-0\n", MBOX_PLAIN },
	{ "a sentence", SLICE_OF(FROM "A: b\n\nFrom here on\nit: goes\n\nFrom there\nto here\n"),
	    "M94 46-0\n", MBOX_PLAIN },
	{ "no date, an address", SLICE_OF(FROM "A: b\n\nx\n\nFrom ann@b some day\nA: b\n\nx\n"),
	    "M55 46-1\nM28 20-0\n", MBOX_PLAIN },
	{ "no date, empty line before, header behind",
	    SLICE_OF(FROM "A: b\n\nx\n\nFrom ann\nA: b\n\nx\n"), "M55 46-1\nM17 9-0\n", MBOX_PLAIN },
	{ "a bare From", SLICE_OF("From \r\nA: b\r\n\r\nFrom \r\nA: b\r\n"), "M15 7-2\nM13 7-0\n",
	    MBOX_PLAIN },
	{ "quoted", SLICE_OF(FROM "A: b\n\n>" FROM "A: b\n"), "M104 46-0\n", MBOX_PLAIN },
	{ "headers only", SLICE_OF(FROM "A: b\n\n" FROM "A: b\n\n"), "M52 46-1\nM52 46-1\n",
	    MBOX_PLAIN },
	{ "nothing but separators", SLICE_OF(FROM "\n" FROM "\n" FROM), "M47 46-1\nM47 46-1\nM46 46-0\n",
	    MBOX_PLAIN },
	{ "rubbish before", SLICE_OF("#!rubbish\n\n" FROM "A: b\n"), "F11\nM51 46-0\n", MBOX_PLAIN },
	{ "only rubbish", SLICE_OF("#!rubbish\nmore\n"), "F15\n", MBOX_PLAIN },
	{ "a lost separator", SLICE_OF("Subject: x\n\ntext\n\n" FROM "A: b\n"),
	    "M18 0-1\nM51 46-0\n", MBOX_PLAIN },
	{ "no separator at all", SLICE_OF("Subject: x\n\ntext\n"), "M17\n", MBOX_PLAIN },
	{ "a BOM", SLICE_OF("\xEF\xBB\xBF" FROM "A: b\n"), "F3\nM51 46-0\n", MBOX_PLAIN },
	{ "an empty line first", SLICE_OF("\n" FROM "A: b\n"), "F1\nM51 46-0\n", MBOX_PLAIN },
	{ "NUL before a separator", SLICE_OF(FROM "A: b\n\nte\0\0\0\0" FROM "A: b\n"),
	    "M54 46-0\nF4\nM51 46-0\n", MBOX_PLAIN },
	{ "NUL in a separator", SLICE_OF("From ann@example.org Mon Nov 23 11:4\0\0" FROM "A: b\n"),
	    "F36\nF2\nM51 46-0\n", MBOX_PLAIN },
	{ "NUL behind a separator", SLICE_OF("From ann@example.org " D "\0\0" FROM "A: b\n"),
	    "M45 45-0\nF2\nM51 46-0\n", MBOX_PLAIN },
	{ "NUL at the end", SLICE_OF(FROM "A: b\n\ntext\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	    "M57 46-0\nF17\n", MBOX_PLAIN },
	{ "few NUL at the end", SLICE_OF(FROM "A: b\n\ntext\n\0\0"), "M59 46-0\n", MBOX_PLAIN },
	{ "NUL at the start", SLICE_OF("\0\0\0" FROM "A: b\n"), "F3\nM51 46-0\n", MBOX_PLAIN },
	{ "only NUL", SLICE_OF("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "F18\n", MBOX_PLAIN },
	{ "lone CR", SLICE_OF("From - " D "\rA: b\r\rx\r\rFrom - " D "\rA: b\r\rx\r"),
	    "M41 32-1\nM40 32-0\n", MBOX_PLAIN },
	{ "Content-Length", SLICE_OF(FROM "Content-Length: 58\n\n" FROM "A: b\n\ntext\n\n"
	    FROM "A: b\n"), "M124 46-1 d2\nM51 46-0\n", MBOX_PLAIN },
	{ "Content-Length up to the end", SLICE_OF(FROM "Content-Length: 57\n\n" FROM
	    "A: b\n\ntext\n"), "M123 46-0 d2\n", MBOX_PLAIN },
	{ "Content-Length, too long", SLICE_OF(FROM "Content-Length: 59\n\n" FROM
	    "A: b\n\ntext\n"), "M66 46-1\nM57 46-0\n", MBOX_PLAIN },
	{ "Content-Length, too short", SLICE_OF(FROM "Content-Length: 40\n\n" FROM
	    "A: b\n\ntext\n\n" FROM "A: b\n"), "M66 46-1\nM58 46-1\nM51 46-0\n", MBOX_PLAIN },
	{ "Content-Length in a Thunderbird file", SLICE_OF(FROM "Content-Length: 57\n\n" FROM
	    "A: b\n\ntext\n"), "M66 46-1 d1\nM57 46-0 d1\n", MBOX_MOZILLA },
	{ "a huge Content-Length", SLICE_OF(FROM "Content-Length: 18446744073709551615\n\n" FROM
	    "A: b\n\ntext\n"), "M84 46-1\nM57 46-0\n", MBOX_PLAIN },
	{ "Status", SLICE_OF(FROM "A: b\nStatus: RO\n\nx\n"), "M65 46-0 d2\n", MBOX_PLAIN },
	{ "X-Mozilla-Status at the top", SLICE_OF(DASH "X-Mozilla-Status: 0001\nA: b\n\nx\n"),
	    "M63 32-0 d1\n", MBOX_PLAIN },
	{ "X-Mozilla-Status further down", SLICE_OF(DASH "A: b\nB: b\nC: b\nD: b\nE: b\n"
	    "X-Mozilla-Status: 0001\n\nx\n"), "M83 32-0\n", MBOX_PLAIN },
	{ "X-Mozilla-Status in a message that travelled", SLICE_OF(FROM "X-Mozilla-Status: 0009\nA: b\n\nx\n"),
	    "M77 46-0\n", MBOX_PLAIN },
	{ "Thunderbird of today, POP3", SLICE_OF("From - " D "\r\nX-Account-Key: account1\n"
	    "X-UIDL: 1\nX-Mozilla-Status: 0001\nA: b\n\nx\n\r\n"), "M100 33-2 rd d1\n",
	    MBOX_MOZILLA },
	{ "Thunderbird of today, IMAP", SLICE_OF("From ann " D "\r\nX-Mozilla-Status: 0001\n"
	    "A: b\r\n\r\nx\r\n\r\n"), "M71 35-2 rd d1\n", MBOX_MOZILLA },
	{ "Takeout", SLICE_OF("From 123@xxx " D "\r\nX-GM-THRID: 1\r\nX-Gmail-Labels: a\r\n\r\nx\r\n"),
	    "M78 39-0 d8\n", MBOX_PLAIN },
	{ "our own", SLICE_OF(FROM "Status: RO\nX-Status: \nX-Keywords:\nA: b\n\nx\n\n" FROM
	    "Status: O\nX-Status: F\nX-Label: \"a b\"\nX-Keywords:\nA: b\n\nx\n"),
	    "M89 46-1 rd d32\nM103 46-1 rd d32\n", MBOX_PLAIN },
	{ "our own, with a Status of its own", SLICE_OF(FROM "Status: RO\nX-Status: \nX-Keywords:\n"
	    "Status: O\nX-Status: F\nA: b\n\nx\n\n"), "M111 46-1 rd d32\n", MBOX_PLAIN },
	{ "not our own", SLICE_OF(FROM "Status: RO\nX-Status: \nA: b\n\nx\n\n"), "M77 46-1 d2\n",
	    MBOX_PLAIN },
	{ "c-client's pseudo message", SLICE_OF("From MAILER-DAEMON " D "\nSubject: DON'T DELETE "
	    "THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\ntext\n\n" FROM "A: b\n"),
	    "F122\nM51 46-0\n", MBOX_PLAIN },
	{ "its subject in mail", SLICE_OF(FROM "A: b\n\nx\n\n" FROM "Subject: DON'T DELETE "
	    "THIS MESSAGE -- FOLDER INTERNAL DATA\n\ntext\n"), "M55 46-1\nM111 46-0\n", MBOX_PLAIN },
	{ "MMDF", SLICE_OF("\1\1\1\1\nA: b\n\nFrom x\nx\n\1\1\1\1\n\1\1\1\1\n" FROM
	    "A: b\n\nx\n\1\1\1\1\n"), "M25 5-5\nM64 51-5\n", MBOX_PLAIN },
	{ "MMDF, half a mark", SLICE_OF("\1\1\1\1\nA: b\n\1\1\1\1\n\1\1\1\1x\1\1\1\1\nA: b\n"),
	    "M15 5-5\nF15\n", MBOX_PLAIN },
	{ "MMDF, torn and with rubbish", SLICE_OF("\1\1\1\1\nA: b\n\1\1\1\1\nrubbish\n\1\1\1\1\nA: b\n"),
	    "M15 5-5\nF8\nM10 5-0\n", MBOX_PLAIN },
};

static void
every_case(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T_SAME(split(cases[i].bytes, SIZE_MAX, true, cases[i].kind), cases[i].told,
		    cases[i].what);
		T_SAME(split(cases[i].bytes, 1, false, cases[i].kind), cases[i].told,
		    "the same byte by byte");
		arena_reset(&kit.arena);
	}
}

/* All inputs one behind the other, and every prefix of that: never a byte lost,
 * never a message of no bytes. */
static void
every_prefix(void)
{
	struct buf all = BUF_EMPTY;
	size_t i, j, n, empty = 0;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		buf_add(&all, cases[i].bytes);
	for (n = 0; n <= all.n; n++) {
		split(slice_sub(buf_slice(&all), 0, n), 7, n % 2 == 0, MBOX_PLAIN);
		for (j = 0; j < kit.entries.n; j++) {
			const struct entry *e = &kit.entries.items[j].entry;

			empty += e->size == 0 || e->framing.lead + e->framing.trail > e->size;
		}
		arena_reset(&kit.arena);
	}
	T(empty == 0, "%zu entries without bytes of their own", empty);
	buf_free(&all);
}

/* Whatever is put together: never a byte lost or twice, the same in pieces of
 * any size. */
static void
random_files(void)
{
	static const struct slice parts[] = { SLICE_OF(FROM), SLICE_OF(DASH), SLICE_OF("From "),
		SLICE_OF("From ann@b\n"), SLICE_OF("From - " D "\r\n"), SLICE_OF("A: b\n"),
		SLICE_OF("A: b\r\n"), SLICE_OF("\n"), SLICE_OF("\r\n"), SLICE_OF("\r"),
		SLICE_OF("\0"), SLICE_OF("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), SLICE_OF(">From x\n"),
		SLICE_OF("Content-Length: 47\n"), SLICE_OF("Content-Length: 0\n"),
		SLICE_OF("Status: RO\nX-Status: F\n"), SLICE_OF("X-Keywords: a\n"),
		SLICE_OF("\1\1\1\1\n"), SLICE_OF("X-Mozilla-Status: 0001\n"), SLICE_OF("\xEF\xBB\xBF"),
		SLICE_OF("text\n"), SLICE_OF("no line end") };
	struct buf all = BUF_EMPTY;
	uint64_t seed = 88172645463325252u;
	size_t i, j, bad = 0;

	for (i = 0; i < 3000; i++) {
		const char *told;

		buf_clear(&all);
		do {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			buf_add(&all, parts[seed % (sizeof(parts) / sizeof(parts[0]))]);
		} while (seed >> 32 & 15);
		if (seed >> 40 & 1)
			all.p[(seed >> 8) % all.n] = (unsigned char)(seed >> 16);
		told = split(buf_slice(&all), SIZE_MAX, true, MBOX_PLAIN);
		for (j = 0; j < kit.entries.n; j++) {
			const struct entry *e = &kit.entries.items[j].entry;

			bad += e->size == 0 || e->framing.lead + e->framing.trail > e->size;
		}
		bad += strcmp(told, split(buf_slice(&all), 1 + seed % 7, false, MBOX_PLAIN)) != 0;
		arena_reset(&kit.arena);
	}
	T(bad == 0, "%zu of %zu", bad, i);
	buf_free(&all);
}

static void
growing(void)
{
	struct slice two = SLICE_OF(FROM "A: b\n\nx\n\n" FROM "A: b\n\nte");
	struct pieces *in = pieces_open(two, SIZE_MAX, true);

	in->grows = true;
	T(kit_read_all(mboxreader_open(&in->stream, MBOX_PLAIN)) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M55 46-1\nT54 46-0\n", "the last entry is left");
	T(kit.entries.items[1].entry.error.code == ERR_CHANGED, "and says why");

	in = pieces_open(two, SIZE_MAX, true);
	in->changes = true;
	T(kit_read_all(mboxreader_open(&in->stream, MBOX_PLAIN)) < 0 &&
	    kit.err.code == ERR_CHANGED && kit.entries.n == 1, "what changed is an error");

	in = pieces_open(SLICE_EMPTY, SIZE_MAX, true);
	in->changes = true;
	T(kit_read_all(mboxreader_open(&in->stream, MBOX_PLAIN)) < 0, "in an empty file too");
}

/* A message of a given size between two small ones. */
static void
add_message(struct buf *out, size_t size, bool lines)
{
	size_t i, from = out->n;

	buf_add_string(out, FROM "Subject: long\n\n");
	while (out->n - from < size - 2)
		buf_add_byte(out, (unsigned char)"0123456789From "[(out->n - from) % 15]);
	for (i = from + 100; lines && i < out->n; i += 76)
		out->p[i] = '\n';
	buf_add_string(out, "\n\n");
}

static void
large(void)
{
	static const size_t sizes[] = { MESSAGE_IN_MEMORY - 1, MESSAGE_IN_MEMORY,
		MESSAGE_IN_MEMORY + 1, MESSAGE_IN_MEMORY + 4096, MESSAGE_IN_MEMORY + 20480,
		MESSAGE_IN_MEMORY + 3 * MIB };
	struct buf all = BUF_EMPTY, told = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		buf_clear(&all);
		buf_clear(&told);
		add_message(&all, 5000, true);
		add_message(&all, sizes[i], i % 2 == 0);
		add_message(&all, 300, true);
		buf_add_format(&told, "M5000 46-1\nM%zu 46-1%s\nM300 46-1\n", sizes[i],
		    sizes[i] > MESSAGE_IN_MEMORY ? " large" : "");
		T_SAME(split(buf_slice(&all), i % 2 == 0 ? SIZE_MAX : 99991, i % 2 == 0,
		    MBOX_PLAIN), buf_text(&told), "long messages");
		T(kit.entries.items[1].entry.bytes.n >= MIB, "their first bytes are there");
		arena_reset(&kit.arena);
	}
	buf_free(&all);
	buf_free(&told);
}

/* A stream that makes its bytes up: 2 GiB in one line. */
struct endless {
	struct stream stream;
	uint64_t at;
};

#define ENDLESS (UINT64_C(1) << 31)

static int64_t
endless_read(struct stream *s, void *p, size_t n, struct error *err)
{
	static const char head[] = FROM "Subject: one line\n\n";
	struct endless *in = (struct endless *)(void *)s;
	size_t i = 0;

	(void)err;
	if (n > ENDLESS - in->at)
		n = (size_t)(ENDLESS - in->at);
	memset(p, 'x', n);
	for (i = 0; i < n && in->at + i < sizeof(head) - 1; i++)
		((char *)p)[i] = head[in->at + i];
	in->at += n;
	return (int64_t)n;
}

static int
endless_end(struct stream *s, bool *grew, struct error *err)
{
	(void)s;
	(void)err;
	*grew = false;
	return 0;
}

static void
endless_close(struct stream *s)
{
	(void)s;
}

static const struct stream_ops endless_ops = {
	.read = endless_read,
	.bytes = pieces_bytes,
	.end = endless_end,
	.close = endless_close,
};

static void
two_gigabytes(void)
{
	struct endless in = { .stream = { .ops = &endless_ops } };
	struct reader *reader = mboxreader_open(&in.stream, MBOX_PLAIN);
	struct entry e;

	T(reader->ops->next(reader, &e, &kit.err) == 1 && e.is_large && e.size == ENDLESS &&
	    e.framing.lead == 46, "a line of 2 GiB is one message");
	T(reader->ops->next(reader, &e, &kit.err) == 0, "and all");
	reader->ops->close(reader);
}

int
main(void)
{
	every_case();
	every_prefix();
	random_files();
	growing();
	large();
	two_gigabytes();
	kit_end();
	return t_done();
}
