/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/message_internal.h"

/*
 * Finding the parts of a message (RFC 2046): one pass over the bytes, no
 * recursion, memory bounded by MIME_DEPTH_MAX and MIME_PARTS_MAX.  What lies
 * deeper or behind is part of the body it lies in.
 */
#define WINDOW (1u * MIB)       /* of a message that lies in a file */
#define WINDOW_MIN (256u * KIB)
#define BOUNDARY_MAX 1000u      /* RFC 2046, 5.1.1: 70 */
#define NONE SIZE_MAX

/* What the header of a part says. */
struct entity {
	struct message_part part;
	GMimeContentEncoding encoding;
	struct slice boundary;          /* empty: no multipart */
	bool is_digest, is_message;
};

/* A multipart, or a message inside, whose end was not reached. */
struct level {
	struct entity entity;
	size_t part;            /* NONE: has no number of its own, so is not listed */
	size_t number_n;        /* its number, as the beginning of that of its parts */
	unsigned children;
	bool is_closed;         /* "--boundary--" was seen */
};

struct finder {
	const struct message_handle *handle;
	struct arena *arena;
	struct buf window;      /* of the file, from window_at on */
	uint64_t window_at;
	VEC(struct message_part) parts;
	VEC(GMimeContentEncoding) encodings;
	struct level levels[MIME_DEPTH_MAX];
	size_t depth;
	size_t leaf;            /* the part that is being passed, or NONE */
	struct buf number;
	struct buf inner;
};

/* A line "--boundary". */
struct delimiter {
	uint64_t end;           /* of the body before it */
	uint64_t next;          /* behind the line */
	size_t level;
	bool is_close;
};

/* The bytes from at on: all of them, or of a message in a file at least
 * WINDOW_MIN, where there are as many. */
static struct slice
view(struct finder *f, uint64_t at)
{
	const struct message_handle *h = f->handle;
	struct error ignored = ERROR_NONE;
	uint64_t end = f->window_at + f->window.n;
	size_t n;

	if (h->fd < 0)
		return slice_from(h->raw, (size_t)at);
	if (at < f->window_at || at > end || (end - at < WINDOW_MIN && end < h->size)) {
		n = h->size - at < WINDOW ? (size_t)(h->size - at) : WINDOW;
		buf_clear(&f->window);
		f->window_at = at;
		if (file_read_at(h->fd, at, buf_extend(&f->window, n), n, &ignored) < 0)
			buf_clear(&f->window);
	}
	return slice_from(buf_slice(&f->window), (size_t)(at - f->window_at));
}

/* Does the line, which begins with "--", delimit one of the open multiparts?
 * The innermost counts: outer ones end it, where their line comes first. */
static bool
match_delimiter(const struct finder *f, struct slice line, struct delimiter *out)
{
	struct slice rest, boundary;
	size_t i;

	for (i = f->depth; i-- > 0;) {
		boundary = f->levels[i].entity.boundary;
		if (boundary.n == 0 || f->levels[i].is_closed ||
		    !slice_equal(slice_sub(line, 2, boundary.n), boundary))
			continue;
		rest = slice_from(line, 2 + boundary.n);
		out->level = i;
		out->is_close = slice_starts(rest, "--");
		if (slice_trim(slice_from(rest, out->is_close ? 2 : 0)).n == 0)
			return true;
	}
	return false;
}

static struct slice
first_line(struct slice s)
{
	struct slice line = SLICE_EMPTY;

	slice_line(&s, &line);
	return line;
}

/* Where the next line that begins with "--" begins, behind from. */
static size_t
next_dashes(struct slice v, size_t from)
{
	size_t lf = slice_find_bytes(v, from, SLICE_OF("\n--"));

	return lf < v.n ? lf + 1 : lf;
}

/* The first delimiter from at on, where a line begins. */
static bool
find_delimiter(struct finder *f, uint64_t at, struct delimiter *out)
{
	uint64_t from = at;
	struct slice v, line;
	size_t pos;
	bool is_last;

	for (;;) {
		v = view(f, from);
		is_last = v.n < WINDOW_MIN || from + v.n >= f->handle->size;
		pos = from == at && slice_starts(v, "--") ? 0 : next_dashes(v, 0);
		for (; pos < v.n; pos = next_dashes(v, pos)) {
			/* The end of the window may cut the line: look again. */
			if (!is_last && pos > 2 && v.n - pos < BOUNDARY_MAX + 8)
				break;
			line = first_line(slice_from(v, pos));
			if (!match_delimiter(f, line, out))
				continue;
			out->next = from + pos + line.n;
			/* The line end before a delimiter is a part of it. */
			pos -= from + pos > at;
			pos -= from + pos > at && v.p[pos - 1] == '\r';
			out->end = from + pos;
			return true;
		}
		if (is_last)
			return false;
		/* CR, LF and two dashes may lie across the end. */
		from += pos < v.n ? pos - 2 : v.n - 3;
	}
}

/* ---- The header of a part ---- */

