/* SPDX-License-Identifier: MIT */
#include "backends/formats/emparts.h"

#include <string.h>

#include "backends/formats/mapimime.h"
#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/mail/header.h"

#define DEPTH_MAX 32u
#define LINE_WIDTH 76u

struct building {
	const struct em_part *parts;
	size_t n;
	struct buf *out;
	const char *eol;
	bool has_body;          /* of any part */
};

/* ---- What a part is ---- */

/* Is the part called name right below prefix: "2.1" below "2", "2" below ""? */
static bool
is_below(struct slice name, struct slice prefix)
{
	if (prefix.n > 0) {
		if (name.n <= prefix.n + 1 || !slice_equal(slice_sub(name, 0, prefix.n), prefix) ||
		    name.p[prefix.n] != '.')
			return false;
		name = slice_from(name, prefix.n + 1);
	}
	return name.n > 0 && slice_find(name, 0, '.') == name.n && !slice_is(name, "TEXT");
}

static const struct em_part *
part_called(const struct building *b, struct slice prefix, const char *name)
{
	struct buf whole = BUF_EMPTY;
	const struct em_part *found = NULL;
	size_t i;

	buf_add(&whole, prefix);
	if (prefix.n > 0)
		buf_add_byte(&whole, '.');
	buf_add_string(&whole, name);
	for (i = 0; i < b->n && found == NULL; i++) {
		if (slice_equal(slice_string(b->parts[i].name), buf_slice(&whole)))
			found = &b->parts[i];
	}
	buf_free(&whole);
	return found;
}

static struct slice
field_value(struct slice header, const char *name)
{
	struct header_field field;

	return header_find(header, name, &field) ? field.value : SLICE_EMPTY;
}

/* The boundary that a multipart's header names, or nothing. */
static struct slice
boundary_of(struct slice header)
{
	struct slice type = field_value(header, "Content-Type"), rest;
	size_t i;

	if (!slice_starts_nocase(type, "multipart/"))
		return SLICE_EMPTY;
	for (i = 0; i < type.n; i++) {
		rest = slice_from(type, i);
		if (slice_starts_nocase(rest, "boundary="))
			break;
	}
	if (i == type.n)
		return SLICE_EMPTY;
	rest = slice_from(rest, strlen("boundary="));
	if (slice_starts(rest, "\""))
		return slice_sub(rest, 1, slice_find(rest, 1, '"') - 1);
	for (i = 0; i < rest.n && rest.p[i] > ' ' && rest.p[i] != ';'; i++)
		;
	return slice_sub(rest, 0, i);
}

/* ---- Bodies ---- */

static bool
is_base64(struct slice body)
{
	struct slice rest = body, line;
	bool ended = false;

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n == 0)
			continue;
		if (ended || line.n % 4 != 0)
			return false;
		while (line.n > 0 && line.p[line.n - 1] == '=') {
			ended = true;
			line.n--;
		}
		if (base64_span(line) != line.n)
			return false;
	}
	return true;
}

static bool
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool
is_quoted_printable(struct slice body)
{
	size_t i;

	for (i = 0; i < body.n; i++) {
		if (body.p[i] >= 0x80 || (body.p[i] == '=' && !(i + 2 < body.n &&
		    is_hex(body.p[i + 1]) && is_hex(body.p[i + 2])) &&
		    !slice_starts(slice_from(body, i + 1), "\n") &&
		    !slice_starts(slice_from(body, i + 1), "\r\n")))
			return false;
	}
	return true;
}

/* Lines of a text that end in LF, with the message's line ends. */
static void
add_lines(struct building *b, struct slice text)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		buf_add(b->out, slice_chomp(line));
		buf_add_string(b->out, b->eol);
	}
}

/* As the header says that it is encoded. */
static void
add_body(struct building *b, struct slice header, struct slice body)
{
	struct slice encoding = field_value(header, "Content-Transfer-Encoding");
	struct buf encoded = BUF_EMPTY;

	b->has_body |= body.n > 0;
	if (slice_equal_nocase(encoding, SLICE_OF("base64")) && !is_base64(body)) {
		base64_encode_lines(body, LINE_WIDTH, b->eol, b->out);
		buf_add_string(b->out, b->eol);
	} else if (slice_equal_nocase(encoding, SLICE_OF("quoted-printable")) &&
	    !is_quoted_printable(body)) {
		mime_add_quoted(&encoded, body);
		add_lines(b, buf_slice(&encoded));
		buf_free(&encoded);
	} else {
		buf_add(b->out, body);
	}
}

