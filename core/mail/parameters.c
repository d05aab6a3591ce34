/* SPDX-License-Identifier: MIT */
#include "core/base/limits.h"
#include "core/mail/message_internal.h"

/*
 * Parameters of Content-Type and Content-Disposition (RFC 2045, 5.1; RFC 2231)
 * as they are written: with quotes or without, in pieces in any order,
 * percent-encoded.  Not by GMime, whose names lose what its words lose (see
 * words.c), and the backslashes of "C:\mail\a.pdf".
 */
#define PIECES_MAX 100u

struct piece {
	struct slice text;
	bool is_there, is_quoted, is_encoded;
};

/* What one name has: "name=", "name*=", and "name*0=", "name*1*=" … */
struct found {
	struct piece plain, encoded, pieces[PIECES_MAX];
};

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct slice *s, bool semicolons)
{
	while (s->n > 0 && (is_blank(s->p[0]) || (semicolons && s->p[0] == ';')))
		*s = slice_from(*s, 1);
}

/* The value that *rest begins with, up to its quote or the semicolon. */
static struct piece
take_value(struct slice *rest)
{
	struct piece out = { .is_there = true };
	size_t end = 1;

	skip_blanks(rest, false);
	if (!slice_starts(*rest, "\"")) {
		end = slice_find(*rest, 0, ';');
		out.text = slice_trim(slice_sub(*rest, 0, end));
		*rest = slice_from(*rest, end);
		return out;
	}
	while (end < rest->n && rest->p[end] != '"')
		end += rest->p[end] == '\\' ? 2 : 1;
	out.is_quoted = true;
	out.text = slice_sub(*rest, 1, end - 1);
	*rest = slice_from(*rest, end + 1);
	return out;
}

/* Semicolons are forgotten, so a blank ends what has no value. */
static bool
next_parameter(struct slice *rest, struct slice *name, struct piece *value)
{
	struct slice behind;
	size_t n;

	for (;;) {
		skip_blanks(rest, true);
		if (rest->n == 0)
			return false;
		for (n = 0; n < rest->n && rest->p[n] != '=' && rest->p[n] != ';' &&
		    !is_blank(rest->p[n]); n++)
			;
		*name = slice_sub(*rest, 0, n);
		*rest = slice_from(*rest, n);
		behind = *rest;
		skip_blanks(&behind, false);
		if (!slice_starts(behind, "="))
			continue;
		*rest = slice_from(behind, 1);
		*value = take_value(rest);
		return true;
	}
}

/* Put the value where what stands behind the name says; of several in one
 * place the first counts. */
static void
keep(struct found *f, struct slice suffix, const struct piece *value)
{
	struct piece *to = NULL;
	bool is_encoded = slice_ends(suffix, "*");
	uint64_t n;

	if (suffix.n == 0)
		to = &f->plain;
	else if (slice_is(suffix, "*"))
		to = &f->encoded;
	else if (suffix.p[0] == '*' && slice_number(slice_sub(suffix, 1,
	    suffix.n - 1 - is_encoded), PIECES_MAX - 1, &n))
		to = &f->pieces[n];
	if (to == NULL || to->is_there)
		return;
	*to = *value;
	to->is_encoded = is_encoded;
}

static void
add_percent(struct buf *out, struct slice s)
{
	uint64_t byte;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && s.n - i > 2 &&
		    slice_hex_number(slice_sub(s, i + 1, 2), 255, &byte)) {
			buf_add_byte(out, (unsigned char)byte);
			i += 2;
		} else {
			buf_add_byte(out, s.p[i]);
		}
	}
}

/* A backslash counts only before what has to have one: others are of paths. */
static void
add_plain(struct buf *out, const struct piece *p, bool is_token)
{
	struct slice s = p->text;
	size_t i;

	for (i = 0; i < s.n && (p->is_quoted || !is_token || !is_blank(s.p[i])); i++) {
		if (p->is_quoted && s.p[i] == '\\' && s.n - i > 1 &&
		    (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		buf_add_byte(out, s.p[i]);
	}
}

/* "charset'language'" off the beginning of *text; empty where it is not. */
static struct slice
take_charset(struct slice *text)
{
	size_t first = slice_find(*text, 0, '\''), second = slice_find(*text, first + 1, '\'');
	struct slice charset = slice_sub(*text, 0, first);

	if (second >= text->n)
		return SLICE_EMPTY;
	*text = slice_from(*text, second + 1);
	return charset;
}

static void
join(struct piece *first, const struct piece *end, bool is_token, struct arena *a,
    struct buf *out)
{
	struct slice charset = SLICE_EMPTY;
	struct buf bytes = BUF_EMPTY;
	bool any_encoded = false;
	struct piece *p;

	if (first->is_encoded)
		charset = take_charset(&first->text);
	for (p = first; p < end && p->is_there; p++) {
		any_encoded = any_encoded || p->is_encoded;
		if (p->is_encoded)
			add_percent(&bytes, p->text);
		else
			add_plain(&bytes, p, is_token);
	}
	if (any_encoded)
		charset_add_text(out, buf_slice(&bytes),
		    charset.n > 0 ? arena_string_of(a, charset) : NULL);
	else
		buf_add(out, buf_slice(&bytes));
	buf_free(&bytes);
}

bool
message_parameter(struct slice value, const char *name, bool is_token, struct arena *a,
    struct buf *out)
{
	size_t name_n = strlen(name);
	struct found f;
	struct slice found;
	struct piece piece, *first;

	memset(&f, 0, sizeof(f));
	value = slice_sub(value, 0, PARAMETERS_MAX);
	while (next_parameter(&value, &found, &piece)) {
		if (slice_starts_nocase(found, name))
			keep(&f, slice_from(found, name_n), &piece);
	}
	/* Where there are both, the plain one is for readers that know no
	 * better (RFC 6266, 4.3).  Some count from 1. */
	first = f.encoded.is_there ? &f.encoded : f.pieces[0].is_there ? &f.pieces[0] :
	    f.pieces[1].is_there ? &f.pieces[1] : &f.plain;
	if (!first->is_there)
		return false;
	join(first, first == &f.plain || first == &f.encoded ? first + 1 : f.pieces + PIECES_MAX,
	    is_token, a, out);
	return true;
}
