/* SPDX-License-Identifier: MIT */
#include "backends/formats/mhmarks.h"

#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* Of .claws_mark (clients.md 3.4). */
#define CLAWS_UNREAD (1u << 1)
#define CLAWS_MARKED (1u << 2)
#define CLAWS_DELETED (1u << 3)
#define CLAWS_REPLIED (1u << 4)
#define CLAWS_FORWARDED (1u << 5)

struct marking {
	const char *folder;
	struct arena *arena;
	struct mh_message *messages;
	size_t n;
	struct mh_marks *marks;
};

static bool
load(const struct marking *m, const char *directory, const char *name, struct buf *out)
{
	struct error ignored = ERROR_NONE;

	buf_clear(out);
	return file_read_all(path_join(m->arena, directory, name), CONFIG_FILE_MAX, out,
	    &ignored) == 0;
}

/* Index of the first message of that number or more. */
static size_t
find(const struct marking *m, uint64_t number)
{
	size_t low = 0, high = m->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (m->messages[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The bit that stands for a tag; 0 when there are too many. */
static uint64_t
tag_bit(const struct marking *m, struct slice tag)
{
	struct mh_marks *marks = m->marks;
	size_t i;

	for (i = 0; i < marks->tag_count; i++) {
		if (slice_equal(marks->tags[i], tag))
			return UINT64_C(1) << i;
	}
	if (tag.n == 0 || i == MH_TAGS_MAX)
		return 0;
	marks->tags[marks->tag_count++] = arena_copy(m->arena, tag);
	return UINT64_C(1) << i;
}

/* ---- .mh_sequences: "unseen: 1 3-5 9" ---- */

struct range {
	uint64_t low, high;
};

static int
by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static void
mark(struct mh_message *message, struct slice sequence, uint64_t tag)
{
	if (slice_is(sequence, "unseen"))
		message->flags &= ~(unsigned)FLAG_SEEN;
	else if (slice_is(sequence, "flagged"))
		message->flags |= FLAG_FLAGGED;
	else if (slice_is(sequence, "replied"))
		message->flags |= FLAG_ANSWERED;
	else if (slice_is(sequence, "forwarded"))
		message->flags |= FLAG_FORWARDED;
	else
		message->tags |= tag;
}

static bool
is_known(struct slice sequence)
{
	return slice_is(sequence, "unseen") || slice_is(sequence, "flagged") ||
	    slice_is(sequence, "replied") || slice_is(sequence, "forwarded");
}

static void
mark_sequence(const struct marking *m, struct slice sequence, struct slice list)
{
	VEC(struct range) ranges = VEC_EMPTY;
	struct slice word, low;
	struct range range;
	uint64_t tag = is_known(sequence) ? 0 : tag_bit(m, sequence);
	size_t i, at = 0;

	while (slice_field(&list, ' ', &word)) {
		if (!slice_field(&word, '-', &low) || !slice_number(low, UINT64_MAX, &range.low))
			continue;
		range.high = range.low;
		if (word.n > 0 && !slice_number(word, UINT64_MAX, &range.high))
			continue;
		*vec_push(&ranges) = range;
	}
	if (ranges.n > 0)
		qsort(ranges.items, ranges.n, sizeof(range), by_low);
	/* In order, so that ranges over ranges cost no more than the folder. */
	for (i = 0; i < ranges.n; i++) {
		size_t from = find(m, ranges.items[i].low);

		for (at = from > at ? from : at; at < m->n &&
		    m->messages[at].number <= ranges.items[i].high; at++)
			mark(&m->messages[at], sequence, tag);
	}
	vec_free(&ranges);
}

static void
apply_sequences(const struct marking *m, struct slice sequences)
{
	struct buf text = BUF_EMPTY;
	struct slice rest, line, name;
	size_t i;

	/* What is in no unseen sequence has been seen. */
	for (i = 0; i < m->n; i++)
		m->messages[i].flags = FLAG_SEEN;
	/* A long sequence goes on in lines that begin with a blank. */
	buf_set(&text, sequences);
	for (i = 0; i + 1 < text.n; i++) {
		if (text.p[i] == '\n' && (text.p[i + 1] == ' ' || text.p[i + 1] == '\t'))
			text.p[i] = ' ';
		if (text.p[i] == '\t')
			text.p[i] = ' ';
	}
	rest = buf_slice(&text);
	while (slice_line(&rest, &line)) {
		line = slice_chomp(line);
		if (slice_field(&line, ':', &name) && !slice_is(slice_trim(name), "cur"))
			mark_sequence(m, slice_trim(name), line);
	}
	buf_free(&text);
}

/* A folder without the file holds nothing unseen. */
static void
read_sequences(const struct marking *m)
{
	struct buf text = BUF_EMPTY;

	load(m, m->folder, ".mh_sequences", &text);
	apply_sequences(m, buf_slice(&text));
	buf_free(&text);
}

/* ---- .claws_mark and .sylpheed_mark, .claws_tags ---- */

/* The words of such a file are in the byte order of the machine that wrote
 * it; the first, a version, tells which. */
static bool
open_words(struct slice bytes, uint32_t version, struct cursor *c, bool *is_big)
{
	struct cursor other = cursor_of(bytes);

	*c = other;
	*is_big = cursor_le32(c) != version;
	return !*is_big || cursor_be32(&other) == version;
}

static uint32_t
word(struct cursor *c, bool is_big)
{
	return is_big ? cursor_be32(c) : cursor_le32(c);
}

static unsigned
flags_of_claws(uint32_t bits)
{
	unsigned flags = bits & CLAWS_UNREAD ? 0 : FLAG_SEEN;

	flags |= bits & CLAWS_MARKED ? FLAG_FLAGGED : 0;
	flags |= bits & CLAWS_DELETED ? FLAG_DELETED : 0;
	flags |= bits & CLAWS_REPLIED ? FLAG_ANSWERED : 0;
	flags |= bits & CLAWS_FORWARDED ? FLAG_FORWARDED : 0;
	return flags;
}

static bool
read_marks(const struct marking *m, const char *name)
{
	struct buf bytes = BUF_EMPTY;
	struct cursor c;
	bool is_big, found = load(m, m->folder, name, &bytes) &&
	    open_words(buf_slice(&bytes), 2, &c, &is_big);
	uint32_t number, bits;
	size_t at;

	while (found && c.n >= 8) {
		number = word(&c, is_big);
		bits = word(&c, is_big);
		at = find(m, number);
		if (at < m->n && m->messages[at].number == number)
			m->messages[at].flags = flags_of_claws(bits);
	}
	buf_free(&bytes);
	return found;
}

/* In tagsrc: "max_id 3", then lines of a number, a tab and a name.  Empty:
 * unknown. */
static void
tag_name(struct slice tagsrc, uint32_t id, struct buf *out)
{
	struct slice line, field;
	uint64_t number;

	buf_clear(out);
	while (slice_line(&tagsrc, &line)) {
		line = slice_chomp(line);
		if (slice_field(&line, '\t', &field) && slice_number(field, UINT32_MAX, &number) &&
		    number == id)
			buf_set(out, line);
	}
}

static void
read_tags(const struct marking *m, const struct mh_place *place)
{
	struct buf bytes = BUF_EMPTY, tagsrc = BUF_EMPTY, name = BUF_EMPTY;
	struct {
		uint32_t id;
		uint64_t bit;
	} seen[MH_TAGS_MAX];
	size_t seen_count = 0, i, at;
	struct cursor c;
	uint32_t number, id;
	bool is_big;

	if (place->settings == NULL || !load(m, place->settings, "tagsrc", &tagsrc) ||
	    !load(m, place->tags, MH_CLAWS_TAGS, &bytes) ||
	    !open_words(buf_slice(&bytes), 1, &c, &is_big))
		goto out;
	while (c.n >= 8) {
		number = word(&c, is_big);
		at = find(m, number);
		while (c.n >= 4 && (id = word(&c, is_big)) != UINT32_MAX) {
			for (i = 0; i < seen_count && seen[i].id != id; i++)
				;
			if (i == MH_TAGS_MAX)
				continue;
			if (i == seen_count) {
				tag_name(buf_slice(&tagsrc), id, &name);
				seen[i].id = id;
				seen[i].bit = tag_bit(m, buf_slice(&name));
				seen_count++;
			}
			if (at < m->n && m->messages[at].number == number)
				m->messages[at].tags |= seen[i].bit;
		}
	}

out:
	buf_free(&bytes);
	buf_free(&tagsrc);
	buf_free(&name);
}

void
mh_marks_read(const struct mh_place *place, enum mh_kind kind, struct arena *a,
    struct mh_message *messages, size_t n, struct mh_marks *out)
{
	const char *folder = place->folder;
	const struct marking m = { .folder = folder, .arena = a, .messages = messages, .n = n,
		.marks = out };
	bool marked;

	memset(out, 0, sizeof(*out));
	if (kind == MH_PLAIN) {
		read_sequences(&m);
		return;
	}
	/* Without an entry a message is new. */
	marked = kind == MH_CLAWS ?
	    read_marks(&m, ".claws_mark") || read_marks(&m, ".sylpheed_mark") :
	    read_marks(&m, ".sylpheed_mark");
	if (!marked && file_exists(path_join(a, folder, ".mh_sequences")))
		read_sequences(&m);
	if (kind == MH_CLAWS)
		read_tags(&m, place);
}

void
mh_sequences_read(struct slice text, struct arena *a, struct mh_message *messages, size_t n,
    struct mh_marks *out)
{
	const struct marking m = { .folder = "", .arena = a, .messages = messages, .n = n,
		.marks = out };

	memset(out, 0, sizeof(*out));
	apply_sequences(&m, text);
}
