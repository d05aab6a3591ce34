/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_BASE64_VECTOR_H
#define CORE_BASE_BASE64_VECTOR_H

#include <stddef.h>

/*
 * The inner loops of base64.c with vector instructions, where the processor
 * has them (AVX2); elsewhere they do nothing and return 0.  Each does as much
 * from the start as it can and leaves the rest to plain C.
 */

/* Returns how many of n bytes were encoded, a multiple of 3. */
size_t base64_vector_encode(const unsigned char *p, size_t n, unsigned char *to);
/* Returns how many of n characters were decoded, a multiple of 4, none of them
 * outside the alphabet.  Writes up to 4 bytes behind the last one decoded. */
size_t base64_vector_decode(const unsigned char *p, size_t n, unsigned char *to);
/* Returns how many characters are surely of the alphabet. */
size_t base64_vector_span(const unsigned char *p, size_t n);

#endif
