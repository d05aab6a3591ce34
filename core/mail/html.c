/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/mail/message_internal.h"

#define NAME_MAX_LENGTH 11u

/*
 * Names in the order of strcmp(), each the first member of its row, so that
 * one comparison serves both tables.
 */
static const struct entity {
	char name[NAME_MAX_LENGTH + 1];
	uint16_t code;
} entities[] = {        /* HTML 4.01, 24, and apos */
	{ "AElig", 0xc6 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 }, { "Agrave", 0xc0 },
	{ "Alpha", 0x391 }, { "Aring", 0xc5 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 },
	{ "Beta", 0x392 }, { "Ccedil", 0xc7 }, { "Chi", 0x3a7 }, { "Dagger", 0x2021 },
	{ "Delta", 0x394 }, { "ETH", 0xd0 }, { "Eacute", 0xc9 }, { "Ecirc", 0xca },
	{ "Egrave", 0xc8 }, { "Epsilon", 0x395 }, { "Eta", 0x397 }, { "Euml", 0xcb },
	{ "Gamma", 0x393 }, { "Iacute", 0xcd }, { "Icirc", 0xce }, { "Igrave", 0xcc },
	{ "Iota", 0x399 }, { "Iuml", 0xcf }, { "Kappa", 0x39a }, { "Lambda", 0x39b },
	{ "Mu", 0x39c }, { "Ntilde", 0xd1 }, { "Nu", 0x39d }, { "OElig", 0x152 },
	{ "Oacute", 0xd3 }, { "Ocirc", 0xd4 }, { "Ograve", 0xd2 }, { "Omega", 0x3a9 },
	{ "Omicron", 0x39f }, { "Oslash", 0xd8 }, { "Otilde", 0xd5 }, { "Ouml", 0xd6 },
	{ "Phi", 0x3a6 }, { "Pi", 0x3a0 }, { "Prime", 0x2033 }, { "Psi", 0x3a8 },
	{ "Rho", 0x3a1 }, { "Scaron", 0x160 }, { "Sigma", 0x3a3 }, { "THORN", 0xde },
	{ "Tau", 0x3a4 }, { "Theta", 0x398 }, { "Uacute", 0xda }, { "Ucirc", 0xdb },
	{ "Ugrave", 0xd9 }, { "Upsilon", 0x3a5 }, { "Uuml", 0xdc }, { "Xi", 0x39e },
	{ "Yacute", 0xdd }, { "Yuml", 0x178 }, { "Zeta", 0x396 }, { "aacute", 0xe1 },
	{ "acirc", 0xe2 }, { "acute", 0xb4 }, { "aelig", 0xe6 }, { "agrave", 0xe0 },
	{ "alefsym", 0x2135 }, { "alpha", 0x3b1 }, { "amp", 0x26 }, { "and", 0x2227 },
	{ "ang", 0x2220 }, { "apos", 0x27 }, { "aring", 0xe5 }, { "asymp", 0x2248 },
	{ "atilde", 0xe3 }, { "auml", 0xe4 }, { "bdquo", 0x201e }, { "beta", 0x3b2 },
	{ "brvbar", 0xa6 }, { "bull", 0x2022 }, { "cap", 0x2229 }, { "ccedil", 0xe7 },
	{ "cedil", 0xb8 }, { "cent", 0xa2 }, { "chi", 0x3c7 }, { "circ", 0x2c6 },
	{ "clubs", 0x2663 }, { "cong", 0x2245 }, { "copy", 0xa9 }, { "crarr", 0x21b5 },
	{ "cup", 0x222a }, { "curren", 0xa4 }, { "dArr", 0x21d3 }, { "dagger", 0x2020 },
	{ "darr", 0x2193 }, { "deg", 0xb0 }, { "delta", 0x3b4 }, { "diams", 0x2666 },
	{ "divide", 0xf7 }, { "eacute", 0xe9 }, { "ecirc", 0xea }, { "egrave", 0xe8 },
	{ "empty", 0x2205 }, { "emsp", 0x2003 }, { "ensp", 0x2002 }, { "epsilon", 0x3b5 },
	{ "equiv", 0x2261 }, { "eta", 0x3b7 }, { "eth", 0xf0 }, { "euml", 0xeb },
	{ "euro", 0x20ac }, { "exist", 0x2203 }, { "fnof", 0x192 }, { "forall", 0x2200 },
	{ "frac12", 0xbd }, { "frac14", 0xbc }, { "frac34", 0xbe }, { "frasl", 0x2044 },
	{ "gamma", 0x3b3 }, { "ge", 0x2265 }, { "gt", 0x3e }, { "hArr", 0x21d4 },
	{ "harr", 0x2194 }, { "hearts", 0x2665 }, { "hellip", 0x2026 }, { "iacute", 0xed },
	{ "icirc", 0xee }, { "iexcl", 0xa1 }, { "igrave", 0xec }, { "image", 0x2111 },
	{ "infin", 0x221e }, { "int", 0x222b }, { "iota", 0x3b9 }, { "iquest", 0xbf },
	{ "isin", 0x2208 }, { "iuml", 0xef }, { "kappa", 0x3ba }, { "lArr", 0x21d0 },
	{ "lambda", 0x3bb }, { "lang", 0x2329 }, { "laquo", 0xab }, { "larr", 0x2190 },
	{ "lceil", 0x2308 }, { "ldquo", 0x201c }, { "le", 0x2264 }, { "lfloor", 0x230a },
	{ "lowast", 0x2217 }, { "loz", 0x25ca }, { "lrm", 0x200e }, { "lsaquo", 0x2039 },
	{ "lsquo", 0x2018 }, { "lt", 0x3c }, { "macr", 0xaf }, { "mdash", 0x2014 },
	{ "micro", 0xb5 }, { "middot", 0xb7 }, { "minus", 0x2212 }, { "mu", 0x3bc },
	{ "nabla", 0x2207 }, { "nbsp", 0xa0 }, { "ndash", 0x2013 }, { "ne", 0x2260 },
	{ "ni", 0x220b }, { "not", 0xac }, { "notin", 0x2209 }, { "nsub", 0x2284 },
	{ "ntilde", 0xf1 }, { "nu", 0x3bd }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "oelig", 0x153 }, { "ograve", 0xf2 }, { "oline", 0x203e }, { "omega", 0x3c9 },
	{ "omicron", 0x3bf }, { "oplus", 0x2295 }, { "or", 0x2228 }, { "ordf", 0xaa },
	{ "ordm", 0xba }, { "oslash", 0xf8 }, { "otilde", 0xf5 }, { "otimes", 0x2297 },
	{ "ouml", 0xf6 }, { "para", 0xb6 }, { "part", 0x2202 }, { "permil", 0x2030 },
	{ "perp", 0x22a5 }, { "phi", 0x3c6 }, { "pi", 0x3c0 }, { "piv", 0x3d6 },
	{ "plusmn", 0xb1 }, { "pound", 0xa3 }, { "prime", 0x2032 }, { "prod", 0x220f },
	{ "prop", 0x221d }, { "psi", 0x3c8 }, { "quot", 0x22 }, { "rArr", 0x21d2 },
	{ "radic", 0x221a }, { "rang", 0x232a }, { "raquo", 0xbb }, { "rarr", 0x2192 },
	{ "rceil", 0x2309 }, { "rdquo", 0x201d }, { "real", 0x211c }, { "reg", 0xae },
	{ "rfloor", 0x230b }, { "rho", 0x3c1 }, { "rlm", 0x200f }, { "rsaquo", 0x203a },
	{ "rsquo", 0x2019 }, { "sbquo", 0x201a }, { "scaron", 0x161 }, { "sdot", 0x22c5 },
	{ "sect", 0xa7 }, { "shy", 0xad }, { "sigma", 0x3c3 }, { "sigmaf", 0x3c2 },
	{ "sim", 0x223c }, { "spades", 0x2660 }, { "sub", 0x2282 }, { "sube", 0x2286 },
	{ "sum", 0x2211 }, { "sup", 0x2283 }, { "sup1", 0xb9 }, { "sup2", 0xb2 },
	{ "sup3", 0xb3 }, { "supe", 0x2287 }, { "szlig", 0xdf }, { "tau", 0x3c4 },
	{ "there4", 0x2234 }, { "theta", 0x3b8 }, { "thetasym", 0x3d1 }, { "thinsp", 0x2009 },
	{ "thorn", 0xfe }, { "tilde", 0x2dc }, { "times", 0xd7 }, { "trade", 0x2122 },
	{ "uArr", 0x21d1 }, { "uacute", 0xfa }, { "uarr", 0x2191 }, { "ucirc", 0xfb },
	{ "ugrave", 0xf9 }, { "uml", 0xa8 }, { "upsih", 0x3d2 }, { "upsilon", 0x3c5 },
	{ "uuml", 0xfc }, { "weierp", 0x2118 }, { "xi", 0x3be }, { "yacute", 0xfd },
	{ "yen", 0xa5 }, { "yuml", 0xff }, { "zeta", 0x3b6 }, { "zwj", 0x200d },
	{ "zwnj", 0x200c },
};

