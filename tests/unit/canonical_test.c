/* SPDX-License-Identifier: MIT */
#include "core/mail/canonical.h"

#include "core/mail/message.h"
#include "tests/t.h"

#define SEP "From - Mon Nov 23 12:29:40 2026\r\n"

/* Version, an unused number, the message's, its time and size, then its flags. */
#define OPERA(flags) "X-Opera-Status: 05000000000000000700000001000002bc" flags "000001ff\n"

static const struct {
	const char *what, *stored, *message;
	struct framing framing;
	const char *flags, *tags;       /* names; each tag ended by a comma */
	bool crlf, dead;
} cases[] = {
	{ "nothing", "a: b\n\nx\n", "a: b\n\nx\n", { 0 }, "", "", false, false },
	{ "empty", "", "", { 0 }, "", "", false, false },
	{ "line ends", "a: b\r\n\r\nx\r\n", "a: b\n\nx\n", { 0 }, "", "", true, false },
	{ "one line end of another kind", "a: b\r\n\r\nx\n", "a: b\r\n\r\nx\n", { 0 }, "", "", false,
	    false },
	{ "a CR alone stays", "a\r\n\rb\r\n", "a\n\rb\n", { 0 }, "", "", true, false },
	{ "separators", SEP "a: b\r\n\r\nx\r\n\r\n", "a: b\n\nx\n", { .lead = 33, .trail = 2 }, "", "",
	    true, false },
	{ "more than there is", "ab", "", { .lead = 9, .trail = 9 }, "", "", false, false },
	/* Thunderbird: the block at the very top, once. */
	{ "mozilla", "X-Mozilla-Status: 0013\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: work $label1  "
	    "\na: b\n\nx\n", "a: b\n\nx\n", { .decor = DECOR_MOZILLA }, "seen answered", "$label1,work,",
	    false, false },
	{ "mozilla: expunged", "X-Mozilla-Status: 0009\na: b\n\n", "a: b\n\n", { .decor = DECOR_MOZILLA },
	    "seen", "", false, true },
	{ "mozilla: the second block came with it", "X-Mozilla-Status: 0001\nX-Mozilla-Status: 0002\n\nx",
	    "X-Mozilla-Status: 0002\n\nx", { .decor = DECOR_MOZILLA }, "seen", "", false, false },
	{ "mozilla: not further down", "a: b\nX-Mozilla-Status: 0001\n\nx", "a: b\nX-Mozilla-Status: 0001\n\nx",
	    { .decor = DECOR_MOZILLA }, "", "", false, false },
	{ "mozilla: not of this kind", "X-Mozilla-Status: 0001\n\nx", "X-Mozilla-Status: 0001\n\nx", { 0 }, "",
	    "", false, false },
	{ "mozilla: no number", "X-Mozilla-Status: 1g\n\nx", "\nx", { .decor = DECOR_MOZILLA }, "", "", false,
	    false },
	/* c-client, Dovecot, mutt: anywhere in the header, not in the body. */
	{ "status", "Status: RO\na: b\nX-Status: AF\nX-Keywords: one two\n three\nContent-Length: 3\nc: d\n\n"
	    "Status: O\n", "a: b\nc: d\n\nStatus: O\n", { .decor = DECOR_STATUS | DECOR_KEYWORDS },
	    "seen answered flagged", "one,three,two,", false, false },
	{ "status: labels", "X-Label: a b, c\n\nx", "\nx", { .decor = DECOR_STATUS }, "", "a b,c,", false, false },
	{ "keywords that travelled", "X-Keywords: x\n\n", "X-Keywords: x\n\n", { .decor = DECOR_STATUS }, "",
	    "", false, false },
	{ "forwarded is no tag", "X-Keywords: $Forwarded x\n\n", "\n", { .decor = DECOR_KEYWORDS }, "forwarded",
	    "x,", false, false },
	{ "evolution", "a: b\nX-Evolution: 0000001a-0010\n\n", "a: b\n\n", { .decor = DECOR_EVOLUTION }, "seen",
	    "", false, false },
	{ "takeout", "X-GM-THRID: 17\nX-Gmail-Labels: Unread,Starred,\"a, b\",=?UTF-8?Q?=C3=84?=\na: b\n\n",
	    "a: b\n\n", { .decor = DECOR_TAKEOUT }, "flagged", "a, b,Ä,", false, false },
	{ "takeout: read", "X-Gmail-Labels: Opened,Drafts\n\n", "\n", { .decor = DECOR_TAKEOUT }, "seen draft",
	    "", false, false },
	{ "behind a line that is no field", "a: b\n>From x\nStatus: R\n\n", "a: b\n>From x\n\n",
	    { .decor = DECOR_STATUS }, "seen", "", false, false },
	/* mboxrd: one ">" of each row of them, in the body. */
	{ "quotes", "a: b\n>From h\n\n>From x\n>>From y\n> From z\nx>From w\n>From", "a: b\n>From h\n\n"
	    "From x\n>From y\n> From z\nx>From w\n>From", { .quoting = QUOTING_RD }, "", "", false, false },
	{ "quotes: of another kind", "\n>From x\n", "\n>From x\n", { 0 }, "", "", false, false },
	/* Becky!: a dot before each line with a dot; its field anywhere in the header. */
	{ "dots", "a: b\r\n..h\r\n\r\n..\r\n...x\r\n.y\r\nx..\r\n", "a: b\n..h\n\n.\n..x\n.y\nx..\n",
	    { .quoting = QUOTING_DOT }, "", "", true, false },
	{ "dots: of another kind", "\n..x\n", "\n..x\n", { .quoting = QUOTING_RD }, "", "", false, false },
	{ "becky", "a: b\nX-Becky-Status: 010005,000000,3\n\n", "a: b\n\n", { .decor = DECOR_BECKY },
	    "seen answered", "", false, false },
	{ "becky: forwarded alone", "X-Becky-Status: 2\na: b\n\n", "a: b\n\n", { .decor = DECOR_BECKY },
	    "forwarded", "", false, false },
	{ "becky: no number", "X-Becky-Status: x,1\n\n", "\n", { .decor = DECOR_BECKY }, "", "", false, false },
	/* Opera: the flags stand in the middle of a row of digits. */
	{ "opera", OPERA("00000407") "X-Opera-Location: 1\na: b\n\n", "a: b\n\n", { .decor = DECOR_OPERA },
	    "seen answered forwarded", "", false, false },
	{ "opera: a draft in the trash", OPERA("00000210") "\n", "\n", { .decor = DECOR_OPERA },
	    "draft deleted", "", false, false },
	{ "opera: sent", OPERA("00000031") "\n", "\n", { .decor = DECOR_OPERA }, "seen", "", false, false },
	{ "opera: removed", OPERA("20000001") "\n", "\n", { .decor = DECOR_OPERA }, "seen", "", false, true },
	{ "opera: cut short", "X-Opera-Status: 0500000000\n\n", "\n", { .decor = DECOR_OPERA }, "", "", false,
	    false },
	/* Babyl: what Rmail showed of the header, between the header and the body. */
	{ "a gap", "1,,\na: b\n\n***\na: b\n\nx\n\x1f", "a: b\n\nx\n", { .lead = 4, .trail = 1, .gap_at = 10,
	    .gap = 10 }, "", "", false, false },
	{ "a gap that is none", "a: b\n\nx\n", "a: b\n\nx\n", { .gap_at = 7, .gap = 9 }, "", "", false, false },
	{ "a gap in the lead", "a: b\n\nx\n", "\nx\n", { .lead = 5, .gap_at = 2, .gap = 1 }, "", "", false,
	    false },
	{ "all at once", SEP "X-Mozilla-Status: 0001\r\na: b\r\n\r\n>From x\r\n\r\n", "a: b\n\nFrom x\n",
	    { .lead = 33, .trail = 2, .quoting = QUOTING_RD, .decor = DECOR_MOZILLA }, "seen", "", true, false },
};

