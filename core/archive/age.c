/* SPDX-License-Identifier: MIT */
#include "core/archive/age.h"

#include <assert.h>
#include <inttypes.h>

#include "core/archive/agecipher.h"
#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/base/secret.h"

#define FIRST_LINE "age-encryption.org/v1\n"
#define X25519_INFO SLICE_OF("age-encryption.org/v1/X25519")
#define SCRYPT_LABEL "age-encryption.org/v1/scrypt"
#define WRAPPED (AGE_FILE_KEY + CIPHER_TAG)
#define SALT 16u
#define BODY_WIDTH 64u                  /* of the lines of a stanza's body */
#define ARGUMENTS_MAX 16u

/* ---- Base64 without padding ---- */

static void
add_base64(struct buf *out, const void *p, size_t n)
{
	base64_encode(slice_of(p, n), out);
	while (out->n > 0 && out->p[out->n - 1] == '=')
		buf_truncate(out, out->n - 1);
}

/* Exactly n bytes, in the one way to write them. */
static bool
parse_base64(struct slice text, unsigned char *out, size_t n)
{
	struct buf padded = BUF_EMPTY, plain = BUF_EMPTY;
	bool good = text.n == (n * 8 + 5) / 6 && slice_find(text, 0, '=') == text.n;

	if (good) {
		buf_add(&padded, text);
		while (padded.n % 4 != 0)
			buf_add_byte(&padded, '=');
		good = base64_decode(buf_slice(&padded), &plain) && plain.n == n;
	}
	if (good)
		memcpy(out, plain.p, n);
	buf_free(&padded);
	buf_free(&plain);
	return good;
}

/* ---- Writing a header ---- */

struct wrapping {
	unsigned char file_key[AGE_FILE_KEY];
	struct cipher *cipher;
	struct buf *out;
	size_t start;                   /* of the header in out */
};

static const unsigned char zero_nonce[CIPHER_NONCE];

static void
add_wrapped(struct wrapping *w, const unsigned char key[CIPHER_KEY])
{
	unsigned char wrapped[WRAPPED];

	cipher_set_key(w->cipher, key, true);
	cipher_encrypt(w->cipher, zero_nonce, slice_of(w->file_key, AGE_FILE_KEY), wrapped);
	add_base64(w->out, wrapped, sizeof(wrapped));
	buf_add_byte(w->out, '\n');
}

static void
wrap_key(const unsigned char shared[CIPHER_KEY], const unsigned char share[AGE_KEY],
    const struct age_recipient *to, unsigned char out[CIPHER_KEY])
{
	unsigned char salt[2 * AGE_KEY];

	memcpy(salt, share, AGE_KEY);
	memcpy(salt + AGE_KEY, to->bytes, AGE_KEY);
	cipher_hkdf(slice_of(shared, CIPHER_KEY), slice_of(salt, sizeof(salt)), X25519_INFO, out);
}

static void
add_x25519(struct wrapping *w, const struct age_recipient *to)
{
	struct age_identity ephemeral;
	unsigned char shared[CIPHER_KEY], key[CIPHER_KEY];
	bool good;

	age_identity_make(&ephemeral);
	good = cipher_x25519(ephemeral.secret, to->bytes, shared);
	assert(good);           /* age_recipient_parse() lets no other point in */
	wrap_key(shared, ephemeral.recipient.bytes, to, key);
	buf_add_string(w->out, "-> X25519 ");
	add_base64(w->out, ephemeral.recipient.bytes, AGE_KEY);
	buf_add_byte(w->out, '\n');
	add_wrapped(w, key);
	secret_wipe(&ephemeral, sizeof(ephemeral));
	secret_wipe(shared, sizeof(shared));
	secret_wipe(key, sizeof(key));
}

static bool
passphrase_key(struct slice passphrase, const unsigned char salt[SALT], unsigned work,
    unsigned char out[CIPHER_KEY])
{
	unsigned char labelled[sizeof(SCRYPT_LABEL) - 1 + SALT];

	memcpy(labelled, SCRYPT_LABEL, sizeof(SCRYPT_LABEL) - 1);
	memcpy(labelled + sizeof(SCRYPT_LABEL) - 1, salt, SALT);
	return cipher_scrypt(passphrase, slice_of(labelled, sizeof(labelled)), work, out);
}

