/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_AGECIPHER_H
#define CORE_ARCHIVE_AGECIPHER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * What age is made of, from OpenSSL: nothing else here speaks to it, but for
 * core/base/digest.c.  All keys are 32 bytes.
 */
#define CIPHER_KEY 32u
#define CIPHER_TAG 16u
#define CIPHER_NONCE 12u

/* HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869), one block of it. */
void cipher_hmac(struct slice key, struct slice text, unsigned char out[CIPHER_KEY]);
void cipher_hkdf(struct slice secret, struct slice salt, struct slice info,
    unsigned char out[CIPHER_KEY]);
/* In a time that does not depend on where they differ. */
bool cipher_equal(const void *a, const void *b, size_t n);

/* X25519 (RFC 7748).  secret NULL's point: the base point, for a public key.
 * False: the outcome is zero, so point is none of an honest sender. */
bool cipher_x25519(const unsigned char secret[CIPHER_KEY], const unsigned char *point,
    unsigned char out[CIPHER_KEY]);

/* scrypt (RFC 7914) with r 8 and p 1 and 2^log_n rounds; false: no memory for it. */
bool cipher_scrypt(struct slice passphrase, struct slice salt, unsigned log_n,
    unsigned char out[CIPHER_KEY]);

/* ChaCha20-Poly1305 (RFC 8439) without additional data. */
struct cipher;
struct cipher *cipher_open(void);
void cipher_set_key(struct cipher *c, const unsigned char key[CIPHER_KEY], bool is_encrypting);
/* Gives the plain bytes' number more than there are, by CIPHER_TAG. */
void cipher_encrypt(struct cipher *c, const unsigned char nonce[CIPHER_NONCE],
    struct slice plain, unsigned char *out);
/* sealed is CIPHER_TAG bytes or more; out, which may be where sealed is, takes
 * as many less.  False: these are not the bytes that were encrypted, and
 * nothing of out is to be used. */
bool cipher_decrypt(struct cipher *c, const unsigned char nonce[CIPHER_NONCE],
    struct slice sealed, unsigned char *out);
void cipher_close(struct cipher *c);    /* NULL is fine */

#endif
