/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/mail/message_internal.h"
#include "core/mail/rtf.h"

/*
 * What the parts hold.  A body is read and decoded piece by piece, so that
 * one of any size can be written out.
 */
#define PIECE (256u * KIB)
/* Of one text part this much is looked at: HTML shrinks to a fraction. */
#define BODY_MAX MESSAGE_IN_MEMORY
#define RTF_MAX (4u * MIB)

struct body {
	const struct message_handle *handle;
	uint64_t at, end;
	struct buf piece;
	GMimeEncoding decoder;
	/* Of a part inside another: decoded bytes before it, and of it. */
	bool is_inside;
	uint64_t skip, left;
};

#define BODY_EMPTY { .piece = BUF_EMPTY }

bool
message_is_encoded(GMimeContentEncoding encoding)
{
	return encoding == GMIME_CONTENT_ENCODING_BASE64 ||
	    encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	    encoding == GMIME_CONTENT_ENCODING_UUENCODE;
}

/* Up to PIECE raw bytes at b->at, which stays; empty at the end, and where the
 * file does not give them any more. */
static struct slice
body_peek(struct body *b, struct error *err)
{
	size_t n = b->end - b->at < PIECE ? (size_t)(b->end - b->at) : PIECE;

	if (b->handle->fd < 0)
		return slice_sub(b->handle->raw, (size_t)b->at, n);
	buf_clear(&b->piece);
	if (n > 0 && file_read_at(b->handle->fd, b->at, buf_extend(&b->piece, n), n, err) < 0)
		buf_clear(&b->piece);
	return buf_slice(&b->piece);
}

/* Behind the line "begin 644 name" of a uuencoded body, which the decoder must
 * not see; false where there is none near the beginning. */
static bool
skip_uu_begin(struct body *b)
{
	struct error ignored = ERROR_NONE;
	struct slice all = body_peek(b, &ignored), rest = all, line;

	while (slice_line(&rest, &line)) {
		if (slice_starts(line, "begin ")) {
			b->at += all.n - rest.n;
			return true;
		}
	}
	return false;
}

/* A body that says it is base64 and is prose: a blank stands between words. */
static bool
is_prose(struct body *b)
{
	struct error ignored = ERROR_NONE;
	struct slice rest = body_peek(b, &ignored), line = SLICE_EMPTY;

	while (slice_line(&rest, &line) && (line = slice_trim(line)).n == 0)
		;
	return slice_find(line, 0, ' ') < line.n;
}

static void
body_open(struct body *b, const struct message *m, const struct message_part *p,
    GMimeContentEncoding encoding)
{
	const struct message_part *around = p->is_inside ? &m->parts[p->outer] : p;

	b->handle = m->handle;
	b->at = around->at;
	b->end = b->at + around->n;
	b->is_inside = p->is_inside;
	b->skip = p->at;
	b->left = p->n;
	libgmime()->g_mime_encoding_init_decode(&b->decoder, encoding);
	if (b->decoder.encoding == GMIME_CONTENT_ENCODING_UUENCODE && skip_uu_begin(b))
		b->decoder.state |= GMIME_UUDECODE_STATE_BEGIN;
	else if (b->decoder.encoding == GMIME_CONTENT_ENCODING_UUENCODE ||
	    (b->decoder.encoding == GMIME_CONTENT_ENCODING_BASE64 && is_prose(b)))
		b->decoder.encoding = GMIME_CONTENT_ENCODING_BINARY;
}

/* Of what was decoded behind start keep what is the part's. */
static void
keep_inside(struct body *b, struct buf *out, size_t start)
{
	size_t n = out->n - start, before = b->skip < n ? (size_t)b->skip : n;

	memmove(out->p + start, out->p + start + before, n - before);
	n -= before;
	b->skip -= before;
	if (n > b->left)
		n = (size_t)b->left;
	b->left -= n;
	buf_truncate(out, start + n);
	if (b->left == 0)
		b->at = b->end;
}

/* Append the next piece, decoded.  1, 0 at the end, -1. */
static int
body_next(struct body *b, struct buf *out, struct error *err)
{
	struct slice piece = body_peek(b, err);
	size_t got, start = out->n;

	if (piece.n == 0)
		return b->at < b->end ? -1 : 0;
	b->at += piece.n;
	if (!message_is_encoded(b->decoder.encoding)) {
		buf_add(out, piece);
	} else {
		buf_reserve(out, libgmime()->g_mime_encoding_outlen(&b->decoder, piece.n));
		got = libgmime()->g_mime_encoding_step(&b->decoder, (const char *)piece.p, piece.n,
		    (char *)out->p + out->n);
		buf_extend(out, got);
	}
	if (b->is_inside && out->n > start)
		keep_inside(b, out, start);
	return 1;
}

/* Replace out, which holds compressed RTF, by what that is. */
static void
expand(struct buf *out, size_t start)
{
	struct error ignored = ERROR_NONE;
	struct buf plain = BUF_EMPTY;

	if (rtf_expand(slice_from(buf_slice(out), start), BODY_MAX, &plain, &ignored) == 0) {
		buf_truncate(out, start);
		buf_add(out, buf_slice(&plain));
	}
	buf_free(&plain);
}

static void
add_bytes(const struct message *m, const struct message_part *p, GMimeContentEncoding encoding,
    size_t max, struct buf *out)
{
	struct error ignored = ERROR_NONE;
	struct body b = BODY_EMPTY;
	size_t start = out->n, most = p->is_packed ? BODY_MAX : max;

	body_open(&b, m, p, encoding);
	while (out->n - start < most && body_next(&b, out, &ignored) > 0)
		;
	if (p->is_packed)
		expand(out, start);
	if (out->n - start > max)
		buf_truncate(out, start + max);
	buf_free(&b.piece);
}