static void
header_mac(const unsigned char file_key[AGE_FILE_KEY], struct slice header,
    unsigned char out[CIPHER_KEY])
{
	unsigned char key[CIPHER_KEY];

	cipher_hkdf(slice_of(file_key, AGE_FILE_KEY), SLICE_EMPTY, SLICE_OF("header"), key);
	cipher_hmac(slice_of(key, sizeof(key)), header, out);
	secret_wipe(key, sizeof(key));
}

static void
payload_key(const unsigned char file_key[AGE_FILE_KEY], struct slice nonce,
    unsigned char out[CIPHER_KEY])
{
	cipher_hkdf(slice_of(file_key, AGE_FILE_KEY), nonce, SLICE_OF("payload"), out);
}

static void
wrapping_begin(struct wrapping *w, struct cipher *cipher, struct buf *out)
{
	w->cipher = cipher;
	w->out = out;
	w->start = out->n;
	buf_add_string(out, FIRST_LINE);
}

static void
add_mac(struct wrapping *w)
{
	unsigned char mac[CIPHER_KEY];

	buf_add_string(w->out, "---");
	header_mac(w->file_key, slice_from(buf_slice(w->out), w->start), mac);
	buf_add_byte(w->out, ' ');
	add_base64(w->out, mac, sizeof(mac));
	buf_add_byte(w->out, '\n');
}

static void
wrapping_end(struct wrapping *w, unsigned char key[CIPHER_KEY])
{
	unsigned char nonce[AGE_NONCE];

	add_mac(w);
	secret_random(nonce, sizeof(nonce));
	buf_add_bytes(w->out, nonce, sizeof(nonce));
	payload_key(w->file_key, slice_of(nonce, sizeof(nonce)), key);
	secret_wipe(w->file_key, AGE_FILE_KEY);
}

void
age_header_add(struct buf *out, const struct age_file *f, const struct age_recipient *to,
    size_t n)
{
	struct cipher *cipher = cipher_open();
	struct wrapping w;
	size_t i;

	wrapping_begin(&w, cipher, out);
	memcpy(w.file_key, f->file_key, AGE_FILE_KEY);
	for (i = 0; i < n; i++)
		add_x25519(&w, &to[i]);
	add_mac(&w);
	secret_wipe(w.file_key, AGE_FILE_KEY);
	cipher_close(cipher);
}

/* ---- Reading a header ---- */

struct stanza {
	struct slice arguments[ARGUMENTS_MAX];
	size_t n;
	struct buf body;                /* base64, line ends taken out */
};

struct header {
	struct slice rest;
	bool ended;                     /* start ended before the header did */
};

/* One line without its LF.  False where there is none. */
static bool
take_line(struct header *h, struct slice *line)
{
	if (!slice_line(&h->rest, line) || line->p[line->n - 1] != '\n') {
		h->ended = true;
		return false;
	}
	line->n--;
	return true;
}

static bool
parse_arguments(struct slice line, struct stanza *s)
{
	struct slice argument;
	size_t i;

	s->n = 0;
	if (!slice_starts(line, "-> ") || slice_ends(line, " "))
		return false;
	line = slice_from(line, 3);
	while (slice_field(&line, ' ', &argument)) {
		if (argument.n == 0 || s->n == ARGUMENTS_MAX)
			return false;
		for (i = 0; i < argument.n; i++)
			if (argument.p[i] < 33 || argument.p[i] > 126)
				return false;
		s->arguments[s->n++] = argument;
	}
	return s->n > 0;
}

/* A stanza, of which line is the first.  False: damaged, or ended. */
static bool
take_stanza(struct header *h, struct slice line, struct stanza *s)
{
	if (!parse_arguments(line, s))
		return false;
	buf_clear(&s->body);
	do {
		if (!take_line(h, &line) || line.n > BODY_WIDTH || base64_span(line) != line.n)
			return false;
		buf_add(&s->body, line);
	} while (line.n == BODY_WIDTH);
	return s->body.n % 4 != 1;
}

/* How a stanza gives the file key: 1 it did, 0 it is for others, -1 damaged. */
struct unwrapping {
	const struct age_identity *ids;
	size_t n;
	struct slice passphrase;
	bool has_passphrase;
	struct cipher *cipher;
	unsigned char file_key[AGE_FILE_KEY];
};

static bool
unwrap(struct unwrapping *u, const unsigned char key[CIPHER_KEY],
    const unsigned char wrapped[WRAPPED])
{
	cipher_set_key(u->cipher, key, false);
	return cipher_decrypt(u->cipher, zero_nonce, slice_of(wrapped, WRAPPED), u->file_key);
}

