/* SPDX-License-Identifier: MIT */
#include "core/archive/age.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/archive/agecipher.h"
#include "core/archive/bech32.h"
#include "core/base/base64.h"
#include "core/base/file.h"
#include "core/base/secret.h"
#include "tests/t.h"

/* Keys and files made by the program age, version 1.1.1. */
#define IDENTITY "AGE-SECRET-KEY-1RM4MY8ZY7C32S8DKG5XDX3C0H2T0YLX3QVJGKKXRC8SKV5E0XTHQ2GLFDU"
#define RECIPIENT "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv98"
#define HELLO "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBJbjNOalBvaCszWEg5SXNMVUJBclQ0VHBx" \
    "aExRWnludmxXbjM0Nm5FcDBjCmFyMklwbFpyZWRMd0F0azNOenE4NHhiV2FBVHZpcEI1bUhyVUhi" \
    "c0V1NFEKLS0tIDZWSFpFWWFQL0I2d1k2M2hWZTlLUlpZN0NlNEZBRnFBZFhjMlE3NDhmSkEKZX97" \
    "Yk2WaOXsVqRVLgs390QJCWnUAwEIfC5Ffyd0Xu2t+bypwxY="

extern char **environ;

static struct age_identity mine;

static void
bech32(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv99", "checksum" },
		{ "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv9", "cut off" },
		{ "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv988", "too long" },
		{ "age2u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv98", "separator" },
		{ "agf1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv98", "prefix" },
		{ "AGE1U8TG6D764WYT65Y6K6DR3SE7745GQFFL7LXM57FMWTUSQ22XKD2QCPVV98", "capitals" },
		{ "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvvb8", "letter" },
		{ "", "empty" }, { "age1", "no bytes" },
	};
	/* BIP 173: the values 0 to 31. */
	static const unsigned char bytes[] = { 0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35,
		0xcf, 0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf };
	static const unsigned char zeros[AGE_KEY];
	unsigned char back[sizeof(bytes)], one;
	struct age_recipient r;
	struct buf text = BUF_EMPTY;
	size_t i;

	bech32_add(&text, "abcdef", slice_of(bytes, sizeof(bytes)));
	T(strcmp(buf_text(&text), "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw") == 0, "%s",
	    buf_text(&text));
	T(bech32_parse(buf_slice(&text), "abcdef", back, sizeof(back)) &&
	    memcmp(back, bytes, sizeof(back)) == 0, "back");
	/* One byte is two values, and two bits of the second must be zero. */
	buf_clear(&text);
	bech32_add(&text, "x", SLICE_OF("\x07"));
	T(bech32_parse(buf_slice(&text), "x", &one, 1) && one == 7, "one byte");
	T(!bech32_parse(SLICE_OF("x1ql36jqmm"), "x", &one, 1), "filled up with ones");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(!age_recipient_parse(slice_string(bad[i].text), &r), "%s", bad[i].why);
	buf_clear(&text);
	bech32_add(&text, "age", slice_of(zeros, sizeof(zeros)));
	T(!age_recipient_parse(buf_slice(&text), &r), "a point of low order");
	buf_free(&text);
}

static void
keys(void)
{
	struct age_identity id, other;
	struct age_recipient r;
	struct buf text = BUF_EMPTY;

	T(age_identity_parse(SLICE_OF(IDENTITY), &mine), "identity");
	age_recipient_add(&text, &mine.recipient);
	T(strcmp(buf_text(&text), RECIPIENT) == 0, "its recipient: %s", buf_text(&text));
	T(age_recipient_parse(SLICE_OF(RECIPIENT), &r) && age_recipient_equal(&r, &mine.recipient),
	    "recipient");
	buf_clear(&text);
	age_identity_add(&text, &mine);
	T(strcmp(buf_text(&text), IDENTITY) == 0, "written again");
	T(!age_identity_parse(SLICE_OF("AGE-SECRET-KEY-1RM4MY8ZY7C32S8DKG5XDX3C0H2T0YLX3QVJGKKXRC8SKV5"
	    "E0XTHQ2GLFDQ"), &id), "wrong checksum");
	T(!age_identity_parse(SLICE_OF("age-secret-key-1rm4my8zy7c32s8dkg5xdx3c0h2t0ylx3qvjgkkxrc8skv5"
	    "e0xthq2glfdu"), &id), "in small letters");
	T(!age_identity_parse(SLICE_OF(RECIPIENT), &id), "a recipient");
	age_identity_make(&id);
	age_identity_make(&other);
	T(!age_recipient_equal(&id.recipient, &other.recipient), "two that are made differ");
	buf_free(&text);
}

