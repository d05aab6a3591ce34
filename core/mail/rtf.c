/* SPDX-License-Identifier: MIT */
#include "core/mail/rtf.h"

#include <stdint.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/vec.h"

/* ---- Compression ---- */

#define WINDOW 4096u
#define PACKED 0x75465a4cu      /* "LZFu" */
#define STORED 0x414c454du      /* "MELA" */

/* What the window holds at the beginning. */
static const char preset[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

_Static_assert(sizeof(preset) - 1 == 207, "the window begins with 207 bytes");

static void
expand(struct cursor *c, size_t max, struct buf *out)
{
	unsigned char window[WINDOW] = { 0 };
	unsigned at = sizeof(preset) - 1, flags, bit, from, n;
	uint16_t reference;

	memcpy(window, preset, sizeof(preset) - 1);
	while (c->n > 0) {
		flags = cursor_byte(c);
		for (bit = 0; bit < 8 && c->n > 0 && out->n < max; bit++) {
			if ((flags & 1u << bit) == 0) {
				window[at] = cursor_byte(c);
				buf_add_byte(out, window[at]);
				at = (at + 1) % WINDOW;
				continue;
			}
			reference = cursor_be16(c);
			from = reference >> 4;
			if (c->bad || from == at)
				return;
			for (n = (reference & 15u) + 2; n > 0; n--) {
				window[at] = window[from];
				buf_add_byte(out, window[at]);
				at = (at + 1) % WINDOW;
				from = (from + 1) % WINDOW;
			}
		}
		if (out->n >= max)
			return;
	}
}

int
rtf_expand(struct slice packed, size_t max, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(packed);
	uint32_t plain, kind;

	buf_clear(out);
	cursor_le32(&c);
	plain = cursor_le32(&c);
	kind = cursor_le32(&c);
	cursor_le32(&c);
	if (c.bad || (kind != PACKED && kind != STORED))
		return fail(err, ERR_FORMAT, "its RTF is damaged");
	if (plain < max)
		max = plain;
	if (kind == STORED)
		buf_add(out, slice_sub(slice_of(c.p, c.n), 0, max));
	else
		expand(&c, max, out);
	buf_truncate(out, out->n < max ? out->n : max);
	return 0;
}

/* ---- Unwrapping ---- */

#define DEPTH_MAX 256u
#define FONTS_MAX 4096u

struct group {
	bool is_skipped;        /* a destination that holds no text */
	bool is_rtf_only;       /* \htmlrtf */
	bool is_fonts;          /* the table of fonts */
	unsigned fallbacks;     /* \uc: how many characters follow a \u */
	unsigned codepage;
};

struct font {
	unsigned number, codepage;
};

struct unwrap {
	struct slice rest;
	rtf_convert *convert;
	size_t max;
	struct buf *out;
	enum rtf_kind kind;
	struct group groups[DEPTH_MAX];
	unsigned depth, too_deep;
	unsigned codepage;      /* \ansicpg */
	unsigned skip;          /* fallback characters to pass over */
	uint32_t high;          /* first half of a surrogate pair */
	bool is_starred;        /* \* was the last word */
	unsigned font;          /* in the table of fonts */
	VEC(struct font) fonts;
	struct buf run;         /* bytes in the code page of the group */
};

static struct group *
top(struct unwrap *u)
{
	return &u->groups[u->depth];
}

static bool
is_quiet(struct unwrap *u)
{
	return top(u)->is_skipped || top(u)->is_rtf_only || u->too_deep > 0;
}

static void
flush(struct unwrap *u)
{
	if (u->run.n > 0 && u->out->n < u->max)
		u->convert(u->out, buf_slice(&u->run), top(u)->codepage);
	buf_clear(&u->run);
}

static void
put_byte(struct unwrap *u, unsigned char byte)
{
	if (u->skip > 0)
		u->skip--;
	else if (!is_quiet(u))
		buf_add_byte(&u->run, byte);
}

static void
put_code(struct unwrap *u, uint32_t code)
{
	flush(u);
	if (is_quiet(u) || u->out->n >= u->max)
		return;
	if (code >= 0xd800 && code < 0xdc00) {
		u->high = code;
		return;
	}
	if (code >= 0xdc00 && code < 0xe000)
		code = u->high ? 0x10000 + ((u->high - 0xd800) << 10) + (code - 0xdc00) : 0xfffd;
	u->high = 0;
	text_add_code(u->out, code);
}

/* \fcharset ([MS-RTF]), as code pages. */
static unsigned
codepage_of_charset(unsigned charset, unsigned otherwise)
{
	static const struct {
		unsigned charset, codepage;
	} known[] = {
		{ 0, 1252 }, { 77, 10000 }, { 128, 932 }, { 129, 949 }, { 130, 1361 }, { 134, 936 },
		{ 136, 950 }, { 161, 1253 }, { 162, 1254 }, { 163, 1258 }, { 177, 1255 },
		{ 178, 1256 }, { 186, 1257 }, { 204, 1251 }, { 222, 874 }, { 238, 1250 },
		{ 254, 437 }, { 255, 850 },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].charset == charset)
			return known[i].codepage;
	}
	return otherwise;
}

