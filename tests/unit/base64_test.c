/* SPDX-License-Identifier: MIT */
#include "core/base/base64.h"

#include <stdio.h>

#include "tests/t.h"

#define BYTES 700

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static unsigned char plain[BYTES];

/* RFC 4648 section 10. */
static void
known_answers(void)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	    {"\xff\xff\xff\xfe", "/////g=="},
	    {"\xfb\xef\xbe", "++++"},
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		base64_encode(slice_string(cases[i][0]), &out);
		T(slice_is(buf_slice(&out), cases[i][1]), "%s", buf_text(&out));
		buf_clear(&out);
		T(base64_decode(slice_string(cases[i][1]), &out), "%s", cases[i][1]);
		T(slice_is(buf_slice(&out), cases[i][0]), "%s", cases[i][1]);
	}
	buf_free(&out);
}

/* The encoding by its definition, six bits at a time. */
static void
encode_slowly(struct slice s, struct buf *out)
{
	size_t i, bit, six;

	for (i = 0; i * 6 < s.n * 8; i++) {
		for (six = 0, bit = i * 6; bit < i * 6 + 6; bit++)
			six = six << 1 |
			      (bit / 8 < s.n ? (unsigned)s.p[bit / 8] >> (7 - bit % 8) & 1 : 0);
		buf_add_byte(out, (unsigned char)alphabet[six]);
	}
	while (out->n % 4 != 0)
		buf_add_byte(out, '=');
}

/* Every length, at every alignment: there and back, and nothing else touched. */
static void
there_and_back(void)
{
	struct buf text = BUF_EMPTY, want = BUF_EMPTY, back = BUF_EMPTY;
	struct slice s;
	size_t n, from, bad = 0;

	for (n = 0; n < 300; n++) {
		for (from = 0; from < 9; from++) {
			s = slice_of(plain + from, n);
			buf_clear(&want);
			encode_slowly(s, &want);
			buf_set(&text, SLICE_OF("head"));
			base64_encode(s, &text);
			bad += !slice_starts(buf_slice(&text), "head") ||
			    !slice_equal(slice_from(buf_slice(&text), 4), buf_slice(&want));
			buf_set(&back, slice_of("head", from < 4 ? from : 4));
			bad += !base64_decode(buf_slice(&want), &back);
			bad += !slice_equal(slice_from(buf_slice(&back), from < 4 ? from : 4), s);
			bad += back.p[back.n] != 0;
		}
	}
	T(bad == 0, "%zu texts", bad);
	buf_free(&text);
	buf_free(&want);
	buf_free(&back);
}

static bool
is_of_alphabet(unsigned c)
{
	return c != 0 && c < 128 && strchr(alphabet, (int)c) != NULL;
}

/* Every byte value at every place of lines of several lengths: whatever is
 * accepted is canonical, that is, encoding the answer gives the line again. */
static void
only_canonical_lines(void)
{
	static const size_t lengths[] = { 1, 2, 3, 4, 5, 6, 24, 25, 26, 48, 57, 97, 98, 99 };
	struct buf line = BUF_EMPTY, out = BUF_EMPTY, again = BUF_EMPTY;
	size_t i, at, bad = 0, accepted;
	unsigned c;
	unsigned char was;
	bool good;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		buf_clear(&line);
		base64_encode(slice_of(plain, lengths[i]), &line);
		accepted = 0;
		for (at = 0; at < line.n; at++) {
			was = line.p[at];
			for (c = 0; c < 256; c++) {
				line.p[at] = (unsigned char)c;
				buf_set(&out, SLICE_OF("before"));
				good = base64_decode(buf_slice(&line), &out);
				accepted += good;
				if (!good) {
					bad += !slice_is(buf_slice(&out), "before");
					/* Inside a line each character of the alphabet is fine. */
					bad += at + 4 < line.n && is_of_alphabet(c);
					continue;
				}
				buf_clear(&again);
				base64_encode(slice_from(buf_slice(&out), 6), &again);
				bad += !slice_equal(buf_slice(&again), buf_slice(&line));
			}
			line.p[at] = was;
		}
		bad += accepted < line.n;
		for (at = 0; at < line.n; at++)
			bad += base64_decode(slice_of(line.p, at), &out) != (at % 4 == 0);
	}
	T(bad == 0, "%zu lines", bad);
	T(!base64_decode(SLICE_OF("===="), &out) && !base64_decode(SLICE_OF("A==="), &out) &&
		!base64_decode(SLICE_OF("AA=A"), &out) &&
		!base64_decode(SLICE_OF("AA==AAAA"), &out) &&
		!base64_decode(SLICE_OF("AAA=AAAA"), &out) &&
		!base64_decode(SLICE_OF("AAAA===="), &out),
	    "padding in the wrong place");
	T(!base64_decode(SLICE_OF("AB=="), &out) && !base64_decode(SLICE_OF("AAB="), &out),
	    "bits left over");
	buf_free(&line);
	buf_free(&out);
	buf_free(&again);
}

/* Every width and length: the lines put together are the plain encoding. */
static void
lines(void)
{
	static const char *const eols[] = { "\n", "\r\n" };
	struct buf text = BUF_EMPTY, flat = BUF_EMPTY, whole = BUF_EMPTY;
	struct slice rest, line, s;
	size_t n, i, bad = 0;
	unsigned width;

	for (width = 4; width <= 80; width += 4) {
		for (n = 0; n < BYTES; n += n < 200 ? 1 : 97) {
			for (i = 0; i < 2; i++) {
				s = slice_of(plain, n);
				buf_clear(&text);
				buf_clear(&flat);
				buf_clear(&whole);
				base64_encode(s, &whole);
				base64_encode_lines(s, width, eols[i], &text);
				for (rest = buf_slice(&text); slice_line(&rest, &line); ) {
					bad += rest.n > 0 && !slice_ends(line, eols[i]);
					bad += rest.n > 0 ? slice_chomp(line).n != width
							  : line.n > width;
					bad += slice_ends(line, "\n") != (rest.n > 0);
					buf_add(&flat, slice_chomp(line));
				}
				bad += !slice_equal(buf_slice(&flat), buf_slice(&whole));
			}
		}
	}
	T(bad == 0, "%zu texts", bad);
	buf_free(&text);
	buf_free(&flat);
	buf_free(&whole);
}

/* Each byte that is not of the alphabet ends a span, wherever it stands. */
static void
spans(void)
{
	unsigned char text[150];
	size_t n, at, from, bad = 0;
	unsigned c;

	for (n = 0; n < sizeof(text); n++)
		text[n] = (unsigned char)alphabet[n % 64];
	for (c = 0; c < 256; c++) {
		for (at = 0; at < sizeof(text); at++) {
			unsigned char was = text[at];

			text[at] = (unsigned char)c;
			from = at % 7;
			bad += base64_span(slice_of(text + from, sizeof(text) - from)) !=
			    (is_of_alphabet(c) ? sizeof(text) : at) - from;
			text[at] = was;
		}
	}
	for (n = 0; n <= sizeof(text); n++)
		bad += base64_span(slice_of(text, n)) != n;
	T(bad == 0, "%zu spans", bad);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(i * 151 + i / 7);
	known_answers();
	there_and_back();
	only_canonical_lines();
	lines();
	spans();
	return t_done();
}
