/* SPDX-License-Identifier: MIT */
#include "backends/clients/muttrc.h"

#include <ctype.h>

#include "core/base/limits.h"

#define DEPTH_MAX 16                    /* files that source each other */
#define EXPANDED_MAX (16u * MIB)        /* bytes that variables may give in all */

void
muttrc_init(struct muttrc *rc, struct arena *a)
{
	*rc = (struct muttrc){ .arena = a };
}

void
muttrc_set(struct muttrc *rc, struct slice name, struct slice value)
{
	uint64_t at;

	if (!map_get(&rc->names, name, &at)) {
		at = rc->values.n;
		map_put(&rc->names, name, at);
		vec_push(&rc->values);
	}
	rc->values.items[at] = arena_copy(rc->arena, value);
}

bool
muttrc_get(const struct muttrc *rc, const char *name, struct slice *out)
{
	uint64_t at;

	if (!map_get(&rc->names, slice_string(name), &at))
		return false;
	*out = rc->values.items[at];
	return true;
}

bool
muttrc_push(struct muttrc *rc, struct slice text)
{
	if (rc->texts.n >= DEPTH_MAX)
		return false;
	*vec_push(&rc->texts) = text;
	return true;
}

/* The next line into rc->line; one that ends in a single "\" goes on. */
static bool
take_line(struct muttrc *rc)
{
	struct slice line;
	bool goes_on = true;

	buf_clear(&rc->line);
	rc->rest_at = 0;
	while (rc->texts.n > 0 && !slice_line(&rc->texts.items[rc->texts.n - 1], &line))
		rc->texts.n--;
	if (rc->texts.n == 0)
		return false;
	for (;;) {
		line = slice_chomp(line);
		goes_on = slice_ends(line, "\\") && !slice_ends(line, "\\\\");
		buf_add(&rc->line, slice_sub(line, 0, line.n - (goes_on ? 1 : 0)));
		if (!goes_on || !slice_line(&rc->texts.items[rc->texts.n - 1], &line))
			return true;
	}
}

struct word {
	struct buf text;
	bool is_unresolved;
};

static int
peek(const struct cursor *c)
{
	return c->n > 0 ? c->p[0] : -1;
}

static bool
is_blank(int byte)
{
	return byte == ' ' || byte == '\t';
}

static void
skip_blanks(struct cursor *c)
{
	while (is_blank(peek(c)))
		cursor_skip(c, 1);
}

/* Behind "$": NAME or {NAME}. */
static void
take_variable(struct muttrc *rc, struct cursor *c, struct word *word)
{
	struct slice value;
	struct buf name = BUF_EMPTY;
	bool in_braces = peek(c) == '{';

	if (in_braces)
		cursor_skip(c, 1);
	while (peek(c) >= 0 && (isalnum(peek(c)) || peek(c) == '_' || (in_braces && peek(c) != '}')))
		buf_add_byte(&name, cursor_byte(c));
	if (in_braces)
		cursor_skip(c, 1);
	if (!muttrc_get(rc, buf_text(&name), &value) || rc->expanded + value.n > EXPANDED_MAX) {
		word->is_unresolved = true;
	} else {
		buf_add(&word->text, value);
		rc->expanded += value.n;
	}
	buf_free(&name);
}

static void
skip_command(struct cursor *c, struct word *word)
{
	while (c->n > 0 && cursor_byte(c) != '`')
		;
	word->is_unresolved = true;
}

static void
take_quoted(struct muttrc *rc, struct cursor *c, unsigned char quote, struct word *word)
{
	unsigned char byte;

	while (c->n > 0) {
		byte = cursor_byte(c);
		if (byte == quote)
			return;
		if (quote == '"' && byte == '\\' && c->n > 0)
			buf_add_byte(&word->text, cursor_byte(c));
		else if (quote == '"' && byte == '$')
			take_variable(rc, c, word);
		else if (quote == '"' && byte == '`')
			skip_command(c, word);
		else
			buf_add_byte(&word->text, byte);
	}
}

/* Up to a blank, ";", "#" or the end; appended to word. */
static void
take_word(struct muttrc *rc, struct cursor *c, bool ends_at_equals, struct word *word)
{
	unsigned char byte;

	while (c->n > 0 && !is_blank(peek(c)) && peek(c) != ';' && peek(c) != '#' &&
	    !(ends_at_equals && peek(c) == '=')) {
		byte = cursor_byte(c);
		if (byte == '"' || byte == '\'')
			take_quoted(rc, c, byte, word);
		else if (byte == '\\' && c->n > 0)
			buf_add_byte(&word->text, cursor_byte(c));
		else if (byte == '$')
			take_variable(rc, c, word);
		else if (byte == '`')
			skip_command(c, word);
		else
			buf_add_byte(&word->text, byte);
	}
}

static void
take_argument(struct muttrc *rc, struct cursor *c, bool is_set, struct word *word)
{
	struct cursor behind;

	buf_clear(&word->text);
	word->is_unresolved = false;
	take_word(rc, c, is_set, word);
	if (!is_set)
		return;
	behind = *c;
	skip_blanks(&behind);
	if (peek(&behind) != '=')
		return;
	*c = behind;
	cursor_skip(c, 1);
	skip_blanks(c);
	buf_add_byte(&word->text, '=');
	take_word(rc, c, false, word);
}

static void
take_command(struct muttrc *rc, struct cursor *c)
{
	struct word word = { .is_unresolved = false };
	bool is_set;

	for (;;) {
		skip_blanks(c);
		if (c->n == 0 || peek(c) == ';' || peek(c) == '#')
			break;
		is_set = rc->words.n > 0 && slice_is(rc->words.items[0], "set");
		take_argument(rc, c, is_set, &word);
		*vec_push(&rc->words) = word.is_unresolved ? SLICE_EMPTY :
		    arena_copy(rc->arena, buf_slice(&word.text));
	}
	buf_free(&word.text);
	if (peek(c) == '#')
		cursor_skip(c, c->n);
	else
		cursor_skip(c, peek(c) == ';' ? 1 : 0);
}

bool
muttrc_next(struct muttrc *rc, struct muttrc_command *out)
{
	struct cursor c;

	vec_clear(&rc->words);
	while (rc->words.n == 0) {
		if (rc->rest_at >= rc->line.n && !take_line(rc))
			return false;
		c = cursor_of(slice_from(buf_slice(&rc->line), rc->rest_at));
		take_command(rc, &c);
		rc->rest_at = rc->line.n - c.n;
	}
	*out = (struct muttrc_command){ rc->words.items, rc->words.n };
	return true;
}

void
muttrc_free(struct muttrc *rc)
{
	map_free(&rc->names);
	vec_free(&rc->values);
	vec_free(&rc->texts);
	vec_free(&rc->words);
	buf_free(&rc->line);
}
