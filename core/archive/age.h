/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_AGE_H
#define CORE_ARCHIVE_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * The file format of the program age, version 1 (age-encryption.org/v1, C2SP
 * age.md): a header of text that holds the key of the file once for each
 * recipient, then the bytes in chunks of 64 KiB, each encrypted and
 * authenticated by itself and in its place.
 *
 *	age-encryption.org/v1
 *	-> X25519 <ephemeral share>
 *	<file key, wrapped>
 *	--- <HMAC of the header up to here>
 *	16 bytes of nonce, chunks of 65536 + 16 bytes, the last one shorter
 *
 * A file is for X25519 recipients, or for one passphrase.
 */
#define AGE_KEY 32u
#define AGE_CHUNK 65536u                /* plain */
#define AGE_TAG 16u                     /* more than that, encrypted */
#define AGE_NONCE 16u                   /* between the header's text and the chunks */
#define AGE_FILE_KEY 16u
#define AGE_HEADER_MAX 65536u           /* ours have 98 bytes a recipient and 70 besides */
#define AGE_RECIPIENTS_MAX 64u
#define AGE_WORK_MAX 20u                /* of a passphrase: 2^20 rounds, a gigabyte */

/* ---- Keys ---- */

/* Who may read: "age1…". */
struct age_recipient {
	unsigned char bytes[AGE_KEY];
};

/* Who reads: "AGE-SECRET-KEY-1…".  Wipe it with secret_wipe(). */
struct age_identity {
	unsigned char secret[AGE_KEY];
	struct age_recipient recipient;
};

bool age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b);
bool age_recipient_parse(struct slice text, struct age_recipient *out);
void age_recipient_add(struct buf *out, const struct age_recipient *r);

void age_identity_make(struct age_identity *out);
bool age_identity_parse(struct slice text, struct age_identity *out);
void age_identity_add(struct buf *out, const struct age_identity *id);

/* ---- Encrypting ---- */

/* One file after the other: begin, add in any portions, end.  Each appends to
 * out what is to be written next.  The recipients are copied. */
struct age_writer;
struct age_writer *age_writer_open(const struct age_recipient *to, size_t n);
void age_writer_begin(struct age_writer *w, struct buf *out);
/* As begin, for one who knows the passphrase; false: there is no memory for
 * 2^work rounds. */
bool age_writer_begin_passphrase(struct age_writer *w, struct slice passphrase, unsigned work,
    struct buf *out);
void age_writer_add(struct age_writer *w, struct slice plain, struct buf *out);
void age_writer_end(struct age_writer *w, struct buf *out);
void age_writer_close(struct age_writer *w);    /* NULL is fine */

/* ---- Decrypting ---- */

/* What the header of one file gave.  Wipe it with secret_wipe(). */
struct age_file {
	unsigned char file_key[AGE_FILE_KEY];
	unsigned char key[AGE_KEY];     /* of its chunks */
	uint64_t header;                /* where the first chunk begins */
};

/*
 * Understand the beginning of a file, up to its nonce.  1: opened; 0: start ends before the
 * header does, and is not longer than AGE_HEADER_MAX; -1: ERR_KEY when it is
 * for others, ERR_CORRUPT when it is no header, or not the one that was written.
 */
int age_open(struct slice start, const struct age_identity *ids, size_t n, struct age_file *out,
    struct error *err);
/* Append the text of a header that gives the same file to other recipients: it,
 * the file's nonce and the file's chunks are a file of age. */
void age_header_add(struct buf *out, const struct age_file *f, const struct age_recipient *to,
    size_t n);
/* The same with a passphrase.  ERR_LIMIT: more work than AGE_WORK_MAX. */
int age_open_passphrase(struct slice start, struct slice passphrase, struct age_file *out,
    struct error *err);
/* True for the header of a file that wants a passphrase. */
bool age_wants_passphrase(struct slice start);

/*
 * Append the plain bytes of whole chunks, of which the first is number first
 * of the file.  With to_end the last of them must be the last of the file;
 * without, it may be.  ERR_CORRUPT: they are not what was written there, and
 * out is as it was.
 */
struct age_reader;
struct age_reader *age_reader_open(void);
int age_read(struct age_reader *r, const struct age_file *f, struct slice chunks, uint64_t first,
    bool to_end, struct buf *out, struct error *err);
void age_reader_close(struct age_reader *r);    /* NULL is fine */

#endif
