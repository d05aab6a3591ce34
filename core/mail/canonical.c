/* SPDX-License-Identifier: MIT */
#include "core/mail/canonical.h"

#include "core/base/limits.h"
#include "core/base/vec.h"
#include "core/mail/header.h"
#include "core/mail/message_internal.h"

/* More than this many pieces taken off one message (a header or a body made
 * to blow up the listing): the message is taken as it lies. */
#define INSERTIONS_MAX 1000u

/* How much is rejoined at a time while it is compared. */
#define COMPARE_STEP (64u * KIB)

/* What one header field means to us. */
enum meaning {
	MEANS_NOTHING, MEANS_MOZILLA_STATUS, MEANS_MOZILLA_STATUS2, MEANS_KEYWORDS, MEANS_STATUS,
	MEANS_X_STATUS, MEANS_LABEL, MEANS_EVOLUTION, MEANS_GMAIL_LABELS, MEANS_OPERA, MEANS_BECKY
};

static const struct decoration {
	const char *name;
	unsigned family;
	bool at_top;            /* only in the block at the very top */
	bool is_state;
	enum meaning meaning;
} decorations[] = {
	{ "X-Mozilla-Status", DECOR_MOZILLA, true, true, MEANS_MOZILLA_STATUS },
	{ "X-Mozilla-Status2", DECOR_MOZILLA, true, true, MEANS_MOZILLA_STATUS2 },
	{ "X-Mozilla-Keys", DECOR_MOZILLA, true, true, MEANS_KEYWORDS },
	{ "X-Account-Key", DECOR_MOZILLA, true, false, MEANS_NOTHING },
	{ "X-UIDL", DECOR_MOZILLA, true, false, MEANS_NOTHING },
	{ "X-GM-THRID", DECOR_TAKEOUT, true, false, MEANS_NOTHING },
	{ "X-Gmail-Labels", DECOR_TAKEOUT, true, true, MEANS_GMAIL_LABELS },
	{ "X-Opera-Status", DECOR_OPERA, true, true, MEANS_OPERA },
	{ "X-Opera-Location", DECOR_OPERA, true, false, MEANS_NOTHING },
	{ "Status", DECOR_OURS, true, true, MEANS_STATUS },
	{ "X-Status", DECOR_OURS, true, true, MEANS_X_STATUS },
	{ "X-Label", DECOR_OURS, true, true, MEANS_LABEL },
	{ "X-Keywords", DECOR_OURS, true, true, MEANS_KEYWORDS },
	{ "X-Evolution", DECOR_EVOLUTION, false, true, MEANS_EVOLUTION },
	{ "Status", DECOR_STATUS, false, true, MEANS_STATUS },
	{ "X-Status", DECOR_STATUS, false, true, MEANS_X_STATUS },
	{ "X-Keywords", DECOR_KEYWORDS, false, true, MEANS_KEYWORDS },
	{ "X-Label", DECOR_STATUS, false, true, MEANS_LABEL },
	{ "X-UID", DECOR_STATUS, false, false, MEANS_NOTHING },
	{ "X-IMAP", DECOR_STATUS, false, false, MEANS_NOTHING },
	{ "X-IMAPbase", DECOR_STATUS, false, false, MEANS_NOTHING },
	{ "Content-Length", DECOR_STATUS, false, false, MEANS_NOTHING },
	{ "Lines", DECOR_STATUS, false, false, MEANS_NOTHING },
	{ "X-Becky-Status", DECOR_BECKY, false, true, MEANS_BECKY },
};
#define FAMILIES_ANYWHERE (DECOR_STATUS | DECOR_KEYWORDS | DECOR_EVOLUTION | DECOR_BECKY)
#define DECORATION_COUNT (sizeof(decorations) / sizeof(decorations[0]))

/* A piece of the stored bytes that is no part of the message. */
struct cut {
	size_t from, to;        /* in the stored bytes */
	uint64_t at;            /* in the expanded ones */
	bool is_state;
};

/* The state of one taking: what was cut, and what the fields told. */
struct taking {
	VEC(struct cut) cuts;
	struct arena *arena;
	unsigned flags;
	struct tags tags;
	uint32_t mozilla, mozilla2;
	bool has_gmail_labels;
	bool is_removed;        /* by the client, from all that it shows */
};

