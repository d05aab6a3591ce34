/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_CRYPT_H
#define CORE_ARCHIVE_CRYPT_H

#include "core/archive/age.h"
#include "core/base/digest.h"

struct archive;
struct target;

/*
 * The encryption of an archive: its packs, indexes and snapshots are files of
 * age.  Whoever writes needs the recipients only; whoever reads needs the
 * identity of one of them, which is asked for when the first byte is to be
 * read.  FORMAT.md, 10.
 */
struct recipients {
	struct age_recipient *items;
	size_t n, cap;
};

struct identities {
	struct age_identity *items;
	size_t n, cap;
};

/* No copy is left behind where the memory grows. */
void identities_add(struct identities *ids, const struct age_identity *id);
void identities_free(struct identities *ids);   /* wipes them */

/* Where identities come from.  fetch() appends those that there are for the
 * archive of this id, or fails with ERR_KEY; it is called once at most. */
struct key_source {
	int (*fetch)(struct key_source *k, const char *archive_id, struct identities *out,
	    struct error *err);
};

bool archive_is_encrypted(const struct archive *a);
/* keys outlives the archive; NULL, as at first: there are none. */
void archive_set_keys(const struct archive *a, struct key_source *keys);
/*
 * Have an identity at hand that opens this archive, or ERR_KEY.  Everything
 * that reads calls it by itself.  A plain archive needs none.
 */
int archive_unlock(const struct archive *a, struct error *err);
/* An archive that was opened a second time, for another thread, is read with
 * the identities of the first. */
void archive_lend_keys(const struct archive *from, const struct archive *to);
/* Whom new files are encrypted to, from now on; first those in archive.json. */
void archive_set_recipients(const struct archive *a, const struct recipients *to);
const struct recipients *archive_recipients(const struct archive *a);

/* ---- For the rest of core/archive ---- */

struct crypt;
struct crypt *crypt_open(struct target *t, const char *archive_id,
    const struct age_recipient *to, size_t n);
void crypt_close(struct crypt *c);              /* NULL is fine */
struct crypt *archive_crypt(const struct archive *a);   /* NULL: a plain archive */

/* A writer to the recipients of an encrypted archive. */
struct age_writer *crypt_writer(const struct crypt *c);
/* Replace the bytes of a file by what is to lie at the target, and back.  For
 * a plain archive they are the same. */
void crypt_seal(const struct archive *a, struct buf *bytes);
int crypt_unseal(const struct archive *a, const char *name, struct buf *bytes,
    struct error *err);
/* What the header of a file gives, of an encrypted archive; to be wiped. */
int crypt_file(const struct archive *a, const char *name, struct age_file *out,
    struct error *err);
/*
 * Replace out by n plain bytes from at of a file: of an encrypted one only the
 * chunks are read that these lie in, and once its header.  Fewer only at its
 * end.  ERR_NOT_FOUND.
 */
int crypt_get(const struct archive *a, const char *name, uint64_t at, uint64_t n,
    struct buf *out, struct error *err);

#endif
