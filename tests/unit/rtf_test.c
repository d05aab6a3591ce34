/* SPDX-License-Identifier: MIT */
#include "core/mail/rtf.h"

#include <string.h>

#include "backends/formats/mapi.h"
#include "tests/t.h"

static void
test_expand(void)
{
	/* [MS-OXRTFCP] 4.1: with a reference into what stands in the window first;
	 * then one that runs into what it writes itself. */
	static const char simple[] = "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7"
	    "\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
	static const char crossing[] = "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4KQ"
	    "A\0\x04 WXYZ\x0d\x6e}\x01\x0e\xb0";
	static const char stored[] = "\x0f\0\0\0\3\0\0\0MELA\0\0\0\0abcdef";
	struct buf out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i, n = 0;

	T(rtf_expand(SLICE_OF(simple), 1000, &out, &err) == 0 && strcmp(buf_text(&out),
	    "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n") == 0, "%s", buf_text(&out));
	T(rtf_expand(SLICE_OF(crossing), 1000, &out, &err) == 0 && strcmp(buf_text(&out),
	    "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}") == 0, "%s", buf_text(&out));
	T(rtf_expand(SLICE_OF(stored), 1000, &out, &err) == 0 && strcmp(buf_text(&out), "abc") == 0,
	    "stored: %s", buf_text(&out));
	T(rtf_expand(SLICE_OF(simple), 10, &out, &err) == 0 && out.n == 10, "cut to a limit");
	T(rtf_expand(SLICE_OF("\x0f\0\0\0\3\0\0\0WHAT\0\0\0\0abc"), 10, &out, &err) < 0, "unknown");
	for (i = 0; i < sizeof(simple) - 1; i++) {
		n += rtf_expand(slice_of(simple, i), 1000, &out, &err) < 0;
		T(out.n <= 43, "cut at %zu", i);
	}
	T(n == 16, "a head that is cut: %zu", n);
	buf_free(&out);
}

static void
test_unwrap(void)
{
	static const struct {
		const char *what, *rtf, *text;
		enum rtf_kind kind;
	} cases[] = {
		{ "HTML", "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p class=\"a\">}\\htmlrtf \\pard"
		    "\\htmlrtf0 one \\{two\\}\\par\r\n{\\*\\htmltag72 </p>}}", "<p class=\"a\">one {two}\n</p>",
		    RTF_HTML },
		{ "what is only for RTF", "{\\rtf1\\fromhtml1 a\\htmlrtf b{\\f1 c}\\htmlrtf0 d}", "ad",
		    RTF_HTML },
		{ "other destinations", "{\\rtf1\\fromhtml1{\\fonttbl{\\f0 Arial;}}{\\colortbl;}"
		    "{\\*\\generator x}{\\*\\mhtmltag <x>}{\\pntext y}z}", "z", RTF_HTML },
		{ "code pages", "{\\rtf1\\ansi\\ansicpg1251\\fromtext\\'cf\\'ee}", "\xd0\x9f\xd0\xbe",
		    RTF_TEXT },
		{ "a font's code page", "{\\rtf1\\ansicpg1252\\fromtext{\\fonttbl{\\f0\\fcharset0 A;}"
		    "{\\f7\\fcharset128 B;}}\\'e9{\\f7\\'93\\'fa\\'83A}\\'e9}",
		    "\xc3\xa9\xe6\x97\xa5\xe3\x82\xa2\xc3\xa9", RTF_TEXT },
		{ "Unicode with fallbacks", "{\\rtf1\\fromtext\\uc2 \\u26085 ab\\u8364\\'80\\'81!"
		    "{\\uc0\\u233 x}}", "\xe6\x97\xa5\xe2\x82\xac!\xc3\xa9x", RTF_TEXT },
		{ "beyond 16 bits", "{\\rtf1\\fromtext \\u-10179?\\u-9216?}", "\xf0\x9f\x90\x80",
		    RTF_TEXT },
		{ "half a pair", "{\\rtf1\\fromtext \\u-9216?.}", "\xef\xbf\xbd.", RTF_TEXT },
		{ "words", "{\\rtf1\\fromtext a\\tab b\\line c\\ldblquote d\\rdblquote\\~e\\_f\\-g}",
		    "a\tb\nc\xe2\x80\x9c""d\xe2\x80\x9d\xc2\xa0""e\xe2\x80\x91""fg", RTF_TEXT },
		{ "bytes to pass over", "{\\rtf1\\fromtext a\\bin4 }{\\x b}", "a b", RTF_TEXT },
		{ "more ends than beginnings", "{\\rtf1\\fromtext a}}}}b", "ab", RTF_TEXT },
		{ "a backslash at the end", "{\\rtf1\\fromtext a\\", "a\\", RTF_TEXT },
		{ "RTF of its own", "{\\rtf1\\ansi hello}", "", RTF_OTHER },
		{ "no RTF", "hello \\fromtext", "", RTF_OTHER },
	};
	struct buf out = BUF_EMPTY, deep = BUF_EMPTY;
	enum rtf_kind kind;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kind = rtf_unwrap(slice_string(cases[i].rtf), mapi_add_codepage, 1000, &out);
		T(kind == cases[i].kind && strcmp(buf_text(&out), cases[i].text) == 0, "%s: %s",
		    cases[i].what, buf_text(&out));
	}
	/* Deeper than anybody nests: the text is not lost for what follows. */
	buf_add_string(&deep, "{\\rtf1\\fromtext a");
	for (i = 0; i < 10000; i++)
		buf_add_string(&deep, "{x");
	for (i = 0; i < 10000; i++)
		buf_add_byte(&deep, '}');
	buf_add_string(&deep, "b}");
	T(rtf_unwrap(buf_slice(&deep), mapi_add_codepage, 100000, &out) == RTF_TEXT && out.n < 1000 &&
	    slice_starts(buf_slice(&out), "ax") && slice_ends(buf_slice(&out), "b"), "very deep");
	buf_free(&out);
	buf_free(&deep);
}

/* RTF that is nothing but that has a text as well. */
static void
test_text(void)
{
	struct buf out = BUF_EMPTY;
	const struct slice rtf = SLICE_OF("{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}"
	    "\\b one\\b0\\par two\\'e9}\0");

	T(rtf_unwrap(rtf, mapi_add_codepage, 1000, &out) == RTF_OTHER && out.n == 0, "not wrapped");
	T(rtf_text(rtf, mapi_add_codepage, 1000, &out) == RTF_OTHER, "nor is its text");
	T_SAME(buf_text(&out), "one\ntwo\xc3\xa9", "without the NUL behind it");
	T(rtf_text(SLICE_OF("plain"), mapi_add_codepage, 3, &out) == RTF_OTHER && out.n == 5,
	    "no RTF at all: a run is not cut in two");
	buf_free(&out);
}

int
main(void)
{
	mapi_prepare();
	test_expand();
	test_unwrap();
	test_text();
	return t_done();
}
