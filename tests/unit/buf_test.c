/* SPDX-License-Identifier: MIT */
#include "core/base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/t.h"

static void
comparing(void)
{
	/* In the order that slice_compare() must give. */
	static const struct slice sorted[] = {
		{ (const unsigned char *)"", 0 }, { (const unsigned char *)"\0", 1 },
		{ (const unsigned char *)"A", 1 }, { (const unsigned char *)"a", 1 },
		{ (const unsigned char *)"a\0", 2 }, { (const unsigned char *)"aB", 2 },
		{ (const unsigned char *)"ab", 2 }, { (const unsigned char *)"\xff", 1 },
	};
	const size_t n = sizeof(sorted) / sizeof(sorted[0]);
	size_t i, k;
	int order;

	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++) {
			order = slice_compare(sorted[i], sorted[k]);
			T((order > 0) - (order < 0) == (i > k) - (i < k), "order of %zu, %zu", i,
			    k);
			T(slice_equal(sorted[i], sorted[k]) == (i == k), "equal %zu, %zu", i, k);
		}
	}
	T(slice_equal((struct slice){ NULL, 0 }, SLICE_EMPTY), "NULL is empty");
	T(slice_compare((struct slice){ NULL, 0 }, SLICE_EMPTY) == 0, "NULL is empty");
	T(slice_equal_nocase(SLICE_OF("Content-TYPE@[`{"), SLICE_OF("cONTENT-type@[`{")), "case");
	T(!slice_equal_nocase(SLICE_OF("@"), SLICE_OF("`")), "only letters have a case");
	T(!slice_equal_nocase(SLICE_OF("["), SLICE_OF("{")), "only letters have a case");
	T(!slice_equal_nocase(SLICE_OF("ab"), SLICE_OF("abc")), "length counts");
	T(!slice_equal_nocase(SLICE_OF("\xc4"), SLICE_OF("\xe4")), "ASCII only");
	T(slice_is(SLICE_OF("x"), "x") && !slice_is(SLICE_OF("x\0"), "x") &&
	    slice_is(SLICE_EMPTY, "") && slice_is(SLICE_EMPTY, NULL), "is");
	T(slice_starts(SLICE_OF("From "), "From") && slice_starts(SLICE_OF("F"), "") &&
	    !slice_starts(SLICE_OF("Fro"), "From") && !slice_starts(SLICE_OF("from"), "From"),
	    "starts");
	T(slice_starts_nocase(SLICE_OF("fROM "), "From") &&
		!slice_starts_nocase(SLICE_OF("Fro"), "From"),
	    "starts in any case");
	T(slice_ends(SLICE_OF("a.gz"), ".gz") && slice_ends(SLICE_OF(".gz"), ".gz") &&
	    !slice_ends(SLICE_OF("gz"), ".gz") && slice_ends(SLICE_EMPTY, ""), "ends");
}

/* Every from and n, over every length: clipped, never outside. */
static void
cutting(void)
{
	static const size_t far[] = { 0, 1, 2, 3, 4, 5, 6, SIZE_MAX - 1, SIZE_MAX };
	struct slice s = SLICE_OF("abcd"), cut;
	size_t i, k, from, n, bad = 0;

	for (s.n = 0; s.n <= 4; s.n++) {
		for (i = 0; i < 9; i++) {
			for (k = 0; k < 9; k++) {
				from = far[i] < s.n ? far[i] : s.n;
				n = far[k] < s.n - from ? far[k] : s.n - from;
				cut = slice_sub(s, far[i], far[k]);
				bad += cut.p != s.p + from || cut.n != n;
			}
			cut = slice_from(s, far[i]);
			bad += cut.n != s.n - from || cut.p != s.p + from;
		}
	}
	T(bad == 0, "%zu cuts", bad);
	T(slice_sub((struct slice){ NULL, 0 }, 3, 3).n == 0, "of NULL");
	T(slice_of(NULL, 0).p != NULL && slice_string(NULL).p != NULL, "never NULL");
	T(slice_is(slice_trim(SLICE_OF(" \t\r\n a b\r\n ")), "a b"), "trim");
	T(slice_trim(SLICE_OF(" \t ")).n == 0 && slice_trim(SLICE_EMPTY).n == 0, "trim to nothing");
	T(slice_is(slice_trim(SLICE_OF("\fa\v")), "\fa\v"), "trim takes blanks only");
	T(slice_is(slice_chomp(SLICE_OF("a\r\n")), "a") &&
		slice_is(slice_chomp(SLICE_OF("a\n")), "a") &&
		slice_is(slice_chomp(SLICE_OF("a\r")), "a\r") &&
		slice_is(slice_chomp(SLICE_OF("\n")), "") &&
		slice_is(slice_chomp(SLICE_OF("\r\r\n")), "\r") &&
		slice_is(slice_chomp(SLICE_OF("\n\n")), "\n") &&
		slice_is(slice_chomp(SLICE_EMPTY), ""),
	    "chomp takes one line end");
}