/* What a tag does to the text around it; others do nothing. */
enum effect { BLOCK, CELL, SILENT };

static const struct tag {
	char name[NAME_MAX_LENGTH + 1];
	enum effect effect;     /* a line of its own; a blank; nobody reads what it holds */
} tags[] = {
	{ "address", BLOCK }, { "article", BLOCK }, { "aside", BLOCK },
	{ "blockquote", BLOCK }, { "body", BLOCK }, { "br", BLOCK }, { "caption", BLOCK },
	{ "center", BLOCK }, { "dd", BLOCK }, { "details", BLOCK }, { "div", BLOCK },
	{ "dl", BLOCK }, { "dt", BLOCK }, { "fieldset", BLOCK }, { "figcaption", BLOCK },
	{ "figure", BLOCK }, { "footer", BLOCK }, { "form", BLOCK }, { "h1", BLOCK },
	{ "h2", BLOCK }, { "h3", BLOCK }, { "h4", BLOCK }, { "h5", BLOCK }, { "h6", BLOCK },
	{ "head", BLOCK }, { "header", BLOCK }, { "hr", BLOCK }, { "html", BLOCK },
	{ "legend", BLOCK }, { "li", BLOCK }, { "main", BLOCK }, { "nav", BLOCK },
	{ "ol", BLOCK }, { "option", BLOCK }, { "p", BLOCK }, { "pre", BLOCK },
	{ "script", SILENT }, { "section", BLOCK }, { "style", SILENT }, { "summary", BLOCK },
	{ "table", BLOCK }, { "tbody", BLOCK }, { "td", CELL }, { "tfoot", BLOCK },
	{ "th", CELL }, { "thead", BLOCK }, { "title", BLOCK }, { "tr", BLOCK },
	{ "ul", BLOCK },
};

