/* SPDX-License-Identifier: MIT */
#include "core/base/base64_vector.h"

#ifdef __x86_64__

#include <immintrin.h>

/*
 * After W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
 * Instructions" (ACM Transactions on the Web, 2018): 24 bytes to 32 characters
 * a turn.  An AVX2 register is two lanes of 16 bytes, so tables stand twice.
 */
#define AVX2 __attribute__((target("avx2")))
#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2 static __m256i
load_lanes(const unsigned char *low, const unsigned char *high)
{
	return _mm256_inserti128_si256(
	    _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
	    _mm_loadu_si128((const __m128i *)high), 1);
}

AVX2 static size_t
encode(const unsigned char *p, size_t n, unsigned char *to)
{
	const __m256i spread = TWICE(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	/* What is added to a value of six bits; by the class that is made of it below. */
	const __m256i shift = TWICE('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
	    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
	__m256i in, even, odd, six, class;
	size_t done;

	for (done = 0; n - done >= 28; done += 24, to += 32) {
		in = _mm256_shuffle_epi8(load_lanes(p + done, p + done + 12), spread);
		even = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
		    _mm256_set1_epi32(0x04000040));
		odd = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
		    _mm256_set1_epi32(0x01000010));
		six = _mm256_or_si256(even, odd);
		class = _mm256_or_si256(_mm256_subs_epu8(six, _mm256_set1_epi8(51)),
		    _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), six),
		    _mm256_set1_epi8(13)));
		_mm256_storeu_si256((__m256i *)to,
		    _mm256_add_epi8(six, _mm256_shuffle_epi8(shift, class)));
	}
	return done;
}

AVX2 static __m256i
high_nibbles(__m256i text)
{
	return _mm256_and_si256(_mm256_srli_epi32(text, 4), _mm256_set1_epi8(0x0f));
}

/* Not zero where a character is not of the alphabet: its nibbles have a bit in
 * common. */
AVX2 static __m256i
strangers(__m256i text)
{
	const __m256i low = TWICE(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
	    0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
	const __m256i high = TWICE(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
	    0x10, 0x10, 0x10, 0x10, 0x10, 0x10);

	return _mm256_and_si256(
	    _mm256_shuffle_epi8(low, _mm256_and_si256(text, _mm256_set1_epi8(0x0f))),
	    _mm256_shuffle_epi8(high, high_nibbles(text)));
}

AVX2 static size_t
decode(const unsigned char *p, size_t n, unsigned char *to)
{
	/* By high nibble; "/" shares its own with "+" and takes the one below. */
	const __m256i shift = TWICE(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i gather = TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	__m256i text, bad, six;
	size_t done;

	for (done = 0; n - done >= 32; done += 32, to += 24) {
		text = _mm256_loadu_si256((const __m256i *)(p + done));
		bad = strangers(text);
		if (!_mm256_testz_si256(bad, bad))
			break;
		six = _mm256_add_epi8(text, _mm256_shuffle_epi8(shift, _mm256_add_epi8(
		    high_nibbles(text), _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/')))));
		six = _mm256_madd_epi16(_mm256_maddubs_epi16(six, _mm256_set1_epi32(0x01400140)),
		    _mm256_set1_epi32(0x00011000));
		six = _mm256_shuffle_epi8(six, gather);
		_mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(six));
		_mm_storeu_si128((__m128i *)(to + 12), _mm256_extracti128_si256(six, 1));
	}
	return done;
}

AVX2 static size_t
span(const unsigned char *p, size_t n)
{
	unsigned fine;
	size_t done;

	for (done = 0; n - done >= 32; done += 32) {
		fine = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_setzero_si256(),
		    strangers(_mm256_loadu_si256((const __m256i *)(p + done)))));
		if (fine != 0xffffffff)
			return done + (size_t)__builtin_ctz(~fine);
	}
	return done;
}

size_t
base64_vector_encode(const unsigned char *p, size_t n, unsigned char *to)
{
	return __builtin_cpu_supports("avx2") ? encode(p, n, to) : 0;
}

size_t
base64_vector_decode(const unsigned char *p, size_t n, unsigned char *to)
{
	return __builtin_cpu_supports("avx2") ? decode(p, n, to) : 0;
}

size_t
base64_vector_span(const unsigned char *p, size_t n)
{
	return __builtin_cpu_supports("avx2") ? span(p, n) : 0;
}

#else

size_t
base64_vector_encode(const unsigned char *p, size_t n, unsigned char *to)
{
	(void)p;
	(void)n;
	(void)to;
	return 0;
}

size_t
base64_vector_decode(const unsigned char *p, size_t n, unsigned char *to)
{
	(void)p;
	(void)n;
	(void)to;
	return 0;
}

size_t
base64_vector_span(const unsigned char *p, size_t n)
{
	(void)p;
	(void)n;
	return 0;
}

#endif