static void
takes(void)
{
	struct buf message = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct placement p;
	struct slice stored;
	struct digest id;
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&p, 0, sizeof(p));
		stored = slice_string(cases[i].stored);
		canonical_take(stored, &cases[i].framing, &a, &message, &p);
		T(slice_is(buf_slice(&message), cases[i].message), "%s: %s", cases[i].what,
		    buf_text(&message));
		digest_of(buf_slice(&message), &id);
		T(digest_equal(&id, &p.id) && p.stored_size == stored.n && p.crlf == cases[i].crlf &&
		    p.dead == cases[i].dead && p.kind == PLACED_MESSAGE, "%s: placement", cases[i].what);
		T(placement_rejoin(&p, buf_slice(&message), &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), stored), "%s: rejoined", cases[i].what);
		buf_clear(&out);
		flags_add_names(&out, p.flags);
		T(slice_is(buf_slice(&out), cases[i].flags), "%s: %s", cases[i].what, buf_text(&out));
		buf_clear(&out);
		for (j = 0; j < p.tags.n; j++) {
			buf_add(&out, p.tags.items[j]);
			buf_add_byte(&out, ',');
		}
		T(slice_is(buf_slice(&out), cases[i].tags), "%s: %s", cases[i].what, buf_text(&out));
	}
	buf_free(&message);
	buf_free(&out);
	arena_free(&a);
}