/* All of a file; what went wrong is in err. */
static int
decrypt(struct slice file, const struct age_identity *id, struct buf *out, struct error *err)
{
	struct age_reader *r = age_reader_open();
	struct age_file f;
	int rc;

	buf_clear(out);
	rc = age_open(file, id, 1, &f, err);
	if (rc == 0)
		rc = fail(err, ERR_CORRUPT, "the header ends too early");
	else if (rc > 0)
		rc = age_read(r, &f, slice_from(file, (size_t)f.header), 0, true, out, err);
	age_reader_close(r);
	return rc;
}

static void
encrypt(struct slice plain, size_t portion, const struct age_recipient *to, size_t n,
    struct buf *out)
{
	struct age_writer *w = age_writer_open(to, n);
	size_t at;

	buf_clear(out);
	age_writer_begin(w, out);
	for (at = 0; at < plain.n; at += portion)
		age_writer_add(w, slice_sub(plain, at, portion), out);
	age_writer_end(w, out);
	age_writer_close(w);
}

static void
fill(struct buf *out, size_t n)
{
	size_t i;

	buf_clear(out);
	for (i = 0; i < n; i++)
		buf_add_byte(out, (unsigned char)(i * i % 251 + i / 977));
}

static void
known_file(void)
{
	struct buf file = BUF_EMPTY, plain = BUF_EMPTY;
	struct age_identity other;
	struct error err = ERROR_NONE;

	base64_decode(SLICE_OF(HELLO), &file);
	T(decrypt(buf_slice(&file), &mine, &plain, &err) == 0, "%s", err.text);
	T(slice_is(buf_slice(&plain), "hello\n"), "what age wrote");
	age_identity_make(&other);
	T(decrypt(buf_slice(&file), &other, &plain, &err) < 0 && err.code == ERR_KEY && plain.n == 0,
	    "another key: %s", err.text);
	T(!age_wants_passphrase(buf_slice(&file)), "no passphrase");
	buf_free(&file);
	buf_free(&plain);
}

static void
passphrases(void)
{
	static const char locked[] = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBnbzk2eDg3U0xOUFUzclVyQitybU9nIDE4"
	    "Cmswb2EreTlnekowYVB6N2FONXY1MzFBZ2lLK2kvTGpHNXpCYVhBTFRCMk0KLS0tIHNhWXlYZEI4"
	    "ZU5SYld0V0c2bDAzckEwQkdvTktSblpNSnZ0VGVBVUVoRG8K5GJDorlXqdrTt1SJFyIzTGsYpdpE"
	    "QyApmotSSphz9wOdsm3MS+TL";
	struct buf file = BUF_EMPTY, plain = BUF_EMPTY;
	struct age_writer *w = age_writer_open(NULL, 0);
	struct age_reader *r = age_reader_open();
	struct age_file f;
	struct error err = ERROR_NONE;
	size_t at;

	base64_decode(slice_string(locked), &file);
	T(age_wants_passphrase(buf_slice(&file)), "it wants one");
	T(age_open_passphrase(buf_slice(&file), SLICE_OF("correct horse"), &f, &err) == 1 &&
	    age_read(r, &f, slice_from(buf_slice(&file), (size_t)f.header), 0, true, &plain, &err) == 0 &&
	    slice_is(buf_slice(&plain), "locked\n"), "what age wrote: %s", err.text);
	T(age_open(buf_slice(&file), &mine, 1, &f, &err) < 0 && err.code == ERR_KEY, "an identity");
	at = slice_find_bytes(buf_slice(&file), 0, SLICE_OF(" 18\n"));
	memcpy(file.p + at, " 21\n", 4);
	T(age_open_passphrase(buf_slice(&file), SLICE_OF("correct horse"), &f, &err) < 0 &&
	    err.code == ERR_LIMIT, "too much work: %s", err.text);
	memcpy(file.p + at, " 08\n", 4);
	T(age_open_passphrase(buf_slice(&file), SLICE_OF("correct horse"), &f, &err) < 0 &&
	    err.code == ERR_CORRUPT, "a zero in front: %s", err.text);

	buf_clear(&file);
	T(age_writer_begin_passphrase(w, SLICE_OF("x"), 2, &file), "begin");
	age_writer_add(w, SLICE_OF("own"), &file);
	age_writer_end(w, &file);
	T(age_open_passphrase(buf_slice(&file), SLICE_OF("x"), &f, &err) == 1, "%s", err.text);
	T(age_open_passphrase(buf_slice(&file), SLICE_OF("y"), &f, &err) < 0 && err.code == ERR_KEY,
	    "a wrong one: %s", err.text);
	age_writer_close(w);
	age_reader_close(r);
	buf_free(&file);
	buf_free(&plain);
}