static void
choose_font(struct unwrap *u, unsigned number)
{
	size_t i;

	for (i = 0; i < u->fonts.n; i++) {
		if (u->fonts.items[i].number == number) {
			top(u)->codepage = u->fonts.items[i].codepage;
			return;
		}
	}
	top(u)->codepage = u->codepage;
}

static void
add_font(struct unwrap *u, unsigned charset)
{
	struct font *font;

	if (u->fonts.n >= FONTS_MAX)
		return;
	font = vec_push(&u->fonts);
	font->number = u->font;
	font->codepage = codepage_of_charset(charset, u->codepage);
}

/* Words that are characters. */
static uint32_t
code_of_word(struct slice word)
{
	static const struct {
		const char *word;
		uint32_t code;
	} words[] = {
		{ "par", '\n' }, { "line", '\n' }, { "tab", '\t' }, { "lquote", 0x2018 },
		{ "rquote", 0x2019 }, { "ldblquote", 0x201c }, { "rdblquote", 0x201d },
		{ "bullet", 0x2022 }, { "endash", 0x2013 }, { "emdash", 0x2014 },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_is(word, words[i].word))
			return words[i].code;
	}
	return 0;
}

static bool
is_destination(struct slice word)
{
	static const char *const words[] = { "colortbl", "stylesheet", "info", "pntext", "pict",
		"header", "footer", "headerl", "headerr", "headerf", "footerl", "footerr", "footerf",
		"object", "footnote", "filetbl", "listtable", "xe", "tc" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_is(word, words[i]))
			return true;
	}
	return false;
}

static void
take_word(struct unwrap *u, struct slice word, bool has_number, int64_t number)
{
	uint32_t code = code_of_word(word);
	bool starred = u->is_starred;

	u->is_starred = false;
	if (slice_is(word, "u")) {
		u->skip = 0;
		put_code(u, (uint32_t)(number < 0 ? number + 65536 : number) & 0x1fffff);
		u->skip = top(u)->fallbacks;
		return;
	}
	flush(u);
	if (code != 0)
		put_code(u, code);
	else if (slice_is(word, "htmlrtf"))
		top(u)->is_rtf_only = !has_number || number != 0;
	else if (slice_is(word, "htmltag"))
		top(u)->is_skipped = top(u)->is_skipped || u->kind != RTF_HTML;
	else if (starred || is_destination(word))
		top(u)->is_skipped = true;
	else if (slice_is(word, "fonttbl"))
		top(u)->is_skipped = top(u)->is_fonts = true;
	else if (slice_is(word, "f") && top(u)->is_fonts)
		u->font = (unsigned)number;
	else if (slice_is(word, "fcharset") && top(u)->is_fonts)
		add_font(u, (unsigned)number);
	else if (slice_is(word, "f"))
		choose_font(u, (unsigned)number);
	else if (slice_is(word, "plain"))
		top(u)->codepage = u->codepage;
	else if (slice_is(word, "ansicpg") && number > 0)
		u->codepage = top(u)->codepage = (unsigned)number;
	else if (slice_is(word, "uc") && number >= 0 && number < 16)
		top(u)->fallbacks = (unsigned)number;
	else if (slice_is(word, "bin") && number > 0)
		u->rest = slice_from(u->rest, (size_t)number);
	else if (slice_is(word, "fromhtml"))
		u->kind = RTF_HTML;
	else if (slice_is(word, "fromtext"))
		u->kind = RTF_TEXT;
}