/* Against the slowest possible search, over all short strings of two letters. */
static void
finding(void)
{
	unsigned char text[6], needle[3];
	size_t text_n, needle_n, bits, needle_bits, from, want, i, bad = 0;
	struct slice s;

	for (text_n = 0; text_n <= 6; text_n++) {
		for (bits = 0; bits < (size_t)1 << text_n; bits++) {
			for (i = 0; i < text_n; i++)
				text[i] = bits >> i & 1 ? 'b' : 'a';
			s = (struct slice){ text, text_n };
			for (from = 0; from <= text_n + 1; from++) {
				for (want = from; want < text_n && text[want] != 'b'; want++)
					;
				bad += slice_find(s, from, 'b') != (want < text_n ? want : text_n);
			}
			for (needle_n = 1; needle_n <= 3; needle_n++) {
				for (needle_bits = 0; needle_bits < (size_t)1 << needle_n;
				     needle_bits++) {
					for (i = 0; i < needle_n; i++)
						needle[i] = needle_bits >> i & 1 ? 'b' : 'a';
					for (want = 1; want + needle_n <= text_n &&
					    memcmp(text + want, needle, needle_n) != 0; want++)
						;
					bad += slice_find_bytes(s, 1, slice_of(needle, needle_n)) !=
					    (want + needle_n <= text_n ? want : text_n);
				}
			}
		}
	}
	T(bad == 0, "%zu searches", bad);
	T(slice_find(SLICE_OF("a"), SIZE_MAX, 'a') == 1, "from far behind");
	T(slice_find_bytes(SLICE_OF("a"), SIZE_MAX, SLICE_OF("a")) == 1, "from far behind");
}

/* The lines of a text, joined again, are the text; the same for fields. */
static void
splitting(void)
{
	static const char *const texts[] = {
	    "", "a", "\n", "a\n", "\n\n", "a\nb", "a\r\n\r\nb\n", "\na"};
	static const size_t lines[] = { 0, 1, 1, 1, 2, 2, 3, 2 };
	static const char *const fields[] = { "", "|", "a||b|", "|a" };
	static const char *const want[] = { "", "<>", "<a><><b>", "<><a>" };
	struct slice rest, piece;
	struct buf joined = BUF_EMPTY;
	size_t i, n;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&joined);
		rest = slice_string(texts[i]);
		for (n = 0; slice_line(&rest, &piece); n++) {
			T(piece.n > 0 && slice_find(piece, 0, '\n') + 1 >= piece.n, "a line");
			buf_add(&joined, piece);
		}
		T(n == lines[i] && slice_is(buf_slice(&joined), texts[i]), "lines of text %zu: %zu",
		    i, n);
	}
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		buf_clear(&joined);
		rest = slice_string(fields[i]);
		while (slice_field(&rest, '|', &piece)) {
			buf_add_byte(&joined, '<');
			buf_add(&joined, piece);
			buf_add_byte(&joined, '>');
		}
		T(slice_is(buf_slice(&joined), want[i]), "%s: %s", fields[i], buf_text(&joined));
	}
	buf_free(&joined);
}