void
message_add_part(const struct message *m, size_t part, size_t max, struct buf *out)
{
	add_bytes(m, &m->parts[part], m->handle->encodings[part], max, out);
}

uint64_t
message_part_size(const struct message *m, size_t part)
{
	const struct message_part *p = &m->parts[part];
	struct error ignored = ERROR_NONE;
	struct body b = BODY_EMPTY;
	struct buf plain = BUF_EMPTY;
	uint64_t n = 0;

	if (p->is_packed) {
		message_add_part(m, part, BODY_MAX, &plain);
		n = plain.n;
		buf_free(&plain);
		return n;
	}
	if (p->is_inside || !message_is_encoded(m->handle->encodings[part]))
		return p->n;
	body_open(&b, m, p, m->handle->encodings[part]);
	while (body_next(&b, &plain, &ignored) > 0) {
		n += plain.n;
		buf_clear(&plain);
	}
	buf_free(&plain);
	buf_free(&b.piece);
	return n;
}

int
message_write_part(const struct message *m, size_t part, int fd, struct error *err)
{
	const struct message_part *p = &m->parts[part];
	struct body b = BODY_EMPTY;
	struct buf plain = BUF_EMPTY;
	int rc;

	if (p->is_packed) {
		message_add_part(m, part, BODY_MAX, &plain);
		rc = file_write(fd, buf_slice(&plain), err);
		buf_free(&plain);
		return rc;
	}
	body_open(&b, m, p, m->handle->encodings[part]);
	while ((rc = body_next(&b, &plain, err)) > 0) {
		if ((rc = file_write(fd, buf_slice(&plain), err)) < 0)
			break;
		buf_clear(&plain);
	}
	buf_free(&plain);
	buf_free(&b.piece);
	return rc;
}

/* ---- Text ---- */

/* A multipart in which no part was found reads as text, and so do the reports
 * of bounces and receipts (RFC 3464, RFC 8098). */
static bool
is_text(const struct message_part *p)
{
	return slice_starts(slice_string(p->type), "text/") ||
	    (!p->is_container && slice_starts(slice_string(p->type), "multipart/")) ||
	    strcmp(p->type, "message/delivery-status") == 0 ||
	    strcmp(p->type, "message/disposition-notification") == 0;
}

static bool
is_markup(const char *type)
{
	return strcmp(type, "text/html") == 0 || strcmp(type, "text/xml") == 0 ||
	    strcmp(type, "text/enriched") == 0 || strcmp(type, "text/richtext") == 0;
}

static void
convert(struct buf *out, struct slice s, unsigned codepage)
{
	struct buf label = BUF_EMPTY;

	buf_add_format(&label, codepage == 1252 ? "windows-%u" : "cp%u", codepage);
	charset_add_text(out, s, buf_text(&label));
	buf_free(&label);
}

/* The text of RTF, or of the HTML that is wrapped in it. */
static void
add_rtf(struct slice rtf, size_t max, struct buf *out)
{
	struct buf text = BUF_EMPTY;

	if (rtf_text(slice_sub(rtf, 0, RTF_MAX), convert, BODY_MAX, &text) == RTF_HTML)
		html_add_text(buf_slice(&text), max, out);
	else
		buf_add(out, slice_sub(buf_slice(&text), 0, max));
	buf_free(&text);
}

void
message_add_part_text(const struct message *m, const struct message_part *p,
    GMimeContentEncoding encoding, size_t max, struct buf *out)
{
	bool is_rtf = strcmp(p->type, "text/rtf") == 0, markup = is_rtf || is_markup(p->type);
	size_t raw_max = markup ? BODY_MAX : max;
	struct buf plain = BUF_EMPTY, utf8 = BUF_EMPTY;
	struct slice text;

	/* Most text lies in the message as it is. */
	if (m->handle->fd < 0 && !p->is_inside && !message_is_encoded(encoding)) {
		text = slice_sub(m->handle->raw, (size_t)p->at, p->n < raw_max ? (size_t)p->n : raw_max);
	} else {
		add_bytes(m, p, encoding, raw_max, &plain);
		text = buf_slice(&plain);
	}
	if (is_rtf) {
		add_rtf(text, max, out);
	} else if (markup) {
		charset_add_text(&utf8, text, p->charset);
		html_add_text(buf_slice(&utf8), max, out);
	} else {
		charset_add_text(out, text, p->charset);
	}
	buf_free(&plain);
	buf_free(&utf8);
}

void
message_cut_text(struct buf *out, size_t start, size_t max)
{
	size_t n;

	if (out->n - start <= max)
		return;
	for (n = start + max; n > start && (out->p[n] & 0xc0) == 0x80; n--)
		;
	buf_truncate(out, n);
}

void
message_add_text(const struct message *m, bool bodies_only, size_t max, struct buf *out)
{
	size_t start = out->n, i;

	for (i = 0; i < m->part_count && out->n - start < max; i++) {
		if (m->parts[i].is_container || !is_text(&m->parts[i]) ||
		    (bodies_only && m->parts[i].is_attachment))
			continue;
		if (out->n > start && out->p[out->n - 1] != '\n')
			buf_add_byte(out, '\n');
		message_add_part_text(m, &m->parts[i], m->handle->encodings[i],
		    max - (out->n - start), out);
	}
	if (!bodies_only) {
		if (out->n > start && out->p[out->n - 1] != '\n')
			buf_add_byte(out, '\n');
		buf_add(out, m->handle->inner_headers);
	}
	message_cut_text(out, start, max);
}