static int
unwrap_x25519(struct unwrapping *u, const struct stanza *s, struct error *err)
{
	unsigned char share[AGE_KEY], wrapped[WRAPPED], shared[CIPHER_KEY], key[CIPHER_KEY];
	size_t i;
	int rc = 0;

	if (s->n != 2 || !parse_base64(s->arguments[1], share, sizeof(share)) ||
	    !parse_base64(buf_slice(&s->body), wrapped, sizeof(wrapped)))
		return fail(err, ERR_CORRUPT, "the header has a damaged recipient");
	for (i = 0; i < u->n && rc == 0; i++) {
		if (!cipher_x25519(u->ids[i].secret, share, shared))
			return fail(err, ERR_CORRUPT, "the header has a recipient's share that is none");
		wrap_key(shared, share, &u->ids[i].recipient, key);
		rc = unwrap(u, key, wrapped);
	}
	secret_wipe(shared, sizeof(shared));
	secret_wipe(key, sizeof(key));
	return rc;
}

static int
unwrap_scrypt(struct unwrapping *u, const struct stanza *s, struct error *err)
{
	unsigned char salt[SALT], wrapped[WRAPPED], key[CIPHER_KEY];
	uint64_t work;
	int rc;

	if (s->n != 3 || !parse_base64(s->arguments[1], salt, sizeof(salt)) ||
	    !parse_base64(buf_slice(&s->body), wrapped, sizeof(wrapped)) ||
	    s->arguments[2].p[0] == '0' || !slice_number(s->arguments[2], 63, &work))
		return fail(err, ERR_CORRUPT, "the header has a damaged passphrase entry");
	if (!u->has_passphrase)
		return 0;
	if (work > AGE_WORK_MAX)
		return fail(err, ERR_LIMIT, "the passphrase takes 2^%u rounds of scrypt, more than 2^%u",
		    (unsigned)work, AGE_WORK_MAX);
	if (!passphrase_key(u->passphrase, salt, (unsigned)work, key))
		return fail(err, ERR_LIMIT, "there is not the memory that the passphrase takes");
	rc = unwrap(u, key, wrapped);
	secret_wipe(key, sizeof(key));
	return rc;
}

static int
unwrap_stanza(struct unwrapping *u, const struct stanza *s, bool is_alone, struct error *err)
{
	if (slice_is(s->arguments[0], "X25519"))
		return unwrap_x25519(u, s, err);
	if (!slice_is(s->arguments[0], "scrypt"))
		return 0;               /* of a kind that others know */
	/* Who knows the passphrase must be who wrote the file. */
	if (!is_alone)
		return fail(err, ERR_CORRUPT, "the header has a passphrase among other recipients");
	return unwrap_scrypt(u, s, err);
}

/* Up to the line of the HMAC, which is given.  As age_open(); found: the file
 * key is known.  All stanzas are looked at: damage behind the right one is
 * damage all the same. */
static int
take_stanzas(struct header *h, struct unwrapping *u, struct slice *line, bool *found,
    struct error *err)
{
	struct stanza s = { .body = BUF_EMPTY };
	unsigned char kept[AGE_FILE_KEY];
	size_t count = 0;
	bool has_scrypt = false;
	int rc = 1;

	*found = false;
	while (rc > 0 && (rc = take_line(h, line)) > 0 && !slice_starts(*line, "---")) {
		if (!take_stanza(h, *line, &s)) {
			rc = h->ended ? 0 : fail(err, ERR_CORRUPT, "the header is damaged");
			break;
		}
		has_scrypt = has_scrypt || slice_is(s.arguments[0], "scrypt");
		count++;
		rc = unwrap_stanza(u, &s, count == 1, err);
		if (rc > 0 && !*found)
			memcpy(kept, u->file_key, AGE_FILE_KEY);
		*found = *found || rc > 0;
		rc = rc < 0 ? -1 : 1;
	}
	if (rc > 0 && has_scrypt && count > 1)
		rc = fail(err, ERR_CORRUPT, "the header has a passphrase among other recipients");
	if (*found)
		memcpy(u->file_key, kept, AGE_FILE_KEY);
	secret_wipe(kept, sizeof(kept));
	buf_free(&s.body);
	return rc;
}

static int
check_end(struct unwrapping *u, struct slice header, struct slice line, bool found,
    struct error *err)
{
	unsigned char said[CIPHER_KEY], is[CIPHER_KEY];

