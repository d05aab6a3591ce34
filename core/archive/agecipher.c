/* SPDX-License-Identifier: MIT */
#include "core/archive/agecipher.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/secret.h"

#define INFO_MAX 64u                    /* of ours */

void
cipher_hmac(struct slice key, struct slice text, unsigned char out[CIPHER_KEY])
{
	unsigned char *done;

	/* A key of NULL would mean that of the call before. */
	done = HMAC(EVP_sha256(), key.n > 0 ? key.p : (const unsigned char *)"", (int)key.n,
	    text.p, text.n, out, NULL);
	assert(done != NULL);
}

void
cipher_hkdf(struct slice secret, struct slice salt, struct slice info,
    unsigned char out[CIPHER_KEY])
{
	unsigned char extracted[CIPHER_KEY], block[INFO_MAX + 1];

	assert(info.n <= INFO_MAX);
	cipher_hmac(salt, secret, extracted);
	memcpy(block, info.p, info.n);
	block[info.n] = 1;
	cipher_hmac(slice_of(extracted, sizeof(extracted)), slice_of(block, info.n + 1), out);
	secret_wipe(extracted, sizeof(extracted));
}

bool
cipher_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

bool
cipher_x25519(const unsigned char secret[CIPHER_KEY], const unsigned char *point,
    unsigned char out[CIPHER_KEY])
{
	static const unsigned char base[CIPHER_KEY] = { 9 };
	EVP_PKEY *ours, *theirs;
	EVP_PKEY_CTX *context;
	size_t n = CIPHER_KEY;
	bool good;

	ours = mem_check(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, CIPHER_KEY));
	theirs = mem_check(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
	    point != NULL ? point : base, CIPHER_KEY));
	context = mem_check(EVP_PKEY_CTX_new(ours, NULL));
	good = EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, theirs) == 1 &&
	    EVP_PKEY_derive(context, out, &n) == 1 && n == CIPHER_KEY;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(ours);
	return good;
}

bool
cipher_scrypt(struct slice passphrase, struct slice salt, unsigned log_n,
    unsigned char out[CIPHER_KEY])
{
	uint64_t rounds = UINT64_C(1) << log_n;

	return EVP_PBE_scrypt((const char *)passphrase.p, passphrase.n, salt.p, salt.n, rounds, 8, 1,
	    rounds * 1024 + 8 * MIB, out, CIPHER_KEY) == 1;
}

/* OpenSSL looks an algorithm up by name, under locks: once for a cipher. */
struct cipher {
	EVP_CIPHER *algorithm;
	EVP_CIPHER_CTX *context;
};

struct cipher *
cipher_open(void)
{
	struct cipher *c = mem_alloc(sizeof(*c));

	c->algorithm = mem_check(EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL));
	c->context = mem_check(EVP_CIPHER_CTX_new());
	return c;
}

void
cipher_set_key(struct cipher *c, const unsigned char key[CIPHER_KEY], bool is_encrypting)
{
	int ok = EVP_CipherInit_ex2(c->context, c->algorithm, key, NULL, is_encrypting, NULL);

	assert(ok == 1);
}

void
cipher_encrypt(struct cipher *c, const unsigned char nonce[CIPHER_NONCE], struct slice plain,
    unsigned char *out)
{
	int n, last = 0, ok;

	assert(plain.n <= INT32_MAX);
	ok = EVP_EncryptInit_ex2(c->context, NULL, NULL, nonce, NULL) == 1 &&
	    EVP_EncryptUpdate(c->context, out, &n, plain.p, (int)plain.n) == 1 &&
	    EVP_EncryptFinal_ex(c->context, out + n, &last) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG, out + n + last) == 1;
	assert(ok && (size_t)(n + last) == plain.n);
}

bool
cipher_decrypt(struct cipher *c, const unsigned char nonce[CIPHER_NONCE], struct slice sealed,
    unsigned char *out)
{
	unsigned char tag[CIPHER_TAG], none[CIPHER_TAG];
	size_t plain = sealed.n - CIPHER_TAG;
	int n = 0, ok;

	assert(sealed.n >= CIPHER_TAG && sealed.n <= INT32_MAX);
	memcpy(tag, sealed.p + plain, CIPHER_TAG);
	ok = EVP_DecryptInit_ex2(c->context, NULL, NULL, nonce, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG, tag) == 1 &&
	    EVP_DecryptUpdate(c->context, out, &n, sealed.p, (int)plain) == 1;
	assert(ok && (size_t)n == plain);
	return EVP_DecryptFinal_ex(c->context, none, &n) == 1;
}

void
cipher_close(struct cipher *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->context);        /* wipes the key */
	EVP_CIPHER_free(c->algorithm);
	mem_free(c);
}