struct html {
	struct slice in;
	size_t at;
	struct buf *out;
	size_t line;                    /* where the current line of out begins */
	bool wants_blank;
	/* Looked for and not found before the end: not looked for again, so that
	 * the whole stays linear. */
	bool no_comment_end, no_quote, no_double_quote;
};

static int
compare_names(const void *key, const void *row)
{
	return strcmp(key, row);
}

/* The row of the table that is called name. */
static const void *
find_name(struct slice name, bool fold, const void *table, size_t n, size_t size)
{
	char key[NAME_MAX_LENGTH + 1];
	size_t i;

	if (name.n > NAME_MAX_LENGTH)
		return NULL;
	for (i = 0; i < name.n; i++) {
		key[i] = (char)name.p[i];
		if (fold && key[i] >= 'A' && key[i] <= 'Z')
			key[i] = (char)(key[i] - 'A' + 'a');
	}
	key[i] = '\0';
	return bsearch(key, table, n, size, compare_names);
}

static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static void
put_blank(struct html *h)
{
	if (h->wants_blank && h->out->n > h->line)
		buf_add_byte(h->out, ' ');
	h->wants_blank = false;
}

static void
put_line(struct html *h)
{
	h->wants_blank = false;
	if (h->out->n > h->line)
		buf_add_byte(h->out, '\n');
	h->line = h->out->n;
}

/* ---- Entities ---- */

/* "#228" or "#xe4"; 0 where it is none. */
static uint32_t
numeric_code(struct slice name)
{
	uint64_t n = 0;
	bool ok;

	if (name.n > 1 && (name.p[1] | 0x20) == 'x')
		ok = slice_hex_number(slice_from(name, 2), 0x10ffff, &n);
	else
		ok = slice_number(slice_from(name, 1), 0x10ffff, &n);
	if (!ok || n == 0)
		return 0;
	/* Authors mean windows-1252 by 128 to 159, and browsers do. */
	return n < 0x100 ? charset_code_of_1252((unsigned char)n) : (uint32_t)n;
}

/* "&name;" at h->at; false where it is just an ampersand.  The semicolon is
 * missing often, and only after names of Latin-1 to be forgiven: "&copy=1". */
static bool
read_entity(struct html *h)
{
	struct slice rest = slice_from(h->in, h->at + 1), name;
	const struct entity *e;
	uint32_t code;
	size_t n = 0;

	if (n < rest.n && rest.p[n] == '#')
		n++;
	while (n < rest.n && n < NAME_MAX_LENGTH &&
	    (is_letter(rest.p[n]) || (rest.p[n] >= '0' && rest.p[n] <= '9')))
		n++;
	name = slice_sub(rest, 0, n);
	if (slice_starts(name, "#")) {
		code = numeric_code(name);
	} else {
		e = find_name(name, false, entities, sizeof(entities) / sizeof(*e), sizeof(*e));
		code = e == NULL ? 0 : e->code;
		if (code > 0xff && (n == rest.n || rest.p[n] != ';'))
			return false;
	}
	if (code == 0)
		return false;
	h->at += 1 + n + (n < rest.n && rest.p[n] == ';');
	if (code < 0x80 && is_blank((unsigned char)code)) {
		h->wants_blank = true;
	} else if (code == 0xa0 || (code >= 0x2000 && code <= 0x200b)) {
		h->wants_blank = true;          /* blanks of all widths */
	} else if (code != 0xad) {              /* a soft hyphen would cut a word in two */
		put_blank(h);
		text_add_code(h->out, code);
	}
	return true;
}