	if (!slice_starts(line, "--- ") || !parse_base64(slice_from(line, 4), said, sizeof(said)))
		return fail(err, ERR_CORRUPT, "the header is damaged");
	if (!found)
		return fail(err, ERR_KEY, u->has_passphrase ? "the passphrase is wrong" :
		    "it is encrypted to other keys than those at hand");
	header_mac(u->file_key, header, is);
	if (!cipher_equal(said, is, sizeof(said)))
		return fail(err, ERR_CORRUPT, "the header is not the one that was written");
	return 0;
}

static int
open_with(struct slice start, struct unwrapping *u, struct age_file *out, struct error *err)
{
	struct header h = { .rest = slice_sub(start, 0, AGE_HEADER_MAX) };
	struct slice line = SLICE_EMPTY, nonce;
	bool found = false;
	int rc;

	memset(out, 0, sizeof(*out));
	line = slice_sub(start, 0, sizeof(FIRST_LINE) - 1);
	if (memcmp(line.p, FIRST_LINE, line.n) != 0)
		return fail(err, ERR_CORRUPT, "this is no file of age");
	h.rest = slice_from(h.rest, line.n);
	u->cipher = cipher_open();
	rc = take_stanzas(&h, u, &line, &found, err);
	if (rc > 0 && check_end(u, slice_sub(start, 0, (size_t)(line.p - start.p) + 3), line, found,
	    err) < 0)
		rc = -1;
	nonce = slice_sub(h.rest, 0, AGE_NONCE);
	if (rc > 0 && nonce.n < AGE_NONCE)
		rc = 0;
	if (rc == 0 && start.n >= AGE_HEADER_MAX)
		rc = fail(err, ERR_CORRUPT, "the header has no end");
	if (rc > 0) {
		memcpy(out->file_key, u->file_key, AGE_FILE_KEY);
		payload_key(u->file_key, nonce, out->key);
		out->header = (uint64_t)(nonce.p - start.p) + AGE_NONCE;
	}
	secret_wipe(u->file_key, AGE_FILE_KEY);
	cipher_close(u->cipher);
	return rc;
}

int
age_open(struct slice start, const struct age_identity *ids, size_t n, struct age_file *out,
    struct error *err)
{
	struct unwrapping u = { .ids = ids, .n = n };

	return open_with(start, &u, out, err);
}

int
age_open_passphrase(struct slice start, struct slice passphrase, struct age_file *out,
    struct error *err)
{
	struct unwrapping u = { .passphrase = passphrase, .has_passphrase = true };

	return open_with(start, &u, out, err);
}

bool
age_wants_passphrase(struct slice start)
{
	return slice_starts(start, FIRST_LINE "-> scrypt ");
}

/* ---- Chunks ---- */

/* The number of the chunk, big-endian in 11 bytes, and whether it is the last. */
static void
chunk_nonce(uint64_t number, bool is_last, unsigned char nonce[CIPHER_NONCE])
{
	size_t i;

	memset(nonce, 0, CIPHER_NONCE);
	for (i = 0; i < 8; i++)
		nonce[10 - i] = (unsigned char)(number >> (8 * i));
	nonce[11] = is_last;
}

struct age_writer {
	struct age_recipient *to;
	size_t n;
	struct cipher *cipher;
	uint64_t number;
	struct buf held;                /* plain, up to one chunk: it may be the last */
};

struct age_writer *
age_writer_open(const struct age_recipient *to, size_t n)
{
	struct age_writer *w = mem_alloc(sizeof(*w));

	w->to = mem_alloc_array(n, sizeof(*to));
	if (n > 0)
		memcpy(w->to, to, n * sizeof(*to));
	w->n = n;
	w->cipher = cipher_open();
	buf_reserve(&w->held, AGE_CHUNK);
	return w;
}

static void
begin_chunks(struct age_writer *w, struct wrapping *header)
{
	unsigned char key[CIPHER_KEY];

	wrapping_end(header, key);
	cipher_set_key(w->cipher, key, true);
	secret_wipe(key, sizeof(key));
	w->number = 0;
	buf_clear(&w->held);
}

void
age_writer_begin(struct age_writer *w, struct buf *out)
{
	struct wrapping header;
	size_t i;

	wrapping_begin(&header, w->cipher, out);
	secret_random(header.file_key, AGE_FILE_KEY);
	for (i = 0; i < w->n; i++)
		add_x25519(&header, &w->to[i]);
	begin_chunks(w, &header);
}

