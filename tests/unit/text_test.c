/* SPDX-License-Identifier: MIT */
#include "core/base/text.h"

#include <stdio.h>
#include <time.h>

#include "tests/t.h"

static bool
is_text(struct buf *b, const char *want)
{
	bool same = slice_is(buf_slice(b), want);

	if (!same)
		printf("have '%s'\nwant '%s'\n", buf_text(b), want);
	buf_clear(b);
	return same;
}

/* Every code point there is: its encoding is valid, decodes to itself, and no
 * prefix of it is valid. */
static void
every_code(void)
{
	struct buf b = BUF_EMPTY;
	struct slice rest;
	uint32_t code, back;
	size_t n, bad = 0;

	for (code = 0; code < 0x110000; code++) {
		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		buf_clear(&b);
		text_add_code(&b, code);
		rest = buf_slice(&b);
		bad +=
		    !text_is_utf8(rest) || !text_next(&rest, &back) || back != code || rest.n != 0;
		bad += b.n != (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
		for (n = 1; n < b.n; n++)
			bad += text_is_utf8(slice_of(b.p, n));
	}
	T(bad == 0, "%zu code points", bad);
	buf_clear(&b);
	text_add_code(&b, 0xd800);
	text_add_code(&b, 0xdfff);
	text_add_code(&b, 0x110000);
	T(is_text(&b, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"), "what is no code point");
	buf_free(&b);
}

/* RFC 3629 4, the grammar as it stands there. */
static bool
follows_grammar(const unsigned char *p, size_t n)
{
	static const unsigned char rules[][8] = {
		{ 0x00, 0x7f }, { 0xc2, 0xdf, 0x80, 0xbf }, { 0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf },
		{ 0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf }, { 0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf },
		{ 0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf },
		{ 0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf },
		{ 0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf },
		{ 0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf },
	};
	static const size_t sizes[] = { 1, 2, 3, 3, 3, 3, 4, 4, 4 };
	size_t rule, i;

	while (n > 0) {
		for (rule = 0; rule < 9; rule++) {
			for (i = 0; i < sizes[rule] && i < n && p[i] >= rules[rule][2 * i] &&
			    p[i] <= rules[rule][2 * i + 1]; i++)
				;
			if (i == sizes[rule])
				break;
		}
		if (rule == 9)
			return false;
		p += sizes[rule];
		n -= sizes[rule];
	}
	return true;
}

/* Every text of four bytes out of those at which the grammar changes, at every
 * place of a longer ASCII text: the fast path steps over eight bytes. */
static void
every_boundary(void)
{
	static const unsigned char edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
		0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4,
		0xf5, 0xff };
	const size_t k = sizeof(edges);
	unsigned char p[32];
	struct buf mended = BUF_EMPTY;
	struct slice rest, good;
	uint32_t code;
	size_t i, at, n, bad = 0;
	bool valid;

	for (i = 0; i < k * k * k * k; i++) {
		unsigned char four[] = { edges[i % k], edges[i / k % k], edges[i / k / k % k],
			edges[i / k / k / k] };

		at = i % 21;
		memset(p, 'a', sizeof(p));
		memcpy(p + at, four, 4);
		valid = follows_grammar(four, 4);
		bad += text_is_utf8(slice_of(p, at + 4)) != valid;
		bad += text_is_utf8(slice_of(p, sizeof(p))) != valid;
		rest = slice_of(four, 4);
		for (n = 0; text_next(&rest, &code); n++)
			;
		bad += n > 4 || rest.n != 0;
		buf_clear(&mended);
		text_add_utf8(&mended, slice_of(four, 4));
		good = buf_slice(&mended);
		bad += !text_is_utf8(good) || (valid && !slice_equal(good, slice_of(four, 4)));
		rest = slice_of(four, 4);
		while (text_next(&rest, &code)) {
			uint32_t other = 0;

			bad += !text_next(&good, &other) || other != code;
		}
		bad += good.n != 0;
	}
	T(bad == 0, "%zu texts", bad);
	text_add_utf8(&mended, SLICE_EMPTY);
	buf_clear(&mended);
	text_add_utf8(&mended, SLICE_OF("a\xff\xc3(\xe2\x82z\xc3\xa9\xe2\x82"));
	T(is_text(&mended, "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbdz\xc3\xa9"
	    "\xef\xbf\xbd\xef\xbf\xbd"), "one for each bad byte");
	buf_free(&mended);
}

/* What comes out for any code point, read again, has no control in it. */
static void
nothing_harms_a_terminal(void)
{
	static const uint32_t harmful[] = { 0, 7, 8, 0x0b, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b,
		0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069 };
	static const uint32_t harmless[] = { 0x20, 0x7e, 0xa0, 0x61b, 0x61d, 0x200d, 0x2010, 0x2027,
		0x202f, 0x2065, 0x206a, 0xfffd, 0x1f600 };
	struct buf in = BUF_EMPTY, out = BUF_EMPTY;
	struct slice rest;
	uint32_t code, seen;
	size_t i, bad = 0;

	for (i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		T(text_is_control(harmful[i]), "%x", harmful[i]);
	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		T(!text_is_control(harmless[i]), "%x", harmless[i]);
	T(text_is_control('\n') && text_is_control('\t'), "newline and tab are controls too");
	for (code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 0x101) {
		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		buf_clear(&in);
		buf_clear(&out);
		text_add_code(&in, code);
		text_add_printable(&out, buf_slice(&in), false);
		bad += !text_is_control(code) && !slice_equal(buf_slice(&in), buf_slice(&out));
		for (rest = buf_slice(&out); text_next(&rest, &seen); )
			bad += text_is_control(seen);
	}
	T(bad == 0, "%zu code points", bad);
	buf_clear(&out);
	text_add_printable(
	    &out, SLICE_OF("a\x1b[0m\tb\r\n\x9b\xc2\x9b\xe2\x80\xae\xff\xe2\x80.\\x"), false);
	T(is_text(&out, "a\\x1b[0m\\x09b\\x0d\\x0a\\x9b\\u009b\\u202e\\xff\\xe2\\x80.\\x"),
	    "one line");
	text_add_printable(&out, SLICE_OF("a\tb\r\n\x1b\xc2\x85"), true);
	T(is_text(&out, "a\tb\\x0d\n\\x1b\\u0085"), "many lines");
	text_add_printable(&out, SLICE_OF("\0"), true);
	T(is_text(&out, "\\x00"), "NUL");
	buf_free(&in);
	buf_free(&out);
}

static void
columns(void)
{
	static const struct {
		const char *text;
		unsigned width;
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"\xc3\xa9", 1},
	    {"e\xcc\x81", 1},
	    {"\xe6\x97\xa5\xe6\x9c\xac", 4},
	    {"\xf0\x9f\x98\x80", 2},
	    {"a\xe2\x80\x8d"
	     "b",
		2},
	    {"\xea\xb0\x80", 2},
	    {"\xef\xbc\xa1", 2},
	    {"\xef\xbd\xb1", 1},
	    {"\xc2\xad", 1},
	    {"\xef\xb8\x8f", 0},
	    {"\xd7\x90\xd6\xb7", 1},
	    {"\xf0\xa0\x80\x80", 2},
	    {"\xcd\xaf\xcd\xb0", 1},
	    {"\xcc\x80", 0},
	    {"\xcb\xbf", 1},
	    {"\xe1\x84\x80\xe1\x85\xa1", 2},
	};
	static const char *const cut[] = {"", "\xe2\x80\xa6", "a\xe2\x80\xa6", "a\xe2\x80\xa6",
	    "a\xe6\x97\xa5\xe2\x80\xa6",
	    "a\xe6\x97\xa5"
	    "e\xcc\x81\xe2\x80\xa6",
	    "a\xe6\x97\xa5"
	    "e\xcc\x81\xe6\x9c\xac"};
	struct slice text = SLICE_OF("a\xe6\x97\xa5" "e\xcc\x81\xe6\x9c\xac");
	struct buf out = BUF_EMPTY;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(text_width(slice_string(cases[i].text)) == cases[i].width,
		    "width %u of '%s' is %u", i, cases[i].text,
		    text_width(slice_string(cases[i].text)));
	for (i = 0; i <= 6; i++) {
		text_add_cut(&out, text, i);
		T(text_width(buf_slice(&out)) <= i, "at most %u", i);
		T(is_text(&out, cut[i]), "cut to %u", i);
	}
	text_add_cut(&out, text, 100);
	T(is_text(&out, (const char *)text.p), "not cut");
	text_add_cut(&out, SLICE_OF("ab\xcc\x81"), 2);
	T(is_text(&out, "ab\xcc\x81"), "a combining mark at the edge");
	text_add_cut(&out, SLICE_EMPTY, 0);
	T(out.n == 0, "nothing of nothing");
	buf_free(&out);
}

/* Every day of ten thousand years, counted one by one. */
static void
calendar(void)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day_number = -719528, seconds;          /* of 0000-01-01 */
	struct buf b = BUF_EMPTY;
	unsigned month, day, days;
	char want[32];
	bool leap, is_date;
	size_t bad = 0;
	int year;

	for (year = 0; year < 10000; year++) {
		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		for (month = 1; month <= 12; month++) {
			days = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
			for (day = 1; day <= days; day++, day_number++) {
				bad += text_days(year, month, day) != day_number;
				if (day != 1 && day != days)
					continue;
				snprintf(want, sizeof(want), "%04d-%02u-%02uT23:59:59Z", year,
				    month, day);
				buf_clear(&b);
				text_add_time(&b, day_number * 86400 + 86399);
				bad += !slice_is(buf_slice(&b), want);
				bad += !text_parse_time(buf_slice(&b), 0, &seconds, &is_date) ||
				       is_date || seconds != day_number * 86400 + 86399;
			}
			snprintf(want, sizeof(want), "%04d-%02u-%02u", year, month, days + 1);
			bad += text_parse_time(slice_string(want), 0, &seconds, &is_date);
		}
	}
	T(bad == 0, "%zu days", bad);
	buf_free(&b);
}

static void
times(void)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" }, { -1, "1969-12-31T23:59:59Z" },
		{ 1795399204, "2026-11-23T02:00:04Z" }, { 951782400, "2000-02-29T00:00:00Z" },
		{ -62167219200, "0000-01-01T00:00:00Z" }, { -62167219201, "0000-01-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" }, { 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" }, { INT64_MAX, "9999-12-31T23:59:59Z" },
	};
	struct buf b = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_add_time(&b, cases[i].seconds);
		T(is_text(&b, cases[i].text), "time %zu", i);
	}
	buf_free(&b);
}

