/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_DIGEST_H
#define CORE_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/* SHA-256: the name of a message, a part, a pack (FIPS 180-4). */
#define DIGEST_BYTES 32
#define DIGEST_HEX 64

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

void digest_of(struct slice s, struct digest *out);
bool digest_equal(const struct digest *a, const struct digest *b);
int digest_compare(const struct digest *a, const struct digest *b);
struct slice digest_slice(const struct digest *d);
void digest_hex(const struct digest *d, char out[DIGEST_HEX + 1]);      /* lower case */
void digest_add_hex(struct buf *b, const struct digest *d);
/* Exactly 64 lower-case hexadecimal digits, or false. */
bool digest_parse(struct slice hex, struct digest *out);

/* The same over bytes that come in pieces. */
struct hasher;
struct hasher *hasher_open(void);
void hasher_reset(struct hasher *h);
void hasher_add(struct hasher *h, struct slice s);
void hasher_end(struct hasher *h, struct digest *out);  /* then reset before more */
void hasher_close(struct hasher *h);    /* NULL is fine */

/*
 * XXH3 (xxHash 0.8): tells whether something changed since last night.  Not
 * a proof against anybody, never a name.
 */
struct fingerprint {
	uint64_t low, high;
};

uint64_t fingerprint64(struct slice s);
struct fingerprint fingerprint128(struct slice s);
bool fingerprint_equal(struct fingerprint a, struct fingerprint b);
/* Commutative: the fingerprint of a set does not depend on its order. */
void fingerprint_mix(struct fingerprint *sum, struct fingerprint one);

struct fingerprinter;                   /* XXH3-128 in pieces */
struct fingerprinter *fingerprinter_open(void);
void fingerprinter_reset(struct fingerprinter *f);
void fingerprinter_add(struct fingerprinter *f, struct slice s);
struct fingerprint fingerprinter_end(struct fingerprinter *f);
void fingerprinter_close(struct fingerprinter *f);

/* 16 random bytes from the system, as 32 hexadecimal digits: an archive's id. */
void random_hex(char out[33]);

#endif
