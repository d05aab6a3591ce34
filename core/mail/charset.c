/* SPDX-License-Identifier: MIT */
#include "core/mail/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>

#include "core/base/text.h"

/* Bytes 0x80 to 0x9f of windows-1252 (WHATWG, Encoding); 0: not assigned. */
static const uint16_t upper_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
	0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
	0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

/*
 * What a label means in mail.  Many name a subset of what their senders
 * write; iconv knows others by no name at all.  NULL: says nothing, guess.
 */
static const struct {
	const char *label, *meaning;
} labels[] = {
	{ "us-ascii", NULL }, { "ascii", NULL }, { "ansi_x3.4-1968", NULL }, { "8bit", NULL },
	{ "7bit", NULL }, { "x-unknown", NULL }, { "unknown-8bit", NULL }, { "default", NULL },
	{ "default_charset", NULL }, { "binary", NULL }, { "utf-8", NULL }, { "utf8", NULL },
	{ "windows-1252", "windows-1252" }, { "iso-8859-1", "windows-1252" }, { "iso8859-1", "windows-1252" },
	{ "iso_8859-1", "windows-1252" }, { "latin1", "windows-1252" },
	{ "latin-1", "windows-1252" }, { "cp1252", "windows-1252" },
	{ "iso-8859-9", "CP1254" }, { "iso-8859-11", "CP874" }, { "tis-620", "CP874" },
	{ "iso-8859-8-i", "ISO-8859-8" }, { "iso-8859-8-e", "ISO-8859-8" },
	{ "gb2312", "GB18030" }, { "gbk", "GB18030" }, { "x-gbk", "GB18030" },
	{ "gb_2312-80", "GB18030" }, { "euc-cn", "GB18030" },
	{ "big5", "BIG5-HKSCS" }, { "x-big5", "BIG5-HKSCS" }, { "shift_jis", "CP932" },
	{ "shift-jis", "CP932" }, { "sjis", "CP932" }, { "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "euc-kr", "UHC" }, { "ks_c_5601-1987", "UHC" }, { "ksc5601", "UHC" },
	{ "windows-949", "UHC" }, { "unicode-1-1-utf-7", "UTF-7" },
	{ "x-mac-roman", "MACINTOSH" }, { "x-mac-cyrillic", "MAC-CYRILLIC" },
	{ "cp-850", "CP850" }, { "cp-437", "CP437" }, { "visual", "ISO-8859-8" },
};

uint32_t
charset_code_of_1252(unsigned char c)
{
	if (c < 0x80 || c >= 0xa0)
		return c;
	return upper_1252[c - 0x80] != 0 ? upper_1252[c - 0x80] : 0xfffd;
}

static void
add_1252(struct buf *out, struct slice s)
{
	size_t i, from = 0;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] < 0x80)
			continue;
		buf_add(out, slice_sub(s, from, i - from));
		text_add_code(out, charset_code_of_1252(s.p[i]));
		from = i + 1;
	}
	buf_add(out, slice_from(s, from));
}

/* Append s converted by iconv; each byte that is none of the charset becomes
 * U+FFFD.  *bad counts those.  False when iconv does not know the charset. */
static bool
add_converted(struct buf *out, struct slice s, const char *name, size_t *bad)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char *in = (char *)(uintptr_t)s.p, *to;
	size_t left = s.n, room, unit = 1, got;
	struct buf raw = BUF_EMPTY;
	bool is_end = false;

	*bad = 0;
	if (cd == (iconv_t)-1)
		return false;
	/* A step of one byte would never find back into these. */
	if (slice_starts_nocase(slice_string(name), "utf-16") ||
	    slice_starts_nocase(slice_string(name), "ucs-2"))
		unit = 2;
	else if (slice_starts_nocase(slice_string(name), "utf-32") ||
	    slice_starts_nocase(slice_string(name), "ucs-4"))
		unit = 4;
	buf_reserve(&raw, s.n + s.n / 2 + 64);
	for (;;) {
		room = raw.cap - raw.n - 1;
		to = (char *)raw.p + raw.n;
		/* Asked at the end, it gives the letter it held back for an
		 * accent to come (windows-1255, windows-1258). */
		got = is_end ? iconv(cd, NULL, NULL, &to, &room)
		    : iconv(cd, &in, &left, &to, &room);
		buf_extend(&raw, (size_t)((unsigned char *)to - raw.p) - raw.n);
		if (got == (size_t)-1 && errno == E2BIG) {
			buf_reserve(&raw, raw.cap);
			continue;
		}
		if (is_end)
			break;
		if (got != (size_t)-1) {
			is_end = true;
			continue;
		}
		text_add_code(&raw, 0xfffd);
		++*bad;
		in += left < unit ? left : unit;
		left -= left < unit ? left : unit;
	}
	iconv_close(cd);
	/* Some of iconv's tables let surrogates through. */
	text_add_utf8(out, buf_slice(&raw));
	buf_free(&raw);
	return true;
}

/* Not valid, but UTF-8 all the same: cut or damaged in places, with more good
 * sequences than bad bytes. */
static bool
is_damaged_utf8(struct slice s)
{
	size_t good = 0, bad = 0, before;
	uint32_t code;

	while (s.n > 0) {
		before = s.n;
		text_next(&s, &code);
		if (before - s.n > 1)
			good++;
		else if (code == 0xfffd)
			bad++;
	}
	return good > bad;
}

/* Japanese mail from before MIME: ISO 2022 escapes in 7-bit text. */
static bool
add_iso_2022(struct buf *out, struct slice s)
{
	size_t start = out->n, bad;

	if (slice_find_bytes(s, slice_find(s, 0, 0x1b), SLICE_OF("\x1b$")) == s.n)
		return false;
	if (add_converted(out, s, "ISO-2022-JP", &bad) && bad == 0)
		return true;
	buf_truncate(out, start);
	return false;
}

/* The iconv name of a label; NULL where it says nothing. */
static const char *
meaning_of(const char *label)
{
	size_t i;

	if (label == NULL || strlen(label) > 40)
		return NULL;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (slice_equal_nocase(slice_string(label), slice_string(labels[i].label)))
			return labels[i].meaning;
	}
	return label;
}

void
charset_add_text(struct buf *out, struct slice s, const char *charset)
{
	const char *name = meaning_of(charset);
	bool is_1252 = name != NULL && strcmp(name, "windows-1252") == 0, is_utf8;
	size_t bad;

	/* In nearly all mail one of these two is the case. */
	if (name != NULL && !is_1252 && add_converted(out, s, name, &bad))
		return;
	/* Text of western Europe is valid UTF-8 by mistake of its label, never
	 * by chance: a capital with an accent before a sign, each time. */
	is_utf8 = text_is_utf8(s);
	if (is_utf8 && add_iso_2022(out, s))
		return;
	if (is_utf8)
		buf_add(out, s);
	else if (is_damaged_utf8(s))
		text_add_utf8(out, s);
	else
		add_1252(out, s);
}