static void
parsing_times(void)
{
	static const struct {
		const char *text;
		int64_t seconds;        /* in a zone one hour east */
		bool is_date;
	} good[] = {
	    {"2026-11-23T02:00:04Z", 1795399204, false},
	    {"2026-11-23 02:00:04Z", 1795399204, false},
	    {"2026-11-23t02:00:04z", 1795399204, false},
	    {"2026-11-23T03:00:04", 1795399204, false},
	    {"2026-11-23T04:00:04+02:00", 1795399204, false},
	    {"2026-11-22T18:30:04-0730", 1795399204, false},
	    {"2026-11-23T02:00:04.999999Z", 1795399204, false},
	    {"2026-11-23T02:00Z", 1795399200, false},
	    {"2026-11-23 03:00", 1795399200, false},
	    {"2026-11-23", 1795388400, true},
	    {"1970-01-01T00:59:60", 0, false},
	    {"0000-01-01T00:00:00Z", -62167219200, false},
	};
	static const char *const bad[] = { "", "2026", "2026-11", "2026-1-23", "26-11-23",
		"2026-11-23T", "2026-11-23 ", "2026-11-23T2", "2026-11-23T02", "2026-11-23T02:0",
		"2026-11-23T02:60", "2026-11-23T24:00", "2026-11-23T02:00:", "2026-11-23T02:00:61",
		"2026-11-23T02:00:04.", "2026-11-23T02:00:04.Z", "2026-11-23T02:00:04ZZ",
		"2026-11-23T02:00:04+", "2026-11-23T02:00:04+02", "2026-11-23T02:00:04+02:",
		"2026-11-23T02:00:04+24:00", "2026-11-23T02:00:04+02:60", "2026-11-23T02:00:04 Z",
		"2026-13-01", "2026-00-01", "2026-01-00", "2026-02-29", "1900-02-29", "2026-11-23Z",
		"x026-11-23", "2026/11/23", " 2026-11-23", "+026-11-23", "2026-11-2x", "20261123",
		"2026-11-23_02:00" };
	static const char all[] = "2026-11-23T04:00:04.5+02:00";
	struct slice s;
	int64_t seconds;
	bool is_date;
	size_t i, n, count = 0;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_date = !good[i].is_date;
		seconds = 1;
		T(text_parse_time(slice_string(good[i].text), 60, &seconds, &is_date) &&
			seconds == good[i].seconds && is_date == good[i].is_date,
		    "%s: %lld", good[i].text, (long long)seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		seconds = 77;
		is_date = true;
		T(!text_parse_time(slice_string(bad[i]), 0, &seconds, &is_date) && seconds == 77 &&
			is_date,
		    "'%s' is no time", bad[i]);
	}
	T(!text_parse_time(SLICE_OF("2026-11-23\0"), 0, &seconds, &is_date), "NUL behind");
	T(!text_parse_time(SLICE_OF("2026-11-23\0" "02:00"), 0, &seconds, &is_date), "NUL within");
	/* Of all prefixes those end well that end behind a whole field. */
	for (n = 0; n < sizeof(all); n++) {
		s = slice_of(all, n);
		count += text_parse_time(s, 0, &seconds, &is_date);
	}
	T(count == 5, "%zu prefixes", count);
}