static unsigned
hex_value(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - 0u - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10u :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10u : 16u;
}

static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Behind a backslash. */
static void
take_control(struct unwrap *u)
{
	struct slice word;
	unsigned char c = u->rest.p[0];
	int64_t number = 0;
	size_t n = 0, digits;
	bool negative;

	if (!is_letter(c)) {
		u->rest = slice_from(u->rest, 1);
		if (c == '\'' && u->rest.n >= 2 && hex_value(u->rest.p[0]) < 16 &&
		    hex_value(u->rest.p[1]) < 16) {
			put_byte(u, (unsigned char)(hex_value(u->rest.p[0]) << 4 |
			    hex_value(u->rest.p[1])));
			u->rest = slice_from(u->rest, 2);
		} else if (c == '*') {
			u->is_starred = true;
		} else if (c == '~') {
			put_code(u, 0xa0);
		} else if (c == '_') {
			put_code(u, 0x2011);
		} else if (c == '\n' || c == '\r') {
			put_code(u, '\n');
		} else if (c == '{' || c == '}' || c == '\\') {
			put_byte(u, c);
		}
		return;
	}
	while (n < u->rest.n && is_letter(u->rest.p[n]))
		n++;
	word = slice_sub(u->rest, 0, n);
	u->rest = slice_from(u->rest, n);
	negative = u->rest.n > 0 && u->rest.p[0] == '-';
	n = negative;
	for (digits = 0; n < u->rest.n && u->rest.p[n] >= '0' && u->rest.p[n] <= '9' && digits < 10;
	    n++, digits++)
		number = number * 10 + (u->rest.p[n] - '0');
	if (digits > 0) {
		u->rest = slice_from(u->rest, n);
		number = negative ? -number : number;
	}
	if (u->rest.n > 0 && u->rest.p[0] == ' ')
		u->rest = slice_from(u->rest, 1);
	take_word(u, word, digits > 0, number);
}

static void
open_group(struct unwrap *u)
{
	flush(u);
	u->skip = 0;
	if (u->too_deep > 0 || u->depth + 1 == DEPTH_MAX) {
		u->too_deep++;
		return;
	}
	u->groups[u->depth + 1] = u->groups[u->depth];
	u->depth++;
}

static void
close_group(struct unwrap *u)
{
	flush(u);
	u->skip = 0;
	if (u->too_deep > 0)
		u->too_deep--;
	else if (u->depth > 0)
		u->depth--;
}

/* Whether it is wrapped says its head. */
static bool
is_wrapped(struct slice rtf)
{
	struct slice head = slice_sub(rtf, 0, 2048);

	return slice_starts(rtf, "{\\rtf") &&
	    (slice_find_bytes(head, 0, SLICE_OF("\\fromhtml")) < head.n ||
	    slice_find_bytes(head, 0, SLICE_OF("\\fromtext")) < head.n);
}

enum rtf_kind
rtf_unwrap(struct slice rtf, rtf_convert *convert, size_t max, struct buf *out)
{
	buf_clear(out);
	return is_wrapped(rtf) ? rtf_text(rtf, convert, max, out) : RTF_OTHER;
}

enum rtf_kind
rtf_text(struct slice rtf, rtf_convert *convert, size_t max, struct buf *out)
{
	struct unwrap *u = mem_alloc(sizeof(*u));
	enum rtf_kind kind;
	unsigned char c;

	buf_clear(out);
	u->rest = rtf;
	u->convert = convert;
	u->max = max;
	u->out = out;
	u->codepage = 1252;
	u->groups[0] = (struct group){ .fallbacks = 1, .codepage = 1252 };
	while (u->rest.n > 0 && out->n < max) {
		c = u->rest.p[0];
		u->rest = slice_from(u->rest, 1);
		if (c == '\\' && u->rest.n > 0)
			take_control(u);
		else if (c == '{')
			open_group(u);
		else if (c == '}')
			close_group(u);
		else if (c != '\r' && c != '\n' && c != '\0')
			put_byte(u, c);
	}
	flush(u);
	kind = u->kind;
	vec_free(&u->fonts);
	buf_free(&u->run);
	mem_free(u);
	return kind;
}
