/* SPDX-License-Identifier: MIT */
#include "core/mail/flags.h"

#include "core/base/text.h"

/* Bounds on what a hostile header can put into a listing.  Gmail allows 225
 * characters a label; nobody was seen with more than some dozens a message. */
#define TAGS_MAX 1000u
#define TAG_LENGTH_MAX 1000u

static const struct {
	unsigned flag;
	const char *name;
	unsigned char letter;   /* Maildir */
} known[] = {
	{ FLAG_SEEN, "seen", 'S' },
	{ FLAG_ANSWERED, "answered", 'R' },
	{ FLAG_FLAGGED, "flagged", 'F' },
	{ FLAG_DRAFT, "draft", 'D' },
	{ FLAG_DELETED, "deleted", 'T' },
	{ FLAG_FORWARDED, "forwarded", 'P' },
};
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

void
flags_add_names(struct buf *out, unsigned flags)
{
	bool first = true;
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++) {
		if ((flags & known[i].flag) == 0)
			continue;
		if (!first)
			buf_add_byte(out, ' ');
		buf_add_string(out, known[i].name);
		first = false;
	}
}

unsigned
flags_parse_names(struct slice names)
{
	struct slice name;
	unsigned flags = 0;
	size_t i;

	while (slice_field(&names, ' ', &name)) {
		for (i = 0; i < KNOWN_COUNT; i++) {
			if (slice_is(name, known[i].name))
				flags |= known[i].flag;
		}
	}
	return flags;
}

const char *
flag_name(unsigned flag)
{
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++) {
		if (known[i].flag == flag)
			return known[i].name;
	}
	return "";
}

unsigned
flags_of_mozilla(uint32_t status, uint32_t status2, bool *expunged)
{
	/* Status2 holds the high half in place; some writers put all 32 bits
	 * into either (clients.md 3.1), so both are read as one word. */
	uint32_t bits = status | status2;
	unsigned flags = 0;

	if (bits & 0x0001)
		flags |= FLAG_SEEN;
	if (bits & 0x0002)
		flags |= FLAG_ANSWERED;
	if (bits & 0x0004)
		flags |= FLAG_FLAGGED;
	if (bits & 0x1000)
		flags |= FLAG_FORWARDED;
	if (bits & 0x00200000)
		flags |= FLAG_DELETED;
	*expunged = (bits & 0x0008) != 0;
	return flags;
}

unsigned
flags_of_status(struct slice status, struct slice x_status)
{
	struct slice both[2] = { status, x_status };
	unsigned flags = 0;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < both[i].n; j++) {
			switch (both[i].p[j]) {
			case 'R': flags |= FLAG_SEEN; break;
			case 'A': flags |= FLAG_ANSWERED; break;
			case 'F': flags |= FLAG_FLAGGED; break;
			case 'T': flags |= FLAG_DRAFT; break;
			case 'D': flags |= FLAG_DELETED; break;
			default: break; /* O, N, U: whether it was ever shown */
			}
		}
	}
	return flags;
}

unsigned
flags_of_maildir(struct slice letters)
{
	unsigned flags = 0;
	size_t i, j;

	for (i = 0; i < letters.n; i++) {
		for (j = 0; j < KNOWN_COUNT; j++) {
			if (letters.p[i] == known[j].letter)
				flags |= known[j].flag;
		}
	}
	return flags;
}

void
flags_add_maildir(struct buf *out, unsigned flags)
{
	unsigned char c;
	size_t i;

	for (c = 'A'; c <= 'Z'; c++) {
		for (i = 0; i < KNOWN_COUNT; i++) {
			if (known[i].letter == c && (flags & known[i].flag) != 0)
				buf_add_byte(out, c);
		}
	}
}

void
tags_add(struct tags *tags, struct arena *a, struct slice tag)
{
	struct buf clean = BUF_EMPTY;
	struct slice *items;
	size_t low = 0, high = tags->n, middle;
	int order;

	tag = slice_trim(tag);
	if (tag.n == 0 || tag.n > TAG_LENGTH_MAX || tags->n >= TAGS_MAX)
		return;
	if (!text_is_utf8(tag)) {
		text_add_utf8(&clean, tag);
		tag = buf_slice(&clean);
	}
	while (low < high) {
		middle = low + (high - low) / 2;
		order = slice_compare(tags->items[middle], tag);
		if (order == 0)
			goto out;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* A new array each time: the set holds a few items, and one that
	 * somebody else built needs no spare room this way. */
	items = arena_alloc(a, (tags->n + 1) * sizeof(*items));
	if (tags->n > 0) {
		memcpy(items, tags->items, low * sizeof(*items));
		memcpy(items + low + 1, tags->items + low, (tags->n - low) * sizeof(*items));
	}
	items[low] = arena_copy(a, tag);
	tags->items = items;
	tags->n++;

out:
	buf_free(&clean);
}

bool
tags_equal(const struct tags *a, const struct tags *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (!slice_equal(a->items[i], b->items[i]))
			return false;
	}
	return true;
}
