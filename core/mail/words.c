/* SPDX-License-Identifier: MIT */
#include "core/mail/message_internal.h"

/*
 * Encoded words (RFC 2047): "=?charset?B?text?=".  Decoded here and not by
 * GMime, which drops what follows a word of base64 that ends in padding
 * (3.2.13), and nearly every long subject is a row of such words.
 */
#define CHARSET_MAX 64u

struct word {
	struct slice charset, text;
	bool is_base64;
	size_t n;               /* all of it */
};

/* Words of one charset behind one another: a character may begin in one and
 * end in the next, so their bytes are joined before they are converted. */
struct row {
	struct slice charset;
	struct buf bytes;
	int state;              /* of base64, which some writers cut anywhere */
	guint32 save;
};

/* The word that s, which begins with "=?", begins with.  Blanks in the text
 * are not allowed, and are written. */
static bool
read_word(struct slice s, struct word *out)
{
	size_t charset = slice_find(slice_sub(s, 0, CHARSET_MAX), 2, '?'), from = charset + 3, i;

	if (charset == 2 || from >= s.n || s.p[charset] != '?' || s.p[charset + 2] != '?' ||
	    strchr("BbQq", s.p[charset + 1]) == NULL)
		return false;
	for (i = from; i + 1 < s.n; i++) {
		if (s.p[i] == '?' && s.p[i + 1] == '=') {
			out->charset = slice_sub(s, 2, charset - 2);
			/* RFC 2231, 5: "charset*language". */
			out->charset.n = slice_find(out->charset, 0, '*');
			out->text = slice_sub(s, from, i - from);
			out->is_base64 = (s.p[charset + 1] | 0x20) == 'b';
			out->n = i + 2;
			return out->charset.n > 0;
		}
		/* Another begins: this one has no end.  Looking on would make
		 * a value full of beginnings quadratic. */
		if (s.p[i] == '=' && s.p[i + 1] == '?' && (i + 2 == s.n || s.p[i + 2] != '='))
			return false;
	}
	return false;
}

static void
add_q(struct buf *out, struct slice text)
{
	uint64_t byte;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] == '=' && text.n - i > 2 &&
		    slice_hex_number(slice_sub(text, i + 1, 2), 255, &byte)) {
			buf_add_byte(out, (unsigned char)byte);
			i += 2;
		} else {
			buf_add_byte(out, text.p[i] == '_' ? ' ' : text.p[i]);
		}
	}
}

static void
row_add(struct row *r, const struct word *w)
{
	size_t got;

	r->charset = w->charset;
	if (!w->is_base64) {
		add_q(&r->bytes, w->text);
		r->state = 0;
		return;
	}
	buf_reserve(&r->bytes, w->text.n + 3);
	got = libgmime()->g_mime_encoding_base64_decode_step(w->text.p, w->text.n,
	    r->bytes.p + r->bytes.n, &r->state, &r->save);
	buf_extend(&r->bytes, got);
	if (slice_ends(w->text, "="))
		r->state = 0;
	if (r->state == 0)
		r->save = 0;
}

static void
row_end(struct row *r, struct buf *out)
{
	char name[CHARSET_MAX + 1];

	memcpy(name, r->charset.p, r->charset.n);
	name[r->charset.n] = '\0';
	charset_add_text(out, buf_slice(&r->bytes), name);
	buf_clear(&r->bytes);
	r->charset = SLICE_EMPTY;
	r->state = 0;
	r->save = 0;
}

void
message_add_words(struct buf *out, struct slice s)
{
	struct row row = { .bytes = BUF_EMPTY };
	struct slice between;
	struct word w = { .n = 0 };
	size_t at = 0, from = 0;
	bool is_open, is_blank;

	for (;;) {
		at = slice_find_bytes(s, at, SLICE_OF("=?"));
		if (at < s.n && !read_word(slice_from(s, at), &w)) {
			at += 2;
			continue;
		}
		between = slice_sub(s, from, at - from);
		/* Blanks between two words are not text. */
		is_open = row.charset.n > 0;
		is_blank = at < s.n && slice_trim(between).n == 0;
		if (is_open && !(is_blank && slice_equal_nocase(row.charset, w.charset)))
			row_end(&row, out);
		if (!is_open || !is_blank)
			buf_add(out, between);
		if (at == s.n)
			break;
		row_add(&row, &w);
		at = from = at + w.n;
	}
	buf_free(&row.bytes);
}
