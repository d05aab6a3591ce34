/* SPDX-License-Identifier: MIT */
#include "backends/formats/gnusmarks.h"

#include <string.h>

#include "backends/formats/folders.h"
#include "core/base/path.h"

#define NESTED_MAX 100u
#define MARKS_DIRECTORY ".nnmaildir/marks"

/* Gnus' words; "tick" keeps an article unread for Gnus, but somebody saw it. */
static const struct {
	const char *name;
	unsigned flags;
} known[] = {
	{ "read", FLAG_SEEN },
	{ "tick", FLAG_FLAGGED | FLAG_SEEN },
	{ "reply", FLAG_ANSWERED | FLAG_SEEN },
	{ "forward", FLAG_FORWARDED | FLAG_SEEN },
	{ "expire", FLAG_SEEN },
	{ "dormant", FLAG_SEEN },
};
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

/* ---- Just so much Lisp ---- */

static void
skip_blanks(struct slice *s)
{
	while (s->n > 0) {
		if (s->p[0] == ';')
			*s = slice_from(*s, slice_find(*s, 0, '\n'));
		else if (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\n' || s->p[0] == '\r')
			*s = slice_from(*s, 1);
		else
			return;
	}
}

static bool
take(struct slice *s, unsigned char c)
{
	skip_blanks(s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = slice_from(*s, 1);
	return true;
}

/* A string without its quotes, escapes left in it. */
static bool
take_string(struct slice *s, struct slice *out)
{
	size_t i;

	if (!take(s, '"'))
		return false;
	for (i = 0; i < s->n && s->p[i] != '"'; i++)
		i += s->p[i] == '\\';
	*out = slice_sub(*s, 0, i);
	*s = slice_from(*s, i + 1);
	return true;
}

/* A symbol or a number. */
static bool
take_atom(struct slice *s, struct slice *out)
{
	size_t i;

	skip_blanks(s);
	for (i = 0; i < s->n && strchr(" \t\r\n()\"';", s->p[i]) == NULL; i++)
		;
	*out = slice_sub(*s, 0, i);
	*s = slice_from(*s, i);
	return i > 0;
}

/* Whatever comes next, as a whole. */
static bool
skip_form(struct slice *s)
{
	struct slice ignored;
	unsigned depth = 0;

	do {
		skip_blanks(s);
		if (s->n == 0)
			return false;
		if (take(s, '(')) {
			if (++depth > NESTED_MAX)
				return false;
		} else if (take(s, ')')) {
			if (depth == 0)
				return false;
			depth--;
		} else if (s->p[0] == '"') {
			take_string(s, &ignored);
		} else if (!take_atom(s, &ignored)) {
			*s = slice_from(*s, 1);
		}
	} while (depth > 0);
	return true;
}

/* ---- Ranges: "5", "(1 . 245)", or a list of both ---- */

struct marked {
	struct mh_message *messages;
	size_t n;
	unsigned flags;
};

static size_t
first_from(const struct marked *m, uint64_t number)
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

static void
mark_range(const struct marked *m, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = first_from(m, from); i < m->n && m->messages[i].number <= to; i++)
		m->messages[i].flags |= m->flags;
}

static bool
take_number(struct slice *s, uint64_t *out)
{
	struct slice atom;

	return take_atom(s, &atom) && slice_number(atom, UINT64_MAX, out);
}

/* "1 . 245)" and "1 5 7)", behind the parenthesis: the first is a range. */
static bool
take_range(const struct marked *m, struct slice *s)
{
	uint64_t from, to;

	if (!take_number(s, &from))
		return false;
	skip_blanks(s);
	if (slice_starts(*s, ". ")) {
		*s = slice_from(*s, 1);
		if (!take_number(s, &to))
			return false;
		mark_range(m, from, to);
		return true;
	}
	mark_range(m, from, from);
	return true;
}

/* Up to the parenthesis that ends the list. */
static bool
take_ranges(const struct marked *m, struct slice *s)
{
	for (;;) {
		if (take(s, ')'))
			return true;
		if (take(s, '(')) {
			if (!take_range(m, s) || !take(s, ')'))
				return false;
		} else if (!take_range(m, s)) {
			return false;
		}
	}
}

/* ---- .newsrc.eld ---- */

/* Is it the group "nnml:mail.misc" of a folder mail/misc? */
static bool
is_group(struct slice name, const struct mailbox *folder)
{
	size_t colon = slice_find(name, 0, ':'), at, i;
	struct slice rest = colon < name.n ? slice_from(name, colon + 1) : name;

	if (colon < name.n && !slice_starts(name, "nnml") && !slice_starts(name, "nndraft") &&
	    !slice_starts(name, "nnmh"))
		return false;
	for (i = 0; i < folder->depth; i++) {
		at = folder->components[i].n;
		if (!slice_equal(slice_sub(rest, 0, at), folder->components[i]))
			return false;
		rest = slice_from(rest, at);
		if (i + 1 < folder->depth) {
			if (!slice_starts(rest, "."))
				return false;
			rest = slice_from(rest, 1);
		}
	}
	return rest.n == 0;
}

/* "((tick 3 (5 . 7)) (reply 2))", behind the first parenthesis. */
static void
take_marks(struct marked *m, struct slice *s)
{
	struct slice word;
	size_t i;

	while (take(s, '(')) {
		if (!take_atom(s, &word))
			return;
		m->flags = 0;
		for (i = 0; i < KNOWN_COUNT; i++)
			if (slice_is(word, known[i].name))
				m->flags = known[i].flags;
		if (!take_ranges(m, s))
			return;
	}
}

void
gnus_newsrc_read(struct slice newsrc, const struct mailbox *folder, struct mh_message *messages,
    size_t n)
{
	struct marked m = { .messages = messages, .n = n };
	struct slice s = newsrc, name, whole;
	size_t i, at = slice_find_bytes(newsrc, 0, SLICE_OF("(setq gnus-newsrc-alist"));

	for (i = 0; i < n; i++)
		messages[i].flags = 0;
	s = slice_from(s, at + strlen("(setq gnus-newsrc-alist"));
	take(&s, '\'');
	if (!take(&s, '('))
		return;
	while (s.n > 0) {
		whole = s;
		if (!skip_form(&s))
			return;
		if (!take(&whole, '(') || !take_string(&whole, &name) || !is_group(name, folder) ||
		    !skip_form(&whole))
			continue;
		m.flags = FLAG_SEEN;
		/* "nil" where nothing was read. */
		if (take(&whole, '(')) {
			if (!take_ranges(&m, &whole))
				return;
		} else if (!skip_form(&whole)) {
			return;
		}
		if (take(&whole, '('))
			take_marks(&m, &whole);
		return;
	}
}

/* ---- nnmaildir ---- */

bool
gnus_maildir_is_one(const char *maildir)
{
	struct arena a = ARENA_EMPTY;
	bool is = file_is_directory(path_join(&a, maildir, MARKS_DIRECTORY));

	arena_free(&a);
	return is;
}

void
gnus_maildir_read(const char *maildir, struct marks *out)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i, k;

	for (i = 0; i < KNOWN_COUNT; i++) {
		if (directory_read(path_join(&a, path_join(&a, maildir, MARKS_DIRECTORY),
		    known[i].name), false, &a, &all, &ignored) < 0)
			continue;
		for (k = 0; k < all.n; k++)
			marks_of(out, slice_string(all.entries[k].name))->flags |= known[i].flags;
	}
	arena_free(&a);
}

void
gnus_maildir_measure(struct mailbox *out)
{
	struct arena a = ARENA_EMPTY;
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++)
		folder_measure_side_file(out->path, path_join(&a, MARKS_DIRECTORY, known[i].name), out);
	arena_free(&a);
}