static void
cut(struct taking *t, size_t from, size_t to, bool is_state)
{
	struct cut *last = t->cuts.n > 0 ? &t->cuts.items[t->cuts.n - 1] : NULL;

	if (from == to)
		return;
	if (last != NULL && last->to == from && last->is_state == is_state) {
		last->to = to;
		return;
	}
	last = vec_push(&t->cuts);
	last->from = from;
	last->to = to;
	last->is_state = is_state;
}

static const struct decoration *
find_decoration(struct slice name, unsigned families)
{
	size_t i;

	for (i = 0; i < DECORATION_COUNT; i++) {
		if ((decorations[i].family & families) != 0 &&
		    slice_equal_nocase(name, slice_string(decorations[i].name)))
			return &decorations[i];
	}
	return NULL;
}

/* The next label of a list; a label in double quotes may hold commas. */
static bool
next_label(struct slice *rest, unsigned char sep, struct buf *label)
{
	bool quoted = false;
	size_t i;

	if (rest->n == 0)
		return false;
	buf_clear(label);
	for (i = 0; i < rest->n && (quoted || rest->p[i] != sep); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else
			buf_add_byte(label, rest->p[i]);
	}
	*rest = slice_from(*rest, i + 1);
	return true;
}

static void
read_keyword(struct taking *t, struct slice word)
{
	if (slice_equal_nocase(word, SLICE_OF("$Forwarded")))
		t->flags |= FLAG_FORWARDED;
	else
		tags_add(&t->tags, t->arena, word);
}

static void
read_gmail_label(struct taking *t, struct slice label)
{
	label = slice_trim(label);
	if (slice_is(label, "Unread"))
		t->flags &= ~(unsigned)FLAG_SEEN;
	else if (slice_is(label, "Starred"))
		t->flags |= FLAG_FLAGGED;
	else if (slice_is(label, "Draft") || slice_is(label, "Drafts"))
		t->flags |= FLAG_DRAFT;
	else if (!slice_is(label, "Opened"))
		tags_add(&t->tags, t->arena, label);
}

static void
read_labels(struct taking *t, struct slice value, bool gmail)
{
	struct buf label = BUF_EMPTY;
	struct slice rest = slice_string(message_decode_text(value, NULL, t->arena));
	unsigned char sep = gmail || slice_find(rest, 0, ',') < rest.n ? ',' : ' ';

	/* Takeout writes no "Unread" for what was read (clients.md 3.12). */
	if (gmail)
		t->flags |= FLAG_SEEN;
	while (next_label(&rest, sep, &label)) {
		if (gmail)
			read_gmail_label(t, buf_slice(&label));
		else
			tags_add(&t->tags, t->arena, buf_slice(&label));
	}
	buf_free(&label);
}

static void
read_keywords(struct taking *t, struct slice value)
{
	struct slice rest = slice_string(message_decode_text(value, NULL, t->arena)), word;

	while (slice_field(&rest, ' ', &word))
		read_keyword(t, word);
}

/* "hhhhhhhh-hhhh": uid and the low 16 bits of CamelMessageFlags. */
static void
read_evolution(struct taking *t, struct slice value)
{
	static const unsigned flags[] = {
		FLAG_ANSWERED, FLAG_DELETED, FLAG_DRAFT, FLAG_FLAGGED, FLAG_SEEN
	};
	struct slice uid;
	uint64_t bits;
	size_t i;

	if (!slice_field(&value, '-', &uid) || !slice_hex_number(slice_sub(value, 0, 4), 0xffff, &bits))
		return;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (bits & 1u << i)
			t->flags |= flags[i];
	}
}

/* A long run of hexadecimal digits: two of a version, four numbers of eight
 * (m2/src/engine/store), then the low half of the flags (message.h there). */
static void
read_opera(struct taking *t, struct slice value)
{
	static const struct {
		unsigned bit, flag;
	} known[] = {
		{ 1u << 0, FLAG_SEEN },
		{ 1u << 1, FLAG_ANSWERED },
		{ 1u << 2, FLAG_FORWARDED },
		{ 1u << 9, FLAG_DELETED },
	};
	uint64_t bits;
	size_t i;

	if (!slice_hex_number(slice_sub(value, 34, 8), UINT32_MAX, &bits))
		return;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		t->flags |= bits & known[i].bit ? known[i].flag : 0;
	/* Being written, or waiting to be sent. */
	if ((bits & 1u << 4) && (bits & 1u << 5) == 0)
		t->flags |= FLAG_DRAFT;
	t->is_removed |= (bits & 1u << 29) != 0;
}

