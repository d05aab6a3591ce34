/* SPDX-License-Identifier: MIT */
#include "core/base/digest.h"

#include <pthread.h>

#include "tests/t.h"

#define TEXT_BYTES 1000

static unsigned char text[TEXT_BYTES];

/* FIPS 180-4 and its usual test vectors. */
static void
known_answers(void)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	struct buf hex = BUF_EMPTY;
	char line[DIGEST_HEX + 1];
	struct digest d, back;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		digest_of(slice_string(cases[i].text), &d);
		digest_hex(&d, line);
		T(strcmp(line, cases[i].hex) == 0, "%s", line);
		buf_set(&hex, SLICE_OF("x"));
		digest_add_hex(&hex, &d);
		T(strcmp(buf_text(&hex) + 1, line) == 0 && hex.n == 1 + DIGEST_HEX, "added");
		T(digest_parse(slice_string(line), &back) && digest_equal(&back, &d), "parsed");
		T(slice_equal(digest_slice(&d), slice_of(d.bytes, DIGEST_BYTES)), "slice");
	}
	buf_free(&hex);
}

/* Only the 16 digits, only in lower case, only 64 of them: each byte value is
 * put in each place. */
static void
parsing_is_strict(void)
{
	char hex[DIGEST_HEX + 2];
	struct digest d, before;
	size_t at, bad = 0;
	unsigned c;
	bool good;

	memset(hex, '7', sizeof(hex));
	memset(&before, 0xee, sizeof(before));
	for (at = 0; at < DIGEST_HEX; at++) {
		for (c = 0; c < 256; c++) {
			hex[at] = (char)c;
			d = before;
			good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
			bad += digest_parse(slice_of(hex, DIGEST_HEX), &d) != good;
			bad += !good && !digest_equal(&d, &before);
		}
		hex[at] = '7';
	}
	for (at = 0; at <= DIGEST_HEX + 1; at++)
		bad += digest_parse(slice_of(hex, at), &d) != (at == DIGEST_HEX);
	T(bad == 0, "%zu times", bad);
}

static void
order(void)
{
	struct digest a = { { 0 } }, b = { { 0 } };

	T(digest_equal(&a, &b) && digest_compare(&a, &b) == 0, "the same");
	b.bytes[DIGEST_BYTES - 1] = 1;
	T(!digest_equal(&a, &b) && digest_compare(&a, &b) < 0, "the last byte counts");
	a.bytes[0] = 0x80;
	T(digest_compare(&a, &b) > 0, "bytes are unsigned");
}

/* In pieces of every size the answer is that of the whole. */
static void
pieces(void)
{
	struct slice whole = slice_of(text, sizeof(text));
	struct hasher *h = hasher_open();
	struct fingerprinter *f = fingerprinter_open();
	struct fingerprint print = fingerprint128(whole);
	struct digest want, have;
	size_t step, at, bad = 0;

	digest_of(whole, &want);
	for (step = 1; step <= sizeof(text); step++) {
		for (at = 0; at < sizeof(text); at += step) {
			hasher_add(h, slice_sub(whole, at, step));
			fingerprinter_add(f, slice_sub(whole, at, step));
		}
		hasher_end(h, &have);
		hasher_reset(h);
		bad += !digest_equal(&want, &have);
		bad += !fingerprint_equal(fingerprinter_end(f), print);
		fingerprinter_reset(f);
	}
	T(bad == 0, "%zu step sizes", bad);
	hasher_add(h, SLICE_OF("abandoned"));
	hasher_reset(h);
	hasher_add(h, SLICE_EMPTY);
	hasher_end(h, &have);
	digest_of(SLICE_EMPTY, &want);
	T(digest_equal(&want, &have), "nothing, after a reset in the middle");
	hasher_close(h);
	hasher_close(NULL);
	fingerprinter_close(f);
	fingerprinter_close(NULL);
}

static void *
digest_many(void *bad)
{
	struct digest want, have;
	size_t n;

	for (n = 0; n < sizeof(text); n++) {
		struct hasher *h = hasher_open();

		hasher_add(h, slice_of(text, n));
		hasher_end(h, &want);
		hasher_close(h);
		digest_of(slice_of(text, n), &have);
		*(size_t *)bad += !digest_equal(&want, &have);
	}
	return NULL;
}

static void
threads(void)
{
	pthread_t ids[8];
	size_t bad[8] = { 0 }, i;

	for (i = 0; i < 8; i++)
		T(pthread_create(&ids[i], NULL, digest_many, &bad[i]) == 0, "thread");
	for (i = 0; i < 8; i++) {
		pthread_join(ids[i], NULL);
		T(bad[i] == 0, "thread %zu: %zu", i, bad[i]);
	}
}

/* The values are kept from one run to the next, so they must never change: xxHash
 * 0.8 gives 2d06800538d394c2 and 99aa06d3014798d86001c324468d497f for nothing. */
static void
fingerprints(void)
{
	struct fingerprint sum = {0, 0}, back = {0, 0}, print = fingerprint128(SLICE_EMPTY), last;
	size_t n, bad = 0;

	T(fingerprint64(SLICE_EMPTY) == 0x2d06800538d394c2, "64 of nothing");
	T(print.high == 0x99aa06d3014798d8 && print.low == 0x6001c324468d497f, "128 of nothing");
	T(fingerprint64((struct slice){ NULL, 0 }) == 0x2d06800538d394c2, "64 of NULL");
	last = print;
	for (n = 1; n < sizeof(text); n++) {
		print = fingerprint128(slice_of(text, n));
		bad += fingerprint_equal(print, last);
		last = print;
		fingerprint_mix(&sum, print);
		fingerprint_mix(&back, fingerprint128(slice_of(text, sizeof(text) - n)));
	}
	T(bad == 0, "neighbours differ");
	T(fingerprint_equal(sum, back), "a set has no order");
	fingerprint_mix(&back, last);
	T(!fingerprint_equal(sum, back), "one more");
	fingerprint_mix(&back, last);
	T(!fingerprint_equal(sum, back), "the same twice does not cancel out");
	T(!fingerprint_equal((struct fingerprint){ 1, 2 }, (struct fingerprint){ 1, 3 }) &&
	    !fingerprint_equal((struct fingerprint){ 1, 2 }, (struct fingerprint){ 3, 2 }),
	    "both halves count");
}

static void
random_names(void)
{
	char a[33], b[33];

	random_hex(a);
	random_hex(b);
	T(strlen(a) == 32 && strspn(a, "0123456789abcdef") == 32, "%s", a);
	T(strcmp(a, b) != 0, "two of them differ");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 167 + i / 256);
	known_answers();
	parsing_is_strict();
	order();
	pieces();
	threads();
	fingerprints();
	random_names();
	return t_done();
}