bool
age_writer_begin_passphrase(struct age_writer *w, struct slice passphrase, unsigned work,
    struct buf *out)
{
	struct wrapping header;
	unsigned char salt[SALT], key[CIPHER_KEY];

	secret_random(salt, sizeof(salt));
	if (!passphrase_key(passphrase, salt, work, key))
		return false;
	wrapping_begin(&header, w->cipher, out);
	secret_random(header.file_key, AGE_FILE_KEY);
	buf_add_string(out, "-> scrypt ");
	add_base64(out, salt, sizeof(salt));
	buf_add_format(out, " %u\n", work);
	add_wrapped(&header, key);
	secret_wipe(key, sizeof(key));
	begin_chunks(w, &header);
	return true;
}

static void
put_chunk(struct age_writer *w, struct slice plain, bool is_last, struct buf *out)
{
	unsigned char nonce[CIPHER_NONCE];

	chunk_nonce(w->number++, is_last, nonce);
	cipher_encrypt(w->cipher, nonce, plain, buf_extend(out, plain.n + CIPHER_TAG));
}

void
age_writer_add(struct age_writer *w, struct slice plain, struct buf *out)
{
	size_t n;

	while (plain.n > 0) {
		if (w->held.n == AGE_CHUNK) {
			put_chunk(w, buf_slice(&w->held), false, out);
			buf_clear(&w->held);
		}
		/* Whole chunks with something behind them go where they lie. */
		if (w->held.n == 0 && plain.n > AGE_CHUNK) {
			put_chunk(w, slice_sub(plain, 0, AGE_CHUNK), false, out);
			plain = slice_from(plain, AGE_CHUNK);
			continue;
		}
		n = AGE_CHUNK - w->held.n;
		buf_add(&w->held, slice_sub(plain, 0, n));
		plain = slice_from(plain, n);
	}
}

void
age_writer_end(struct age_writer *w, struct buf *out)
{
	put_chunk(w, buf_slice(&w->held), true, out);
	buf_clear(&w->held);
}

void
age_writer_close(struct age_writer *w)
{
	if (w == NULL)
		return;
	cipher_close(w->cipher);
	buf_free(&w->held);
	mem_free(w->to);
	mem_free(w);
}

struct age_reader {
	struct cipher *cipher;
};

struct age_reader *
age_reader_open(void)
{
	struct age_reader *r = mem_alloc(sizeof(*r));

	r->cipher = cipher_open();
	return r;
}

/* Append one chunk.  May be the last: it ends the file where nothing else would
 * do, which only its own tag can tell. */
static bool
read_chunk(struct age_reader *r, struct slice chunk, uint64_t number, bool may_end, bool must_end,
    struct buf *out)
{
	unsigned char nonce[CIPHER_NONCE];
	bool is_short = chunk.n < AGE_CHUNK + AGE_TAG, good = false;
	unsigned char *to;

	/* Only the last may be short; one without bytes is the whole file. */
	if (chunk.n < AGE_TAG || (chunk.n == AGE_TAG && number > 0))
		return false;
	to = buf_extend(out, chunk.n - AGE_TAG);
	if (!is_short && !must_end) {
		chunk_nonce(number, false, nonce);
		good = cipher_decrypt(r->cipher, nonce, chunk, to);
	}
	if (!good && may_end) {
		chunk_nonce(number, true, nonce);
		good = cipher_decrypt(r->cipher, nonce, chunk, to);
	}
	return good;
}

int
age_read(struct age_reader *r, const struct age_file *f, struct slice chunks, uint64_t first,
    bool to_end, struct buf *out, struct error *err)
{
	size_t before = out->n;
	struct slice chunk;
	bool is_last;

	cipher_set_key(r->cipher, f->key, false);
	do {
		chunk = slice_sub(chunks, 0, AGE_CHUNK + AGE_TAG);
		chunks = slice_from(chunks, chunk.n);
		is_last = chunks.n == 0;
		if (!read_chunk(r, chunk, first, is_last, is_last && to_end, out)) {
			buf_truncate(out, before);
			return fail(err, ERR_CORRUPT, "its encrypted chunk %" PRIu64
			    " is not the one that was written", first);
		}
		first++;
	} while (!is_last);
	return 0;
}

void
age_reader_close(struct age_reader *r)
{
	if (r == NULL)
		return;
	cipher_close(r->cipher);
	mem_free(r);
}