/* ---- Tags ---- */

/* Behind the ">" that ends the tag or whatever began before at. */
static size_t
tag_end(struct html *h, size_t at)
{
	struct slice in = h->in;
	bool *none;
	size_t end;

	for (; at < in.n && in.p[at] != '>'; at++) {
		if (in.p[at] != '=')
			continue;
		while (at + 1 < in.n && is_blank(in.p[at + 1]))
			at++;
		if (at + 1 == in.n || (in.p[at + 1] != '"' && in.p[at + 1] != '\''))
			continue;
		none = in.p[at + 1] == '"' ? &h->no_double_quote : &h->no_quote;
		end = *none ? in.n : slice_find(in, at + 2, in.p[at + 1]);
		/* A quote that does not close is not one. */
		if (end == in.n)
			*none = true;
		else
			at = end;
	}
	return at < in.n ? at + 1 : at;
}

/* "<!-- … -->", "<!DOCTYPE …>", "<?xml …>". */
static void
skip_markup(struct html *h)
{
	size_t end;

	if (slice_starts(slice_from(h->in, h->at), "<!--") && !h->no_comment_end) {
		/* "<!-->" is a whole one. */
		end = slice_find_bytes(h->in, h->at + 2, SLICE_OF("-->"));
		if (end < h->in.n) {
			h->at = end + 3;
			return;
		}
		h->no_comment_end = true;
	}
	end = slice_find(h->in, h->at, '>');
	h->at = end < h->in.n ? end + 1 : end;
}

/* Behind the end tag of an element that is silent. */
static void
skip_element(struct html *h, struct slice name)
{
	size_t at = h->at;

	while ((at = slice_find_bytes(h->in, at, SLICE_OF("</"))) < h->in.n) {
		at += 2;
		if (slice_equal_nocase(slice_sub(h->in, at, name.n), name))
			break;
	}
	h->at = tag_end(h, at);
}

/* A tag at h->at, which is "<"; false where that is just a character. */
static bool
read_tag(struct html *h)
{
	struct slice rest = slice_from(h->in, h->at + 1), name;
	bool is_end = slice_starts(rest, "/");
	const struct tag *tag;
	size_t n = is_end;

	if (slice_starts(rest, "!") || slice_starts(rest, "?")) {
		skip_markup(h);
		return true;
	}
	if (n == rest.n || !is_letter(rest.p[n]))
		return false;
	while (n < rest.n && (is_letter(rest.p[n]) || (rest.p[n] >= '0' && rest.p[n] <= '9')))
		n++;
	name = slice_sub(rest, is_end, n - is_end);
	h->at = tag_end(h, h->at + 1 + n);
	tag = find_name(name, true, tags, sizeof(tags) / sizeof(*tag), sizeof(*tag));
	if (tag == NULL)
		return true;
	switch (tag->effect) {
	case BLOCK:
		put_line(h);
		break;
	case CELL:
		h->wants_blank = true;
		break;
	case SILENT:
		if (!is_end)
			skip_element(h, name);
		break;
	}
	return true;
}

/* A run of characters that mean themselves. */
static void
read_text(struct html *h)
{
	size_t from = h->at++;

	while (h->at < h->in.n && h->in.p[h->at] != '<' && h->in.p[h->at] != '&' &&
	    !is_blank(h->in.p[h->at]))
		h->at++;
	put_blank(h);
	buf_add(h->out, slice_sub(h->in, from, h->at - from));
}

void
html_add_text(struct slice html_utf8, size_t max, struct buf *out)
{
	struct html h = { .in = html_utf8, .out = out, .line = out->n };
	size_t start = out->n;
	unsigned char c;

	while (h.at < h.in.n && out->n - start < max) {
		c = h.in.p[h.at];
		if (is_blank(c)) {
			h.wants_blank = true;
			h.at++;
		} else if (!(c == '<' && read_tag(&h)) && !(c == '&' && read_entity(&h))) {
			read_text(&h);
		}
	}
	put_line(&h);
	message_cut_text(out, start, max);
}