/* What changes with the client's state is told from what does not. */
static void
states(void)
{
	static const struct framing framing = { .lead = 33, .trail = 2,
		.decor = DECOR_MOZILLA };
	struct buf message = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct placement p = { .dead = false };

	canonical_take(SLICE_OF(SEP "X-Account-Key: 1\r\nX-Mozilla-Status: 0001\r\na: b\r\n\r\nx\r\n\r\n"),
	    &framing, &a, &message, &p);
	T(p.insertion_count == 3, "%zu insertions", p.insertion_count);
	T(!p.insertions[0].is_state && slice_is(p.insertions[0].text, SEP "X-Account-Key: 1\r\n"), "fixed");
	T(p.insertions[1].is_state && slice_is(p.insertions[1].text, "X-Mozilla-Status: 0001\r\n"), "state");
	T(p.insertions[2].at == PLACEMENT_END && slice_is(p.insertions[2].text, "\r\n"), "the end");
	buf_free(&message);
	arena_free(&a);
}

/* A body made to blow up the listing is taken as it lies. */
static void
too_many(void)
{
	static const struct framing framing = { .quoting = QUOTING_RD };
	struct buf stored = BUF_EMPTY, message = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct placement p = { .dead = false };
	unsigned i;

	buf_add_string(&stored, "a: b\n\n");
	for (i = 0; i < 1000; i++)
		buf_add_string(&stored, ">From x\n");
	canonical_take(buf_slice(&stored), &framing, &a, &message, &p);
	T(p.insertion_count == 1000 && message.n == stored.n - 1000, "%zu", p.insertion_count);
	buf_add_string(&stored, ">From x\n");
	canonical_take(buf_slice(&stored), &framing, &a, &message, &p);
	T(p.insertion_count == 0 && slice_equal(buf_slice(&message), buf_slice(&stored)), "%zu",
	    p.insertion_count);
	buf_free(&stored);
	buf_free(&message);
	arena_free(&a);
}

/* Of a long message: what stands in its head, and nothing that the end of the
 * head may have cut. */
static void
heads(void)
{
	static const struct framing framing = { .lead = 33, .trail = 2,
		.quoting = QUOTING_RD, .decor = DECOR_STATUS };
	static const char head[] = SEP "Status: R\r\na: b\r\nX-Status: A\r\n";
	struct arena a = ARENA_EMPTY;
	struct placement p = { .dead = false };

	canonical_take_head(slice_string(head), 1000000, &framing, &a, &p);
	T(p.insertion_count == 2 && p.insertions[0].at == 0 && p.insertions[1].at == 0 && !p.crlf &&
	    p.flags == FLAG_SEEN && p.stored_size == 1000000, "the last field may go on: %zu, %u",
	    p.insertion_count, p.flags);
	canonical_take_head(slice_string(head), sizeof(head) - 1, &framing, &a, &p);
	T(p.insertion_count == 4 && p.insertions[3].at == PLACEMENT_END &&
	    slice_is(p.insertions[3].text, "\r\n") && p.insertions[2].at == 6, "the whole: %zu",
	    p.insertion_count);
	arena_free(&a);
}

/* A message between a count and a property list, as Apple Mail stores it. */
static void
listed(void)
{
	struct slice tag = SLICE_OF("$Junk");
	struct framing framing = { .lead = 3, .trail = 8, .trail_is_state = true,
		.flags = FLAG_SEEN, .tags = { &tag, 1 }, .tail = SLICE_OF("<plist/>") };
	struct slice stored = SLICE_OF("11\na: b\n\ntext\n<plist/>");
	struct buf message = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct placement p = { .dead = false };

	canonical_take(stored, &framing, &a, &message, &p);
	T(slice_is(buf_slice(&message), "a: b\n\ntext\n") && p.flags == FLAG_SEEN && p.tags.n == 1,
	    "%s", buf_text(&message));
	T(p.insertion_count == 2 && !p.insertions[0].is_state && p.insertions[1].is_state &&
	    p.insertions[1].at == PLACEMENT_END, "the list is state");
	memset(&p, 0, sizeof(p));
	canonical_take_head(slice_sub(stored, 0, 12), 1000000, &framing, &a, &p);
	T(p.insertion_count == 2 && slice_is(p.insertions[0].text, "11\n") &&
	    slice_is(p.insertions[1].text, "<plist/>") && p.insertions[1].at == PLACEMENT_END &&
	    p.insertions[1].is_state && p.flags == FLAG_SEEN && p.tags.n == 1, "of a long one");
	memset(&p, 0, sizeof(p));
	canonical_take_head(stored, stored.n, &framing, &a, &p);
	T(p.insertion_count == 2 && slice_is(p.insertions[1].text, "<plist/>"), "a head that is all");
	buf_free(&message);
	arena_free(&a);
}

int
main(void)
{
	mail_init();
	takes();
	states();
	too_many();
	heads();
	listed();
	return t_done();
}