static const char *
lower(char *s)
{
	char *p;

	for (p = s; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return s;
}

static bool
is_token_byte(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* "type/subtype"; anything else is text/plain (RFC 2045, 5.2). */
static const char *
type_of(struct finder *f, struct slice value)
{
	size_t slash, end;

	for (slash = 0; slash < value.n && is_token_byte(value.p[slash]); slash++)
		;
	for (end = slash + 1; end < value.n && is_token_byte(value.p[end]); end++)
		;
	if (slash == 0 || slash >= value.n || value.p[slash] != '/' || end == slash + 1)
		return "text/plain";
	return lower(arena_string_of(f->arena, slice_sub(value, 0, end)));
}

/* A parameter as a person reads it; NULL where there is none. */
static const char *
text_parameter(struct finder *f, struct slice value, const char *name, bool is_token)
{
	struct buf raw = BUF_EMPTY;
	const char *text = NULL;

	if (message_parameter(value, name, is_token, f->arena, &raw))
		text = message_decode_text(buf_slice(&raw), NULL, f->arena);
	buf_free(&raw);
	return text != NULL && *text != '\0' ? text : NULL;
}

static void
read_type(struct finder *f, struct slice value, struct entity *e)
{
	struct buf boundary = BUF_EMPTY;
	size_t end;

	e->part.type = type_of(f, value);
	e->is_message = strcmp(e->part.type, "message/rfc822") == 0 ||
	    strcmp(e->part.type, "message/global") == 0;
	if (slice_find(value, 0, '=') == value.n)
		return;
	for (end = 0; end < value.n && (is_token_byte(value.p[end]) || value.p[end] == '/'); end++)
		;
	value = slice_from(value, end);
	e->part.charset = text_parameter(f, value, "charset", true);
	e->part.name = text_parameter(f, value, "name", false);
	e->is_digest = strcmp(e->part.type, "multipart/digest") == 0;
	if (slice_starts(slice_string(e->part.type), "multipart/") &&
	    message_parameter(value, "boundary", true, f->arena, &boundary) &&
	    boundary.n <= BOUNDARY_MAX)
		e->boundary = arena_copy(f->arena, buf_slice(&boundary));
	buf_free(&boundary);
}

static void
read_disposition(struct finder *f, struct slice value, struct entity *e)
{
	const char *name = text_parameter(f, value, "filename", false);

	if (name != NULL)
		e->part.name = name;
	e->part.is_attachment = slice_starts_nocase(value, "attachment");
}

/* People look for a message inside by its subject and its people. */
static void
keep_inner(struct finder *f, const struct header_field *field)
{
	struct arena a = ARENA_EMPTY;

	if (!slice_equal_nocase(field->name, SLICE_OF("Subject")) &&
	    !slice_equal_nocase(field->name, SLICE_OF("From")) &&
	    !slice_equal_nocase(field->name, SLICE_OF("To")))
		return;
	if (f->inner.n > INDEX_TEXT_MAX)
		return;
	buf_add_string(&f->inner, message_decode_text(field->value, NULL, &a));
	buf_add_byte(&f->inner, '\n');
	arena_free(&a);
}

/*
 * Read the header at at.  Returns the offset of the body; where a delimiter
 * comes before the empty line, the offset of that.  is_inner: of a message
 * inside; default_type: of its kind when it says none.
 */
static uint64_t
read_header(struct finder *f, uint64_t at, bool is_inner, const char *default_type,
    struct entity *e)
{
	struct slice v = view(f, at), rest = v, type = SLICE_EMPTY, disposition = SLICE_EMPTY;
	struct header_field field;
	struct delimiter unused;
	const char *encoding;

	memset(e, 0, sizeof(*e));
	e->encoding = GMIME_CONTENT_ENCODING_DEFAULT;
	while (!(slice_starts(rest, "--") && match_delimiter(f, first_line(rest), &unused)) &&
	    message_next_field(&rest, &field)) {
		if (is_inner)
			keep_inner(f, &field);
		if (!slice_starts_nocase(field.name, "Content-"))
			continue;
		field.name = slice_from(field.name, 8);
		if (type.n == 0 && slice_equal_nocase(field.name, SLICE_OF("Type")))
			type = field.value;
		else if (disposition.n == 0 &&
		    slice_equal_nocase(field.name, SLICE_OF("Disposition")))
			disposition = field.value;
		else if (slice_equal_nocase(field.name, SLICE_OF("Transfer-Encoding"))) {
			encoding = message_clean_line(slice_sub(field.value, 0, 64), f->arena);
			e->encoding = libgmime()->g_mime_content_encoding_from_string(encoding);
		}
	}
	read_type(f, type.n > 0 ? type : slice_string(default_type), e);
	if (disposition.n > 0)
		read_disposition(f, disposition, e);
	return at + (v.n - rest.n);
}

/* ---- The tree ---- */

static bool
is_multipart(const struct entity *e)
{
	return slice_starts(slice_string(e->part.type), "multipart/");
}

/* Add a part with the number that f->number holds; its end is not known yet. */
static size_t
add_part(struct finder *f, const struct entity *e)
{
	struct message_part *p = vec_push(&f->parts);

	*p = e->part;
	p->number = arena_string_of(f->arena, buf_slice(&f->number));
	p->is_attachment = !is_multipart(e) && (p->is_attachment || p->name != NULL ||
	    !slice_starts(slice_string(p->type), "text/"));
	*(GMimeContentEncoding *)vec_push(&f->encodings) = e->encoding;
	return f->parts.n - 1;
}

/* Put the number of the next part inside the innermost level into f->number. */
static void
next_number(struct finder *f)
{
	struct level *top = f->depth > 0 ? &f->levels[f->depth - 1] : NULL;

	buf_truncate(&f->number, top != NULL ? top->number_n : 0);
	buf_add_format(&f->number, f->number.n > 0 ? ".%u" : "%u",
	    top != NULL ? ++top->children : 1);
}

static void
push_level(struct finder *f, const struct entity *e, size_t part)
{
	struct level *l = &f->levels[f->depth++];

	l->entity = *e;
	l->part = part;
	l->number_n = f->number.n;
	l->children = 0;
	l->is_closed = false;
}

static void
set_end(struct message_part *p, uint64_t end)
{
	p->n = end > p->at ? end - p->at : 0;
}

/* What is open above depth ends at end. */
static void
close_levels(struct finder *f, size_t depth, uint64_t end)
{
	struct level *l;
	bool has_parts;

	if (f->leaf != NONE)
		set_end(&f->parts.items[f->leaf], end);
	f->leaf = NONE;
	for (; f->depth > depth; f->depth--) {
		l = &f->levels[f->depth - 1];
		has_parts = l->children > 0;
		/* A multipart without any part is a body like another. */
		if (l->part == NONE && !has_parts) {
			next_number(f);
			l->part = add_part(f, &l->entity);
		}
		if (l->part == NONE)
			continue;
		set_end(&f->parts.items[l->part], end);
		f->parts.items[l->part].is_container = has_parts;
	}
}

/*
 * One part begins at at.  IMAP numbers parts, and neither the multipart that a
 * whole message is nor that of a message inside is one (RFC 9051, 6.4.5).
 * Returns where to look for the next delimiter.
 */
static uint64_t
begin_part(struct finder *f, uint64_t at)
{
	struct level *parent = f->depth > 0 ? &f->levels[f->depth - 1] : NULL;
	bool in_digest = parent != NULL && parent->entity.is_digest, in_message = false;
	struct entity e;
	size_t part;

	for (;;) {
		at = read_header(f, at, in_message, in_digest ? "message/rfc822" : "text/plain", &e);
		e.part.at = at;
		if ((f->depth == 0 || in_message) && e.boundary.n > 0 && f->depth < MIME_DEPTH_MAX) {
			buf_truncate(&f->number, f->depth > 0 ? f->levels[f->depth - 1].number_n : 0);
			if (in_message)
				f->levels[f->depth - 1].children = 1;
			push_level(f, &e, NONE);
			return at;
		}
		next_number(f);
		part = add_part(f, &e);
		if (f->depth == MIME_DEPTH_MAX || f->parts.n >= MIME_PARTS_MAX ||
		    (e.boundary.n == 0 && !e.is_message))
			break;
		/* An encoded message is an attachment like another (RFC 2046, 5.2.1). */
		if (e.is_message && message_is_encoded(e.encoding))
			break;
		push_level(f, &e, part);
		if (!e.is_message)
			return at;
		in_message = true;
		in_digest = false;
	}
	f->leaf = part;
	return at;
}

static void
find_parts(struct finder *f)
{
	struct delimiter d;
	uint64_t at;

	at = begin_part(f, 0);
	while (f->depth > 0 && f->parts.n < MIME_PARTS_MAX && find_delimiter(f, at, &d)) {
		close_levels(f, d.level + 1, d.end);
		at = d.next;
		if (d.is_close)
			f->levels[d.level].is_closed = true;
		else
			at = begin_part(f, at);
	}
	close_levels(f, 0, f->handle->size);
}

void
message_find_parts(struct message *m, struct arena *a)
{
	struct finder *f = mem_alloc(sizeof(*f));
	struct message_handle *h = m->handle;

	f->handle = h;
	f->arena = a;
	f->leaf = NONE;
	find_parts(f);
	m->part_count = f->parts.n;
	m->parts = arena_alloc(a, f->parts.n * sizeof(*m->parts));
	memcpy(m->parts, f->parts.items, f->parts.n * sizeof(*m->parts));
	h->encodings = arena_alloc(a, f->parts.n * sizeof(*h->encodings));
	memcpy(h->encodings, f->encodings.items, f->parts.n * sizeof(*h->encodings));
	h->inner_headers = arena_copy(a, buf_slice(&f->inner));
	vec_free(&f->parts);
	vec_free(&f->encodings);
	buf_free(&f->window);
	buf_free(&f->number);
	buf_free(&f->inner);
	mem_free(f);
}
