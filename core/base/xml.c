/* SPDX-License-Identifier: MIT */
#include "core/base/xml.h"

#include <ctype.h>

#include "core/base/text.h"

struct xml
xml_open(struct slice text)
{
	return (struct xml){ text };
}

static void
skip_past(struct slice *rest, struct slice mark)
{
	size_t at = slice_find_bytes(*rest, 0, mark);

	*rest = slice_from(*rest, at < rest->n ? at + mark.n : rest->n);
}

/* Up to the ">" of a tag; one inside quotes is a character like any other. */
static struct slice
take_tag(struct slice *rest)
{
	struct slice tag;
	unsigned char quote = 0;
	size_t i;

	for (i = 0; i < rest->n && (quote != 0 || rest->p[i] != '>'); i++) {
		if (quote != 0)
			quote = rest->p[i] == quote ? 0 : quote;
		else if (rest->p[i] == '"' || rest->p[i] == '\'')
			quote = rest->p[i];
	}
	tag = slice_sub(*rest, 0, i);
	*rest = slice_from(*rest, i < rest->n ? i + 1 : i);
	return tag;
}

/* Characters of a name, and how many of them s begins with. */
static size_t
name_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && !isspace(s.p[n]) && s.p[n] != '=' && s.p[n] != '/' && s.p[n] != '>')
		n++;
	return n;
}

bool
xml_next(struct xml *xml, struct xml_tag *out)
{
	struct slice tag, text;

	for (;;) {
		text = slice_sub(xml->rest, 0, slice_find(xml->rest, 0, '<'));
		skip_past(&xml->rest, SLICE_OF("<"));
		if (xml->rest.n == 0)
			return false;
		if (slice_starts(xml->rest, "!--")) {
			skip_past(&xml->rest, SLICE_OF("-->"));
			continue;
		}
		if (slice_starts(xml->rest, "![CDATA[")) {
			skip_past(&xml->rest, SLICE_OF("]]>"));
			continue;
		}
		if (slice_starts(xml->rest, "?") || slice_starts(xml->rest, "!")) {
			skip_past(&xml->rest, SLICE_OF(">"));
			continue;
		}
		tag = take_tag(&xml->rest);
		out->is_end = slice_starts(tag, "/");
		tag = slice_from(tag, out->is_end ? 1 : 0);
		out->name = slice_sub(tag, 0, name_length(tag));
		out->attributes = slice_from(tag, out->name.n);
		out->is_empty = slice_ends(out->attributes, "/");
		out->text = text;
		return true;
	}
}

/* "amp", "#228", "#xe4"; false for what is not known. */
static bool
add_entity(struct buf *out, struct slice entity)
{
	static const struct {
		const char *name;
		unsigned char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	uint64_t code;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_is(entity, known[i].name)) {
			buf_add_byte(out, known[i].c);
			return true;
		}
	if (slice_starts(entity, "#x") ? !slice_hex_number(slice_from(entity, 2), 0x10ffff, &code) :
	    !slice_starts(entity, "#") || !slice_number(slice_from(entity, 1), 0x10ffff, &code))
		return false;
	if (code == 0 || (code >= 0xd800 && code < 0xe000))
		return false;
	text_add_code(out, (uint32_t)code);
	return true;
}

#define ENTITY_MAX 10           /* "#x0010ffff" */

void
xml_decode(struct slice raw, struct buf *out)
{
	struct slice near;
	size_t at, end;

	while (raw.n > 0) {
		at = slice_find(raw, 0, '&');
		buf_add(out, slice_sub(raw, 0, at));
		raw = slice_from(raw, at);
		near = slice_sub(raw, 0, ENTITY_MAX + 2);
		end = slice_find(near, 0, ';');
		if (end == near.n || !add_entity(out, slice_sub(near, 1, end - 1))) {
			buf_add(out, slice_sub(raw, 0, 1));
			end = 0;
		}
		raw = slice_from(raw, end + 1);
	}
}

bool
xml_attribute(const struct xml_tag *tag, const char *name, struct buf *out)
{
	struct slice rest = tag->attributes, key, value;
	unsigned char quote;
	size_t end;

	buf_clear(out);
	for (rest = slice_trim(rest); rest.n > 0; rest = slice_trim(rest)) {
		key = slice_sub(rest, 0, name_length(rest));
		rest = slice_trim(slice_from(rest, key.n));
		if (!slice_starts(rest, "=")) {
			/* A lone name, or the "/" of an empty element. */
			rest = key.n == 0 ? slice_from(rest, 1) : rest;
			continue;
		}
		rest = slice_trim(slice_from(rest, 1));
		if (slice_starts(rest, "\"") || slice_starts(rest, "'")) {
			quote = rest.p[0];
			rest = slice_from(rest, 1);
			end = slice_find(rest, 0, quote);
		} else {
			end = name_length(rest);
		}
		value = slice_sub(rest, 0, end);
		rest = slice_from(rest, end < rest.n ? end + 1 : end);
		if (slice_is(key, name)) {
			xml_decode(value, out);
			return true;
		}
	}
	return false;
}