static void
numbers(void)
{
	static const uint64_t edges[] = { 0, 1, 9, 10, 15, 16, 255, 256, UINT32_MAX, INT64_MAX,
		UINT64_MAX - 1, UINT64_MAX };
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "\xb2",
		"18446744073709551616", "99999999999999999999999" };
	uint64_t v;
	size_t i, k;
	char text[32];

	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		for (k = 0; k < sizeof(edges) / sizeof(edges[0]); k++) {
			bool fits = edges[i] <= edges[k];

			v = 77;
			snprintf(text, sizeof(text), "%" PRIu64, edges[i]);
			T(slice_number(slice_string(text), edges[k], &v) == fits &&
			    v == (fits ? edges[i] : 77), "%s up to %" PRIu64, text, edges[k]);
			v = 77;
			snprintf(text, sizeof(text), i % 2 ? "%" PRIx64 : "0%" PRIX64, edges[i]);
			T(slice_hex_number(slice_string(text), edges[k], &v) == fits &&
			    v == (fits ? edges[i] : 77), "hex %s up to %" PRIu64, text, edges[k]);
		}
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(!slice_number(slice_string(bad[i]), UINT64_MAX, &v), "'%s' is no number", bad[i]);
	T(!slice_number(SLICE_OF("a"), UINT64_MAX, &v), "a is no decimal digit");
	T(!slice_hex_number(SLICE_OF("g"), UINT64_MAX, &v), "g is no hexadecimal digit");
	T(!slice_hex_number(SLICE_OF("10000000000000000"), UINT64_MAX, &v), "seventeen digits");
}

/* Grown by every step from 0 to 300 bytes: the bytes stay and NUL is behind. */
static void
growing(void)
{
	struct buf b = BUF_EMPTY;
	size_t step, i, bad = 0;

	T(strcmp(buf_text(&b), "") == 0 && buf_slice(&b).n == 0, "empty");
	for (step = 0; step < 300; step++) {
		memset(buf_extend(&b, step), (int)(step % 251), step);
		bad += b.p[b.n] != 0 || b.cap <= b.n;
	}
	for (step = 0, i = 0; step < 300; i += step++)
		bad += step > 0 && (b.p[i] != step % 251 || b.p[i + step - 1] != step % 251);
	T(bad == 0 && i == b.n, "%zu bytes", bad);
	buf_truncate(&b, 5);
	T(b.n == 5 && b.p[5] == 0, "truncated");
	buf_clear(&b);
	T(b.n == 0 && b.p[0] == 0 && b.cap > 0, "cleared, with its memory");
	buf_free(&b);
	T(b.p == NULL && b.n == 0 && b.cap == 0, "freed");
	buf_clear(&b);
	buf_add(&b, SLICE_EMPTY);
	buf_add_bytes(&b, NULL, 0);
	T(b.n == 0, "nothing was added");
	buf_reserve(&b, 1000);
	T(b.n == 0 && b.cap > 1000 && b.p[0] == 0, "reserved");
	buf_free(&b);
}