/* "010001,000000,3,…": of the first number the low bits. */
static void
read_becky(struct taking *t, struct slice value)
{
	struct slice first = slice_sub(value, 0, slice_find(value, 0, ','));
	uint64_t bits;

	if (!slice_hex_number(first, UINT32_MAX, &bits))
		return;
	t->flags |= (bits & 1 ? FLAG_SEEN : 0) | (bits & 2 ? FLAG_FORWARDED : 0) |
	    (bits & 4 ? FLAG_ANSWERED : 0);
}

static void
read_field(struct taking *t, enum meaning meaning, struct slice value)
{
	uint64_t bits = 0;

	switch (meaning) {
	case MEANS_MOZILLA_STATUS:
		if (slice_hex_number(value, UINT32_MAX, &bits))
			t->mozilla |= (uint32_t)bits;
		break;
	case MEANS_MOZILLA_STATUS2:
		if (slice_hex_number(value, UINT32_MAX, &bits))
			t->mozilla2 |= (uint32_t)bits;
		break;
	case MEANS_KEYWORDS:
		read_keywords(t, value);
		break;
	case MEANS_STATUS:
		t->flags |= flags_of_status(value, SLICE_EMPTY);
		break;
	case MEANS_X_STATUS:
		t->flags |= flags_of_status(SLICE_EMPTY, value);
		break;
	case MEANS_LABEL:
		read_labels(t, value, false);
		break;
	case MEANS_GMAIL_LABELS:
		read_labels(t, value, true);
		break;
	case MEANS_EVOLUTION:
		read_evolution(t, value);
		break;
	case MEANS_OPERA:
		read_opera(t, value);
		break;
	case MEANS_BECKY:
		read_becky(t, value);
		break;
	case MEANS_NOTHING:
		break;
	}
}

/*
 * Cut the decorations out of the header of stored[from .. to).  The block at
 * the top ends at the first other field and where a field comes again: what
 * follows then is a block that arrived with the message (observed.md,
 * Thunderbird: a copy of an offline IMAP message has two).  whole tells that
 * nothing follows behind to; otherwise a field that reaches up to there may
 * go on and is left alone.
 */
static void
cut_header(struct taking *t, struct slice stored, size_t from, size_t to, unsigned families,
    bool whole)
{
	struct slice rest = slice_sub(stored, from, to - from), line;
	const struct decoration *d;
	struct header_field field;
	uint32_t in_block = 0, bit;
	bool at_top = true;
	size_t at;

	while (t->cuts.n <= INSERTIONS_MAX) {
		if (!header_next(&rest, &field)) {
			at_top = false;
			if (!slice_line(&rest, &line) || slice_chomp(line).n == 0)
				break;
			continue;
		}
		d = find_decoration(field.name, families);
		bit = d == NULL ? 0 : 1u << (d - decorations);
		if (d == NULL || !d->at_top || (in_block & bit) != 0)
			at_top = false;
		if (!at_top && (families & FAMILIES_ANYWHERE) == 0)
			break;
		if (d == NULL || (d->at_top && !at_top) || (!whole && rest.n == 0))
			continue;
		in_block |= bit;
		/* Ours always ends in X-Keywords. */
		if (d->family == DECOR_OURS && d->meaning == MEANS_KEYWORDS)
			at_top = false;
		at = (size_t)(field.raw.p - stored.p);
		cut(t, at, at + field.raw.n, d->is_state);
		read_field(t, d->meaning, field.value);
	}
}

static void
cut_gap(struct taking *t, const struct framing *framing, size_t lead, size_t end)
{
	size_t behind = t->cuts.n > 0 ? t->cuts.items[t->cuts.n - 1].to : lead;

	if (framing->quoting == QUOTING_NONE && framing->gap_at >= behind &&
	    framing->gap_at <= end && framing->gap <= end - framing->gap_at)
		cut(t, framing->gap_at, framing->gap_at + framing->gap, false);
}