static void
sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
	    {0, "0 B"},
	    {1, "1 B"},
	    {999, "999 B"},
	    {1000, "1.0 kB"},
	    {1049, "1.0 kB"},
	    {1050, "1.1 kB"},
	    {9949, "9.9 kB"},
	    {9950, "10.0 kB"},
	    {99949, "99.9 kB"},
	    {99950, "100 kB"},
	    {999499, "999 kB"},
	    {999500, "1.0 MB"},
	    {1400000000, "1.4 GB"},
	    {999499999, "999 MB"},
	    {999500000, "1.0 GB"},
	    {999499999999, "999 GB"},
	    {1000000000000, "1.0 TB"},
	    {1500000000000000, "1.5 PB"},
	    {999500000000000000, "1.0 EB"},
	    {UINT64_MAX, "18.4 EB"},
	};
	struct buf b = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_add_size(&b, cases[i].bytes);
		T(is_text(&b, cases[i].text), "%llu", (unsigned long long)cases[i].bytes);
	}
	buf_free(&b);
}

/* Each byte at each place of a text of 20 plain ones. */
static void
plain_prefix(void)
{
	unsigned char text[20];
	unsigned byte;
	size_t at, want;

	for (at = 0; at < sizeof(text); at++) {
		for (byte = 0; byte < 256; byte++) {
			memset(text, byte % 2 ? ' ' : '~', sizeof(text));
			text[at] = (unsigned char)byte;
			want = byte >= 0x20 && byte < 0x7f ? sizeof(text) : at;
			T(text_plain_prefix(slice_of(text, sizeof(text))) == want,
			    "byte %02x at %zu", byte, at);
		}
	}
	T(text_plain_prefix(SLICE_EMPTY) == 0, "nothing");
}

int
main(void)
{
	every_code();
	plain_prefix();
	every_boundary();
	nothing_harms_a_terminal();
	columns();
	calendar();
	times();
	parsing_times();
	sizes();
	return t_done();
}