static void
adding(void)
{
	static const uint64_t edges[] = { 0, 9, 10, 99, 100, UINT32_MAX, UINT64_MAX };
	struct buf b = BUF_EMPTY, other = BUF_EMPTY;
	char want[32], *text;
	size_t i, n;

	buf_add_string(&b, "one");
	buf_add_byte(&b, ' ');
	buf_add(&b, SLICE_OF("two"));
	buf_add_bytes(&b, " three", 6);
	buf_add_format(&b, " %d %s", 4, "five");
	T(strcmp(buf_text(&b), "one two three 4 five") == 0, "%s", buf_text(&b));
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		buf_clear(&b);
		buf_add_u64(&b, edges[i]);
		snprintf(want, sizeof(want), "%" PRIu64, edges[i]);
		T(strcmp(buf_text(&b), want) == 0, "%s", buf_text(&b));
	}
	for (n = 0; n < 200; n++) {
		buf_free(&b);
		buf_add_format(&b, "%*s", (int)n, "");
		T(b.n == n && b.p[n] == 0, "format of %zu", n);
	}
	buf_set(&b, SLICE_OF("abcdef"));
	buf_set(&b, slice_sub(buf_slice(&b), 2, 3));
	T(strcmp(buf_text(&b), "cde") == 0, "set to a part of itself: %s", buf_text(&b));
	buf_set(&other, SLICE_OF("gone"));
	buf_take(&other, &b);
	T(strcmp(buf_text(&other), "cde") == 0 && b.p == NULL && b.n == 0, "taken");
	text = buf_detach(&other);
	T(strcmp(text, "cde") == 0 && other.p == NULL, "detached");
	mem_free(text);
	text = buf_detach(&other);
	T(strcmp(text, "") == 0, "detached from nothing");
	mem_free(text);
	for (n = 0; n < 200; n++) {
		buf_free(&b);
		buf_set(&b, (struct slice){ (const unsigned char *)want, n % sizeof(want) });
		T(b.n == n % sizeof(want) && b.p[b.n] == 0, "set");
	}
	buf_free(&b);
}

/* No sum of lengths wraps round into a small allocation. */
static void
too_much(void)
{
	static const size_t more[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 6, SIZE_MAX / 2 };
	struct buf b = BUF_EMPTY;
	size_t i;
	int status;
	pid_t pid;

	buf_set(&b, SLICE_OF("abcde"));
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		pid = fork();
		if (pid == 0) {
			close(STDERR_FILENO);
			buf_reserve(&b, more[i]);
			_exit(0);
		}
		T(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1,
		    "%zu more", more[i]);
	}
	buf_free(&b);
}

/* Read the same bytes by every sequence of three takes: what fits is yielded in
 * order, the first that does not sets bad, and nothing comes after it. */
static void
cursors(void)
{
	static const unsigned char bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct cursor c;
	struct slice got;
	size_t n, i, takes[3], at, bad = 0;

	for (n = 0; n <= 9; n++) {
		for (i = 0; i < 1000; i++) {
			takes[0] = i % 10;
			takes[1] = i / 10 % 10;
			takes[2] = i / 100;
			c = cursor_of(slice_of(bytes, n));
			for (at = 0; at < 3; at++) {
				size_t have = c.n;
				bool was_bad = c.bad;

				got = cursor_take(&c, takes[at]);
				if (takes[at] <= have)
					bad += got.n != takes[at] || c.bad != was_bad ||
					    (got.n > 0 && got.p[0] != n - have + 1);
				else
					bad += got.n != 0 || !c.bad || c.n != 0;
			}
		}
	}
	T(bad == 0, "%zu takes", bad);
	c = cursor_of(slice_of(bytes, 9));
	T(cursor_byte(&c) == 1 && cursor_le64(&c) == 0x0908070605040302 && c.n == 0 && !c.bad,
	    "le64");
	T(cursor_byte(&c) == 0 && c.bad, "past the end");
	c = cursor_of(slice_of(bytes, 8));
	T(cursor_le16(&c) == 0x0201 && cursor_be16(&c) == 0x0304 && cursor_le32(&c) == 0x08070605,
	    "le");
	c = cursor_of(slice_of(bytes, 5));
	T(cursor_be32(&c) == 0x01020304 && !c.bad, "be32");
	T(cursor_be16(&c) == 0 && c.bad && cursor_byte(&c) == 0, "nothing after bad");
	c = cursor_of(slice_of(bytes, 3));
	cursor_skip(&c, 2);
	T(cursor_byte(&c) == 3 && !c.bad, "skip");
	cursor_skip(&c, 1);
	T(c.bad, "skip past the end");
	c = cursor_of(slice_of(bytes, 3));
	T(cursor_take(&c, SIZE_MAX).n == 0 && c.bad, "take everything there is and more");
}

int
main(void)
{
	comparing();
	cutting();
	finding();
	splitting();
	numbers();
	growing();
	adding();
	too_much();
	cursors();
	return t_done();
}