/* Cut one ">" off each line "^>+From " of the body. */
static void
cut_quotes(struct taking *t, struct slice stored, size_t body, size_t to)
{
	struct slice text = slice_sub(stored, 0, to);
	size_t at = body, start;

	/* A needle of six bytes is found faster than "\n>", and seldom. */
	while (t->cuts.n <= INSERTIONS_MAX &&
	    (at = slice_find_bytes(text, at, SLICE_OF(">From "))) < to) {
		for (start = at; start > body && text.p[start - 1] == '>'; start--)
			;
		if (start == body || text.p[start - 1] == '\n')
			cut(t, start, start + 1, false);
		at += 6;
	}
}

/* Cut one "." off each line of the body that begins with two. */
static void
cut_dots(struct taking *t, struct slice stored, size_t body, size_t to)
{
	struct slice text = slice_sub(stored, 0, to);
	size_t at = body;

	if (slice_starts(slice_from(text, body), ".."))
		cut(t, body, body + 1, false);
	while (t->cuts.n <= INSERTIONS_MAX &&
	    (at = slice_find_bytes(text, at, SLICE_OF("\n.."))) < to) {
		cut(t, at + 1, at + 2, false);
		at += 2;
	}
}

/* Does each LF of the kept bytes stand behind a CR, and is there one?  Looked
 * at piece by piece; no piece begins inside a line end. */
static bool
all_crlf(const struct taking *t, struct slice stored)
{
	size_t i, from = 0, to, lf;
	bool any = false;

	for (i = 0; i <= t->cuts.n; i++) {
		to = i < t->cuts.n ? t->cuts.items[i].from : stored.n;
		for (lf = slice_find(stored, from, '\n'); lf < to;
		    lf = slice_find(stored, lf + 1, '\n')) {
			if (lf == from || stored.p[lf - 1] != '\r')
				return false;
			any = true;
		}
		from = i < t->cuts.n ? t->cuts.items[i].to : stored.n;
	}
	return any;
}

static void
add_without_cr(struct buf *out, struct slice s)
{
	size_t at = 0, lf;

	while ((lf = slice_find(s, at, '\n')) < s.n) {
		buf_add(out, slice_sub(s, at, lf - 1 - at));
		buf_add_byte(out, '\n');
		at = lf + 1;
	}
	buf_add(out, slice_from(s, at));
}

/* Put the kept bytes into message and give each cut its place. */
static void
keep_rest(struct taking *t, struct slice stored, bool crlf, struct buf *message)
{
	size_t i, from = 0, to;
	uint64_t at = 0;

	buf_clear(message);
	buf_reserve(message, stored.n);
	for (i = 0; i <= t->cuts.n; i++) {
		to = i < t->cuts.n ? t->cuts.items[i].from : stored.n;
		if (crlf)
			add_without_cr(message, slice_sub(stored, from, to - from));
		else
			buf_add(message, slice_sub(stored, from, to - from));
		at += to - from;
		if (i < t->cuts.n) {
			t->cuts.items[i].at = at;
			from = t->cuts.items[i].to;
		}
	}
}

/* The cuts as insertions.  Those that nothing follows lie at the end by name,
 * so that they fit when the canonical message has another length. */
static void
set_insertions(const struct taking *t, struct slice stored, uint64_t stored_size,
    struct placement *out)
{
	const struct cut *c;
	size_t i;

	out->insertion_count = t->cuts.n;
	out->insertions = arena_alloc(t->arena, t->cuts.n * sizeof(*out->insertions));
	for (i = 0; i < t->cuts.n; i++) {
		c = &t->cuts.items[i];
		out->insertions[i].at = c->to == stored_size ? PLACEMENT_END : c->at;
		out->insertions[i].text = arena_copy(t->arena,
		    slice_sub(stored, c->from, c->to - c->from));
		out->insertions[i].is_state = c->is_state;
	}
}