static const size_t sizes[] = { 0, 1, 4095, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1,
	2 * AGE_CHUNK, 3 * AGE_CHUNK + 77 };

static void
round_trips(void)
{
	static const size_t portions[] = { 1000, AGE_CHUNK, 5 * AGE_CHUNK };
	struct buf plain = BUF_EMPTY, file = BUF_EMPTY, back = BUF_EMPTY;
	struct age_identity two;
	struct age_recipient to[2];
	struct error err = ERROR_NONE;
	size_t i, k;

	age_identity_make(&two);
	to[0] = two.recipient;
	to[1] = mine.recipient;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		for (k = 0; k < sizeof(portions) / sizeof(portions[0]); k++) {
			encrypt(buf_slice(&plain), portions[k], to, 2, &file);
			T(decrypt(buf_slice(&file), &mine, &back, &err) == 0 &&
			    slice_equal(buf_slice(&back), buf_slice(&plain)), "%zu by %zu: %s",
			    sizes[i], portions[k], err.text);
			T(decrypt(buf_slice(&file), &two, &back, &err) == 0, "the other: %s", err.text);
		}
	}
	buf_free(&plain);
	buf_free(&file);
	buf_free(&back);
}

/* Every run of chunks gives its part of the whole, and no other place takes it. */
static void
ranges(void)
{
	struct buf plain = BUF_EMPTY, file = BUF_EMPTY, back = BUF_EMPTY;
	struct age_reader *r = age_reader_open();
	struct slice chunks, some;
	struct age_file f;
	struct error err = ERROR_NONE;
	size_t first, n, full = AGE_CHUNK + AGE_TAG, last;

	fill(&plain, 3 * AGE_CHUNK + 77);
	encrypt(buf_slice(&plain), 50000, &mine.recipient, 1, &file);
	T(age_open(buf_slice(&file), &mine, 1, &f, &err) == 1, "%s", err.text);
	chunks = slice_from(buf_slice(&file), (size_t)f.header);
	for (first = 0; first < 4; first++) {
		for (n = 1; first + n <= 4; n++) {
			some = slice_sub(chunks, first * full, n * full);
			buf_set(&back, SLICE_OF("before"));
			T(age_read(r, &f, some, first, false, &back, &err) == 0, "%zu+%zu: %s", first, n,
			    err.text);
			T(slice_equal(slice_from(buf_slice(&back), 6), slice_sub(buf_slice(&plain),
			    first * AGE_CHUNK, n * AGE_CHUNK)), "%zu+%zu: bytes", first, n);
			last = first + n;
			buf_clear(&back);
			T((age_read(r, &f, some, first, true, &back, &err) == 0) == (last == 4),
			    "%zu+%zu: the end", first, n);
			buf_clear(&back);
			T(age_read(r, &f, some, first + 1, false, &back, &err) < 0 &&
			    err.code == ERR_CORRUPT && back.n == 0, "%zu+%zu: elsewhere", first, n);
		}
	}
	T(age_read(r, &f, SLICE_EMPTY, 0, true, &back, &err) < 0, "no chunk at all");
	T(age_read(r, &f, slice_sub(chunks, 0, 15), 0, false, &back, &err) < 0, "less than a tag");
	age_reader_close(r);
	buf_free(&plain);
	buf_free(&file);
	buf_free(&back);
}

/* A chunk without bytes is the whole file, or it is damage: otherwise one file
 * could be written in two ways. */
