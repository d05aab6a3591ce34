/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxfile.h"

#include "core/base/plist.h"

#define LENGTH_LINE_MAX 64u

static const struct {
	unsigned bit, flag;
} bits[] = {
	{ 0, FLAG_SEEN },
	{ 1, FLAG_DELETED },
	{ 2, FLAG_ANSWERED },
	{ 4, FLAG_FLAGGED },
	{ 6, FLAG_DRAFT },
	{ 8, FLAG_FORWARDED },
};
#define BIT_COUNT (sizeof(bits) / sizeof(bits[0]))

static const struct {
	unsigned bit;
	const char *tag;
} tag_bits[] = {
	{ 24, "$Junk" },
	{ 25, "$NotJunk" },
};
#define TAG_BIT_COUNT (sizeof(tag_bits) / sizeof(tag_bits[0]))

/* ---- Where the pieces lie ---- */

bool
emlx_length(struct slice head, struct emlx *out, uint64_t *length)
{
	struct slice line = slice_sub(head, 0, LENGTH_LINE_MAX);
	size_t end = slice_find(line, 0, '\n');

	out->lead = 0;
	if (end == line.n || !slice_number(slice_trim(slice_sub(line, 0, end)), UINT64_MAX, length) ||
	    line.p[0] < '0' || line.p[0] > '9')
		return false;
	out->lead = end + 1;
	return true;
}

/* The property list that the file ends in, by its looks; file.n for none. */
static size_t
find_list(struct slice file, size_t from)
{
	static const struct slice head = { (const unsigned char *)"<?xml", 5 };
	size_t at = from, found = file.n;

	if (slice_find_bytes(file, from, SLICE_OF("</plist>")) == file.n)
		return file.n;
	while ((at = slice_find_bytes(file, at, head)) < file.n) {
		if (at == from || file.p[at - 1] == '\n')
			found = at;
		at += head.n;
	}
	return found < file.n && plist_sniff(slice_from(file, found)) &&
	    slice_ends(slice_trim(slice_from(file, found)), "</plist>") ? found : file.n;
}

void
emlx_split(struct slice file, struct emlx *out)
{
	uint64_t length;
	struct slice rest;

	if (emlx_length(file, out, &length) && length <= file.n - out->lead) {
		out->trail = out->lead + length;
		rest = slice_from(file, (size_t)out->trail);
		if (slice_trim(rest).n == 0 || plist_sniff(rest))
			return;
	}
	out->trail = find_list(file, out->lead);
}

/* ---- What is told ---- */

void
emlx_flags(uint64_t number, struct arena *a, struct emlx_told *out)
{
	size_t i;

	for (i = 0; i < BIT_COUNT; i++)
		out->flags |= number >> bits[i].bit & 1 ? bits[i].flag : 0;
	for (i = 0; i < TAG_BIT_COUNT; i++)
		if (number >> tag_bits[i].bit & 1)
			tags_add(&out->tags, a, slice_string(tag_bits[i].tag));
}

uint64_t
emlx_bits(unsigned flags, const struct tags *tags)
{
	uint64_t number = 0;
	size_t i, j;

	for (i = 0; i < BIT_COUNT; i++)
		number |= flags & bits[i].flag ? UINT64_C(1) << bits[i].bit : 0;
	for (j = 0; tags != NULL && j < tags->n; j++)
		for (i = 0; i < TAG_BIT_COUNT; i++)
			if (slice_is(tags->items[j], tag_bits[i].tag))
				number |= UINT64_C(1) << tag_bits[i].bit;
	return number;
}

void
emlx_told(struct slice list, struct arena *a, struct emlx_told *out)
{
	struct error ignored = ERROR_NONE;
	struct arena tree = ARENA_EMPTY;
	const struct plist *top;

	*out = (struct emlx_told){ 0, { NULL, 0 }, 0 };
	if (list.n > 0 && plist_parse(list, &tree, &top, &ignored) == 0) {
		emlx_flags((uint64_t)plist_get_number(top, "flags", 0), a, out);
		out->date = plist_get_number(top, "date-received", 0);
	}
	arena_free(&tree);
}
