/* SPDX-License-Identifier: MIT */
#include "core/base/prefs.h"

#include <ctype.h>

#include "core/base/text.h"

void
prefs_init(struct prefs *prefs, struct arena *a)
{
	*prefs = (struct prefs){ .names = MAP_EMPTY, .values = VEC_EMPTY, .arena = a };
}

/* The next byte without taking it; -1 at the end. */
static int
peek(const struct cursor *c)
{
	return c->n > 0 ? c->p[0] : -1;
}

static void
skip_line(struct cursor *c)
{
	while (c->n > 0 && cursor_byte(c) != '\n')
		;
}

static void
skip_block(struct cursor *c)
{
	unsigned char last = 0, byte;

	while (c->n > 0) {
		byte = cursor_byte(c);
		if (last == '*' && byte == '/')
			return;
		last = byte;
	}
}

static void
skip_blanks(struct cursor *c)
{
	for (;;) {
		if (peek(c) == '#') {
			skip_line(c);
		} else if (peek(c) == '/') {
			cursor_skip(c, 1);
			if (peek(c) == '*') {
				cursor_skip(c, 1);
				skip_block(c);
			} else {
				skip_line(c);
			}
		} else if (peek(c) >= 0 && isspace(peek(c))) {
			cursor_skip(c, 1);
		} else {
			return;
		}
	}
}

static bool
take(struct cursor *c, int byte)
{
	skip_blanks(c);
	if (peek(c) != byte)
		return false;
	cursor_skip(c, 1);
	return true;
}

static bool
take_hex(struct cursor *c, size_t digits, uint32_t *out)
{
	uint64_t v;

	if (c->n < digits || !slice_hex_number(slice_of(c->p, digits), UINT32_MAX, &v))
		return false;
	cursor_skip(c, digits);
	*out = (uint32_t)v;
	return true;
}

/* What follows a backslash.  UTF-16 surrogates come as two escapes. */
static bool
take_escape(struct cursor *c, struct buf *out)
{
	uint32_t code, low;

	switch (cursor_byte(c)) {
	case '\\': buf_add_byte(out, '\\'); return true;
	case '"': buf_add_byte(out, '"'); return true;
	case '\'': buf_add_byte(out, '\''); return true;
	case 'n': buf_add_byte(out, '\n'); return true;
	case 'r': buf_add_byte(out, '\r'); return true;
	case 'x':
		if (!take_hex(c, 2, &code))
			return false;
		break;
	case 'u':
		if (!take_hex(c, 4, &code))
			return false;
		if (code >= 0xd800 && code < 0xdc00) {
			if (cursor_byte(c) != '\\' || cursor_byte(c) != 'u' || !take_hex(c, 4, &low) ||
			    low < 0xdc00 || low > 0xdfff)
				return false;
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
		break;
	default:
		return false;
	}
	if (code == 0 || (code >= 0xd800 && code < 0xe000))
		return false;
	text_add_code(out, code);
	return true;
}

static bool
take_string(struct cursor *c, struct buf *out)
{
	unsigned char quote, byte;

	buf_clear(out);
	skip_blanks(c);
	if (peek(c) != '"' && peek(c) != '\'')
		return false;
	quote = cursor_byte(c);
	while (c->n > 0) {
		byte = cursor_byte(c);
		if (byte == quote)
			return true;
		if (byte != '\\')
			buf_add_byte(out, byte);
		else if (!take_escape(c, out))
			return false;
	}
	return false;
}

/* A string, or a bare word: true, false, a number. */
static bool
take_value(struct cursor *c, struct buf *out)
{
	skip_blanks(c);
	if (peek(c) == '"' || peek(c) == '\'')
		return take_string(c, out);
	buf_clear(out);
	while (peek(c) >= 0 && (isalnum(peek(c)) || peek(c) == '-' || peek(c) == '+'))
		buf_add_byte(out, cursor_byte(c));
	return out->n > 0;
}

/* The word before the parenthesis: user_pref, pref, sticky_pref, lockPref. */
static bool
take_word(struct cursor *c)
{
	size_t n = 0;

	skip_blanks(c);
	for (; peek(c) >= 0 && (isalpha(peek(c)) || peek(c) == '_'); n++)
		cursor_skip(c, 1);
	return n > 0;
}

static void
put(struct prefs *prefs, struct slice name, struct slice value)
{
	uint64_t at;

	if (!map_get(&prefs->names, name, &at)) {
		at = prefs->values.n;
		map_put(&prefs->names, name, at);
		vec_push(&prefs->values);
	}
	prefs->values.items[at] = arena_copy(prefs->arena, value);
}

void
prefs_read(struct prefs *prefs, struct slice text)
{
	struct cursor c = cursor_of(text);
	struct buf name = BUF_EMPTY, value = BUF_EMPTY;

	if (slice_starts(text, "\xef\xbb\xbf"))
		cursor_skip(&c, 3);
	for (skip_blanks(&c); c.n > 0; skip_blanks(&c)) {
		if (take_word(&c) && take(&c, '(') && take_string(&c, &name) && take(&c, ',') &&
		    take_value(&c, &value) && take(&c, ')')) {
			put(prefs, buf_slice(&name), buf_slice(&value));
			take(&c, ';');
		} else {
			skip_line(&c);
		}
	}
	buf_free(&name);
	buf_free(&value);
}

bool
prefs_get(const struct prefs *prefs, const char *name, struct slice *out)
{
	uint64_t at;

	if (!map_get(&prefs->names, slice_string(name), &at))
		return false;
	*out = prefs->values.items[at];
	return true;
}

bool
prefs_next(const struct prefs *prefs, size_t *at, struct slice *name, struct slice *value)
{
	uint64_t index;

	if (!map_next(&prefs->names, at, name, &index))
		return false;
	*value = prefs->values.items[index];
	return true;
}

void
prefs_free(struct prefs *prefs)
{
	map_free(&prefs->names);
	vec_free(&prefs->values);
}