/* ---- The tree ---- */

/* The header without the lines that end it, and one that does. */
static void
add_header(struct building *b, struct slice header)
{
	struct slice all = slice_sub(header, 0, header_end(header));

	while (all.n > 0 && (all.p[all.n - 1] == '\n' || all.p[all.n - 1] == '\r'))
		all.n--;
	if (all.n > 0) {
		buf_add(b->out, all);
		buf_add_string(b->out, b->eol);
	}
	buf_add_string(b->out, b->eol);
}

static void add_message(struct building *b, struct slice prefix, unsigned depth);

static void
begin_line(struct building *b, size_t from)
{
	if (b->out->n > from && b->out->p[b->out->n - 1] != '\n')
		buf_add_string(b->out, b->eol);
}

static void add_content(struct building *b, const struct em_part *part, struct slice prefix,
    unsigned depth);

static void
add_parts(struct building *b, struct slice prefix, struct slice boundary, unsigned depth)
{
	size_t i, start = b->out->n;

	for (i = 0; i < b->n; i++) {
		const struct em_part *part = &b->parts[i];

		if (!is_below(slice_string(part->name), prefix))
			continue;
		begin_line(b, start);
		buf_add_string(b->out, "--");
		buf_add(b->out, boundary);
		buf_add_string(b->out, b->eol);
		add_header(b, part->header);
		add_content(b, part, slice_string(part->name), depth + 1);
	}
	begin_line(b, start);
	buf_add_string(b->out, "--");
	buf_add(b->out, boundary);
	buf_add_string(b->out, "--");
	buf_add_string(b->out, b->eol);
}

/* What stands behind the header of a part. */
static void
add_content(struct building *b, const struct em_part *part, struct slice prefix, unsigned depth)
{
	struct slice boundary = boundary_of(part->header);

	if (depth < DEPTH_MAX && boundary.n > 0 && part->body.n == 0)
		add_parts(b, prefix, boundary, depth);
	else if (depth < DEPTH_MAX && part->body.n == 0 && prefix.n > 0 &&
	    part_called(b, prefix, "TEXT") != NULL && part_called(b, prefix, "TEXT") != part)
		add_message(b, prefix, depth + 1);
	else
		add_body(b, part->header, part->body);
}

/* A message: the part TEXT has its header, and may have all of it. */
static void
add_message(struct building *b, struct slice prefix, unsigned depth)
{
	const struct em_part *top = part_called(b, prefix, "TEXT"), *only;
	struct em_part whole;
	size_t i;

	for (i = 0; top == NULL && i < b->n; i++)
		top = is_below(slice_string(b->parts[i].name), prefix) ? &b->parts[i] : NULL;
	if (top == NULL)
		return;
	if (header_end(top->header) < top->header.n && top->body.n == 0) {
		buf_add(b->out, top->header);
		b->has_body = true;
		return;
	}
	add_header(b, top->header);
	whole = *top;
	only = part_called(b, prefix, "1");
	if (whole.body.n == 0 && boundary_of(whole.header).n == 0 && only != NULL)
		whole.body = only->body;
	add_content(b, &whole, prefix, depth);
}

bool
em_message_build(const struct em_part *parts, size_t n, struct buf *out)
{
	struct building b = { .parts = parts, .n = n, .out = out, .eol = "\r\n" };
	const struct em_part *top = part_called(&b, SLICE_EMPTY, "TEXT");
	size_t lf;

	buf_clear(out);
	if (top == NULL && n > 0)
		top = &parts[0];
	if (top != NULL) {
		lf = slice_find(top->header, 0, '\n');
		if (lf > 0 && lf < top->header.n && top->header.p[lf - 1] != '\r')
			b.eol = "\n";
	}
	add_message(&b, SLICE_EMPTY, 0);
	return b.has_body;
}