static bool
rejoins_to(const struct placement *p, struct slice message, struct slice stored)
{
	struct buf piece = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct rejoiner r;
	bool same = true, last;
	size_t at = 0;

	if (p->insertion_count == 0 && !p->crlf)
		return slice_equal(message, stored);
	rejoin_open(&r, p);
	for (last = false; same && !last; message = slice_from(message, COMPARE_STEP)) {
		buf_clear(&piece);
		last = message.n == 0;
		if (!last)
			rejoin_feed(&r, slice_sub(message, 0, COMPARE_STEP), &piece);
		else if (rejoin_end(&r, &piece, &err) < 0)
			same = false;
		same = same && slice_equal(buf_slice(&piece), slice_sub(stored, at, piece.n));
		at += piece.n;
	}
	buf_free(&piece);
	return same && at == stored.n;
}

static void
set_state(struct taking *t, const struct framing *framing, uint64_t stored_size,
    struct placement *out)
{
	size_t i;

	for (i = 0; i < framing->tags.n; i++)
		tags_add(&t->tags, t->arena, framing->tags.items[i]);
	out->kind = PLACED_MESSAGE;
	out->flags = framing->flags | t->flags |
	    flags_of_mozilla(t->mozilla, t->mozilla2, &out->dead);
	out->dead |= t->is_removed;
	out->tags = t->tags;
	out->stored_size = stored_size;
}

void
canonical_take(struct slice stored, const struct framing *framing, struct arena *a,
    struct buf *message, struct placement *out)
{
	struct taking t = { .arena = a };
	size_t lead = framing->lead < stored.n ? framing->lead : stored.n;
	size_t trail = framing->trail < stored.n - lead ? framing->trail : stored.n - lead;
	size_t end = stored.n - trail, body;

	cut(&t, 0, lead, false);
	if (framing->decor != 0)
		cut_header(&t, stored, lead, end, framing->decor, true);
	cut_gap(&t, framing, lead, end);
	if (framing->quoting != QUOTING_NONE) {
		body = lead + header_end(slice_sub(stored, lead, end - lead));
		(framing->quoting == QUOTING_RD ? cut_quotes : cut_dots)(&t, stored, body, end);
	}
	cut(&t, end, stored.n, framing->trail_is_state);
	out->crlf = all_crlf(&t, stored);
	keep_rest(&t, stored, out->crlf, message);
	set_insertions(&t, stored, stored.n, out);
	set_state(&t, framing, stored.n, out);

	if (t.cuts.n > INSERTIONS_MAX || !rejoins_to(out, buf_slice(message), stored)) {
		buf_set(message, stored);
		out->crlf = false;
		out->insertions = NULL;
		out->insertion_count = 0;
	}
	digest_of(buf_slice(message), &out->id);
	vec_free(&t.cuts);
}

static void
add_tail(const struct taking *t, const struct framing *framing, struct placement *out)
{
	struct insertion *all = arena_alloc(t->arena, (out->insertion_count + 1) * sizeof(*all));

	if (out->insertion_count > 0)
		memcpy(all, out->insertions, out->insertion_count * sizeof(*all));
	all[out->insertion_count++] = (struct insertion){ .at = PLACEMENT_END,
		.text = arena_copy(t->arena, framing->tail), .is_state = framing->trail_is_state };
	out->insertions = all;
}

void
canonical_take_head(struct slice head, uint64_t stored_size, const struct framing *framing,
    struct arena *a, struct placement *out)
{
	struct taking t = { .arena = a };
	size_t lead = framing->lead < head.n ? framing->lead : head.n;
	bool whole = head.n == stored_size;
	size_t end = head.n, i;
	uint64_t taken = 0;

	if (whole)
		end -= framing->trail < end - lead ? framing->trail : end - lead;
	cut(&t, 0, lead, false);
	if (framing->decor != 0)
		cut_header(&t, head, lead, end, framing->decor, whole);
	cut_gap(&t, framing, lead, end);
	cut(&t, end, head.n, framing->trail_is_state);
	if (t.cuts.n > INSERTIONS_MAX)
		vec_clear(&t.cuts);
	for (i = 0; i < t.cuts.n; i++) {
		t.cuts.items[i].at = t.cuts.items[i].from - taken;
		taken += t.cuts.items[i].to - t.cuts.items[i].from;
	}
	out->crlf = false;
	set_insertions(&t, head, stored_size, out);
	if (!whole && framing->tail.n > 0)
		add_tail(&t, framing, out);
	set_state(&t, framing, stored_size, out);
	vec_free(&t.cuts);
}