static void
empty_last_chunk(void)
{
	static const unsigned char nonces[2][CIPHER_NONCE] = { { 0 }, { [10] = 1, [11] = 1 } };
	struct buf plain = BUF_EMPTY, file = BUF_EMPTY, back = BUF_EMPTY;
	struct cipher *c = cipher_open();
	struct age_file f;
	struct error err = ERROR_NONE;

	fill(&plain, AGE_CHUNK);
	encrypt(SLICE_EMPTY, 1, &mine.recipient, 1, &file);
	T(age_open(buf_slice(&file), &mine, 1, &f, &err) == 1, "%s", err.text);
	buf_truncate(&file, (size_t)f.header);
	cipher_set_key(c, f.key, true);
	cipher_encrypt(c, nonces[0], buf_slice(&plain), buf_extend(&file, AGE_CHUNK + AGE_TAG));
	cipher_encrypt(c, nonces[1], SLICE_EMPTY, buf_extend(&file, AGE_TAG));
	T(decrypt(buf_slice(&file), &mine, &back, &err) < 0 && err.code == ERR_CORRUPT &&
	    back.n == 0, "refused: %s", err.text);
	cipher_close(c);
	buf_free(&plain);
	buf_free(&file);
	buf_free(&back);
}

/* No flip of a bit and no cut gives other bytes. */
static void
every_bit_flip(void)
{
	struct buf file = BUF_EMPTY, back = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t bit, n, bad = 0;

	encrypt(SLICE_OF("some bytes"), 3, &mine.recipient, 1, &file);
	for (bit = 0; bit < file.n * 8; bit++) {
		file.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		bad += decrypt(buf_slice(&file), &mine, &back, &err) == 0 ||
		    (err.code != ERR_CORRUPT && err.code != ERR_KEY) || back.n > 0;
		file.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	T(bad == 0, "%zu of %zu bit flips", bad, bit);
	for (n = 0, bad = 0; n < file.n; n++)
		bad += decrypt(slice_sub(buf_slice(&file), 0, n), &mine, &back, &err) == 0;
	T(bad == 0, "%zu of %zu beginnings", bad, n);
	T(decrypt(buf_slice(&file), &mine, &back, &err) == 0, "as it was: %s", err.text);
	buf_free(&file);
	buf_free(&back);
}

/* A header that is right but for one thing, with the HMAC that belongs to it
 * as it stands there, cannot be had without the file key; so these are told
 * by what is said of them: damage, and not that the HMAC is wrong. */
static void
strict_headers(void)
{
	static const struct {
		const char *from, *to, *what;
	} cases[] = {
		{ "org/v1\n", "org/v2\n", "another version" },
		{ "org/v1\n", "org/v1\r\n", "a CR" },
		{ "-> X25519 ", "-> X25519  ", "two blanks" },
		{ "-> X25519 ", "->X25519 ", "no blank" },
		{ "-> X25519 ", "-> X25519 x ", "an argument more" },
		{ "-> X25519 ", "-> X25519 =", "padding" },
		{ "-> X25519 ", "-> \x7f X25519 ", "no printable character" },
		{ "-> X25519 ", "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 1\n"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-> X25519 ", "a passphrase besides" },
		{ "-> X25519 ", "-> x\nA\n-> X25519 ", "a body of one character" },
		{ "-> X25519 ", "-> x\n"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-> X25519 ",
		    "a body's line too long" },
		{ "-> X25519 ", "-> x\n"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-> X25519 ",
		    "a body without a short line" },
		{ "--- ", "---  ", "blanks before the HMAC" },
		{ "--- ", "---", "none" },
		{ "--- ", "--- A", "an HMAC too long" },
	};
	struct buf file = BUF_EMPTY, other = BUF_EMPTY, back = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct slice all;
	size_t i, at;

	encrypt(SLICE_OF("x"), 1, &mine.recipient, 1, &file);
	all = buf_slice(&file);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		at = slice_find_bytes(all, 0, slice_string(cases[i].from));
		buf_set(&other, slice_sub(all, 0, at));
		buf_add_string(&other, cases[i].to);
		buf_add(&other, slice_from(all, at + strlen(cases[i].from)));
		err.text[0] = '\0';
		T(decrypt(buf_slice(&other), &mine, &back, &err) < 0 && err.code == ERR_CORRUPT &&
		    strstr(err.text, "written") == NULL, "%s: %s", cases[i].what, err.text);
	}
	/* What others know is passed over; the HMAC covers it all the same. */
	at = slice_find_bytes(all, 0, SLICE_OF("-> "));
	buf_set(&other, slice_sub(all, 0, at));
	buf_add_string(&other, "-> other one two\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n");
	buf_add(&other, slice_from(all, at));
	T(decrypt(buf_slice(&other), &mine, &back, &err) < 0 && strstr(err.text, "written") != NULL,
	    "a recipient put in by somebody: %s", err.text);
	buf_set(&other, slice_sub(all, 0, at));
	while (other.n < AGE_HEADER_MAX)
		buf_add_string(&other, "-> other\nAAAA\n");
	T(decrypt(buf_slice(&other), &mine, &back, &err) < 0 && err.code == ERR_CORRUPT &&
	    strstr(err.text, "no end") != NULL, "a header without end: %s", err.text);
	/* A share of zeros would make the wrapping key known to everybody. */
	at = slice_find_bytes(all, 0, SLICE_OF("X25519 "));
	buf_set(&other, all);
	memset(other.p + at + 7, 'A', 43);
	T(decrypt(buf_slice(&other), &mine, &back, &err) < 0 && err.code == ERR_CORRUPT,
	    "a share of low order: %s", err.text);
	buf_free(&file);
	buf_free(&other);
	buf_free(&back);
}

/* RFC 5869, A.1 has two blocks; its first is what one block gives. */
static void
ciphers(void)
{
	static const unsigned char salt[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
	    info[] = { 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9 },
	    want[] = { 0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0,
		0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d,
		0x56, 0xec, 0xc4, 0xc5, 0xbf };
	unsigned char secret[22], out[CIPHER_KEY];

	memset(secret, 0x0b, sizeof(secret));
	cipher_hkdf(slice_of(secret, sizeof(secret)), slice_of(salt, sizeof(salt)),
	    slice_of(info, sizeof(info)), out);
	T(cipher_equal(out, want, sizeof(want)), "HKDF");
	out[31] ^= 1;
	T(!cipher_equal(out, want, sizeof(want)), "unequal");
}

/* ---- Both ways with the program age ---- */

/* The exit status; -1 when it cannot be run.  in and out are names of files. */
static int
run(const char *const *argv, const char *in, const char *out)
{
	posix_spawn_file_actions_t actions;
	int status = 0, rc;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, in, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		return -1;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
put(const char *path, struct slice bytes)
{
	struct error err = ERROR_NONE;

	T(file_replace(path, 0600, bytes, &err) == 0, "%s", err.text);
}

static void
with_age(void)
{
	const char *const version[] = { "age", "--version", NULL };
	const char *const to_us[] = { "age", "-r", RECIPIENT, NULL };
	const char *to_it[] = { "age", "-d", "-i", NULL, NULL };
	struct buf plain = BUF_EMPTY, file = BUF_EMPTY, back = BUF_EMPTY;
	struct age_recipient to[2];
	struct age_identity other;
	struct error err = ERROR_NONE;
	char in[4096], out[4096], key[4096];
	size_t i;

	snprintf(in, sizeof(in), "%s", t_path("in"));
	snprintf(out, sizeof(out), "%s", t_path("out"));
	snprintf(key, sizeof(key), "%s", t_path("key"));
	to_it[3] = key;
	put(in, SLICE_EMPTY);
	put(key, SLICE_OF(IDENTITY "\n"));
	if (run(version, in, out) != 0) {
		fprintf(stderr, "age_test: there is no program age: not tried with it\n");
		return;
	}
	age_identity_make(&other);
	to[0] = other.recipient;
	to[1] = mine.recipient;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		put(in, buf_slice(&plain));
		T(run(to_us, in, out) == 0 && file_read_all(out, 1 << 20, &file, &err) == 0, "age");
		T(decrypt(buf_slice(&file), &mine, &back, &err) == 0 &&
		    slice_equal(buf_slice(&back), buf_slice(&plain)), "from age, %zu: %s", sizes[i],
		    err.text);
		encrypt(buf_slice(&plain), 1000, to, 2, &file);
		put(in, buf_slice(&file));
		T(run(to_it, in, out) == 0 && file_read_all(out, 1 << 20, &back, &err) == 0 &&
		    slice_equal(buf_slice(&back), buf_slice(&plain)), "to age, %zu", sizes[i]);
	}
	buf_free(&plain);
	buf_free(&file);
	buf_free(&back);
}

int
main(void)
{
	bech32();
	keys();
	ciphers();
	known_file();
	passphrases();
	round_trips();
	ranges();
	empty_last_chunk();
	every_bit_flip();
	strict_headers();
	with_age();
	return t_done();
}
