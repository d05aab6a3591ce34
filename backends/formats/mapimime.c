/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapimime.h"

#include <stdbool.h>

#include "core/base/base64.h"
#include "core/base/text.h"

#define LINE 76u
#define WORD_BYTES 45u          /* of one encoded word: 75 characters in all */

static bool
is_plain(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x7f || (s.p[i] < 0x20 && s.p[i] != '\t'))
			return false;
	}
	return slice_find_bytes(s, 0, SLICE_OF("=?")) == s.n;
}

/* Controls, line ends above all, are blanks; blanks at the ends go. */
static void
clean(struct buf *out, struct slice s)
{
	size_t from = out->n, i;

	text_add_utf8(out, slice_trim(s));
	for (i = from; i < out->n; i++) {
		if (out->p[i] < 0x20 || out->p[i] == 0x7f)
			out->p[i] = ' ';
	}
}

/* Cut off *rest as many whole characters as fit into max bytes. */
static struct slice
take_characters(struct slice *rest, size_t max)
{
	size_t n = rest->n < max ? rest->n : max;
	struct slice taken;

	while (n > 0 && n < rest->n && (rest->p[n] & 0xc0) == 0x80)
		n--;
	taken = slice_sub(*rest, 0, n > 0 ? n : max);
	*rest = slice_from(*rest, taken.n);
	return taken;
}

/* The first word fits behind what stands on the line, if a few characters do. */
static void
add_words(struct buf *out, size_t column, struct slice utf8)
{
	size_t room = column + 28 < LINE ? (LINE - column - 12) / 4 * 3 : WORD_BYTES;

	while (utf8.n > 0) {
		buf_add_string(out, "=?UTF-8?B?");
		base64_encode(take_characters(&utf8, room < WORD_BYTES ? room : WORD_BYTES), out);
		buf_add_string(out, utf8.n > 0 ? "?=\n " : "?=");
		room = WORD_BYTES;
	}
}

/* Fold at blanks; a blank is kept on its line's beginning. */
static void
add_folded(struct buf *out, size_t column, struct slice text)
{
	size_t next;

	while (text.n > 0) {
		next = text.n > 1 ? slice_find(text, 1, ' ') : text.n;
		if (column + next > LINE && text.p[0] == ' ' && column > 1) {
			buf_add_byte(out, '\n');
			column = 0;
		}
		buf_add(out, slice_sub(text, 0, next));
		column += next;
		text = slice_from(text, next);
	}
}

void
mime_add_field(struct buf *out, const char *name, struct slice utf8)
{
	struct buf value = BUF_EMPTY;
	size_t from = out->n;

	clean(&value, utf8);
	buf_add_format(out, "%s: ", name);
	if (is_plain(buf_slice(&value)))
		add_folded(out, out->n - from, buf_slice(&value));
	else
		add_words(out, out->n - from, buf_slice(&value));
	buf_add_byte(out, '\n');
	buf_free(&value);
}

void
mime_add_raw_field(struct buf *out, const char *name, struct slice text)
{
	struct buf value = BUF_EMPTY;
	size_t from = out->n;

	clean(&value, text);
	buf_add_format(out, "%s: ", name);
	add_folded(out, out->n - from, buf_slice(&value));
	buf_add_byte(out, '\n');
	buf_free(&value);
}

static void
add_quoted_string(struct buf *out, struct slice s)
{
	size_t i;

	buf_add_byte(out, '"');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, s.p[i]);
	}
	buf_add_byte(out, '"');
}

void
mime_add_address(struct buf *out, struct slice name, struct slice address)
{
	struct buf value = BUF_EMPTY;
	size_t i;

	clean(&value, name);
	if (value.n > 0 && is_plain(buf_slice(&value)))
		add_quoted_string(out, buf_slice(&value));
	else
		add_words(out, LINE, buf_slice(&value));
	if (value.n > 0)
		buf_add_byte(out, ' ');
	buf_clear(&value);
	clean(&value, address);
	buf_add_byte(out, '<');
	for (i = 0; i < value.n; i++) {
		if (value.p[i] != '<' && value.p[i] != '>' && value.p[i] != ' ')
			buf_add_byte(out, value.p[i]);
	}
	buf_add_byte(out, '>');
	buf_free(&value);
}

void
mime_add_parameter(struct buf *out, const char *name, struct slice utf8)
{
	static const char safe[] = "!#$&+-.^_`{|}~";
	struct buf value = BUF_EMPTY;
	size_t i;

	clean(&value, utf8);
	if (is_plain(buf_slice(&value))) {
		buf_add_format(out, ";\n %s=", name);
		add_quoted_string(out, buf_slice(&value));
	} else {
		buf_add_format(out, ";\n %s*=UTF-8''", name);
		for (i = 0; i < value.n; i++) {
			unsigned char c = value.p[i];

			if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z') || memchr(safe, c, sizeof(safe) - 1))
				buf_add_byte(out, c);
			else
				buf_add_format(out, "%%%02X", c);
		}
	}
	buf_free(&value);
}

void
mime_add_date(struct buf *out, int64_t seconds)
{
	static const char days[] = "ThuFriSatSunMonTueWed";     /* 1970 began on a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t day = seconds / 86400 - (seconds % 86400 < 0);
	struct buf text = BUF_EMPTY;
	uint64_t month = 1;

	text_add_time(&text, seconds);  /* 2026-11-23T02:00:04Z */
	slice_number(slice_sub(buf_slice(&text), 5, 2), 12, &month);
	buf_add_format(out, "%.3s, %.2s %.3s %.4s %.8s +0000", days + 3 * (((day % 7) + 7) % 7),
	    buf_text(&text) + 8, months + 3 * (month - 1), buf_text(&text), buf_text(&text) + 11);
	buf_free(&text);
}

/* Does the byte at i end its line? */
static bool
at_line_end(struct slice s, size_t i)
{
	return i + 1 == s.n || s.p[i + 1] == '\n' ||
	    (s.p[i + 1] == '\r' && i + 2 < s.n && s.p[i + 2] == '\n');
}

void
mime_add_quoted(struct buf *out, struct slice text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0, i;

	for (i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];
		bool is_escaped = c == '=' || c >= 0x7f || (c < 0x20 && c != '\t') ||
		    ((c == ' ' || c == '\t') && at_line_end(text, i)) ||
		    (c == 'F' && column == 0 && slice_starts(slice_from(text, i), "From ")) ||
		    (c == '.' && column == 0);

		if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		if (c == '\n') {
			buf_add_byte(out, '\n');
			column = 0;
			continue;
		}
		if (column + (is_escaped ? 3 : 1) > LINE - 1) {
			buf_add_string(out, "=\n");
			column = 0;
		}
		if (is_escaped) {
			buf_add_byte(out, '=');
			buf_add_byte(out, (unsigned char)hex[c >> 4]);
			buf_add_byte(out, (unsigned char)hex[c & 15]);
		} else {
			buf_add_byte(out, c);
		}
		column += is_escaped ? 3 : 1;
	}
	if (column > 0)
		buf_add_byte(out, '\n');
}
