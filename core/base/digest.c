/* SPDX-License-Identifier: MIT */
#include "core/base/digest.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/random.h>

#include "core/base/mem.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/*
 * OpenSSL looks an algorithm up by name, under locks, wherever it is not given
 * a fetched one; and a context costs two allocations.  Small messages come by
 * the hundred thousand, so both are kept: the one for the process, the other
 * for the thread.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *sha256;

static void
context_free(void *context)
{
	EVP_MD_CTX_free(context);
}

static void
start(void)
{
	int rc = pthread_key_create(&context_key, context_free);

	assert(rc == 0);
	/* One digest is fetched by its name: the tables of all names, of which
	 * every start would pay a third, are for others. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
	sha256 = mem_check(EVP_MD_fetch(NULL, "SHA256", NULL));
}

static void
begin(EVP_MD_CTX *context)
{
	int ok = EVP_DigestInit_ex2(context, sha256, NULL);

	assert(ok == 1);
}

static void
add(EVP_MD_CTX *context, struct slice s)
{
	int ok = EVP_DigestUpdate(context, s.p, s.n);

	assert(ok == 1);
}

static void
end(EVP_MD_CTX *context, struct digest *out)
{
	int ok = EVP_DigestFinal_ex(context, out->bytes, NULL);

	assert(ok == 1);
}

void
digest_of(struct slice s, struct digest *out)
{
	EVP_MD_CTX *context;

	pthread_once(&once, start);
	context = pthread_getspecific(context_key);
	if (context == NULL) {
		context = mem_check(EVP_MD_CTX_new());
		pthread_setspecific(context_key, context);
	}
	begin(context);
	add(context, s);
	end(context, out);
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

int
digest_compare(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES);
}

struct slice
digest_slice(const struct digest *d)
{
	return slice_of(d->bytes, DIGEST_BYTES);
}

static void
hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void
digest_hex(const struct digest *d, char out[DIGEST_HEX + 1])
{
	hex(d->bytes, DIGEST_BYTES, out);
}

void
digest_add_hex(struct buf *b, const struct digest *d)
{
	hex(d->bytes, DIGEST_BYTES, (char *)buf_extend(b, DIGEST_HEX));
}

static unsigned
nibble(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0';
	return c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 : 16;
}

bool
digest_parse(struct slice s, struct digest *out)
{
	struct digest d;
	unsigned high, low;
	size_t i;

	if (s.n != DIGEST_HEX)
		return false;
	for (i = 0; i < DIGEST_BYTES; i++) {
		high = nibble(s.p[2 * i]);
		low = nibble(s.p[2 * i + 1]);
		if (high > 15 || low > 15)
			return false;
		d.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*out = d;
	return true;
}

struct hasher {
	EVP_MD_CTX *context;
};

struct hasher *
hasher_open(void)
{
	struct hasher *h = mem_alloc(sizeof(*h));

	pthread_once(&once, start);
	h->context = mem_check(EVP_MD_CTX_new());
	begin(h->context);
	return h;
}

void
hasher_reset(struct hasher *h)
{
	begin(h->context);
}

void
hasher_add(struct hasher *h, struct slice s)
{
	add(h->context, s);
}

void
hasher_end(struct hasher *h, struct digest *out)
{
	end(h->context, out);
}

void
hasher_close(struct hasher *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->context);
	mem_free(h);
}

uint64_t
fingerprint64(struct slice s)
{
	return XXH3_64bits(s.p, s.n);
}

static struct fingerprint
of_xxh(XXH128_hash_t hash)
{
	return (struct fingerprint){ hash.low64, hash.high64 };
}

struct fingerprint
fingerprint128(struct slice s)
{
	return of_xxh(XXH3_128bits(s.p, s.n));
}

bool
fingerprint_equal(struct fingerprint a, struct fingerprint b)
{
	return a.low == b.low && a.high == b.high;
}

/* Sums, not exclusive or: two of the same must not cancel out. */
void
fingerprint_mix(struct fingerprint *sum, struct fingerprint one)
{
	sum->low += one.low;
	sum->high += one.high;
}

struct fingerprinter {
	XXH3_state_t *state;    /* apart: it wants an alignment of its own */
};

struct fingerprinter *
fingerprinter_open(void)
{
	struct fingerprinter *f = mem_alloc(sizeof(*f));

	f->state = mem_check(XXH3_createState());
	fingerprinter_reset(f);
	return f;
}

void
fingerprinter_reset(struct fingerprinter *f)
{
	XXH3_128bits_reset(f->state);
}

void
fingerprinter_add(struct fingerprinter *f, struct slice s)
{
	XXH3_128bits_update(f->state, s.p, s.n);
}

struct fingerprint
fingerprinter_end(struct fingerprinter *f)
{
	return of_xxh(XXH3_128bits_digest(f->state));
}

void
fingerprinter_close(struct fingerprinter *f)
{
	if (f == NULL)
		return;
	XXH3_freeState(f->state);
	mem_free(f);
}

void
random_hex(char out[33])
{
	unsigned char bytes[16];
	ssize_t n;

	do {
		n = getrandom(bytes, sizeof(bytes), 0);
	} while (n < 0 && errno == EINTR);
	assert(n == sizeof(bytes));
	hex(bytes, sizeof(bytes), out);
}
