/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DOVECOTINDEX_H
#define BACKENDS_FORMATS_DOVECOTINDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/vec.h"
#include "core/mail/flags.h"

/*
 * What dovecot.index and its transaction logs say of one mailbox: which UIDs
 * there are, their flags and keywords, and one extension's record for each.
 * (mail-index.h, mail-transaction-log.h: version 7 and 1, little-endian.)
 *
 * The index is a state that is rewritten now and then, the log what happened
 * since: small mailboxes have a log alone.  A log that ends in the middle of
 * a transaction, or in rubbish, is believed up to there.
 */
#define DOVECOT_KEYWORDS_MAX 256u
#define DOVECOT_EXTENSION_WORDS 3u

struct dovecot_record {
	uint32_t uid;
	unsigned char flags;    /* of the index: dovecot_flags() */
	bool is_expunged;
	uint64_t keywords[DOVECOT_KEYWORDS_MAX / 64];
	uint32_t extension[DOVECOT_EXTENSION_WORDS];
};

struct dovecot_index {
	struct arena arena;
	VEC(struct dovecot_record) records;     /* by UID */
	VEC(struct slice) keywords;
	struct dovecot_extensions *extensions;
};

#define DOVECOT_INDEX_EMPTY { ARENA_EMPTY, VEC_EMPTY, VEC_EMPTY, NULL }

/*
 * Read "NAME", "NAME.log" and "NAME.log.2" of a directory, NAME being
 * "dovecot.index" or "dovecot.map.index".  extension: the one whose records
 * are wanted, or "".  ERR_NOT_FOUND where neither index nor log is there.
 */
int dovecot_index_read(const char *directory, const char *name, const char *extension,
    struct dovecot_index *out, struct error *err);
/* NULL where there is no such UID. */
const struct dovecot_record *dovecot_index_find(const struct dovecot_index *index, uint32_t uid);
/* Flags and keywords of a record, as words; tags live in the arena. */
void dovecot_index_apply(const struct dovecot_index *index, const struct dovecot_record *record,
    struct arena *a, unsigned *flags, struct tags *tags);
void dovecot_index_free(struct dovecot_index *index);

/* Changes whenever one of the files does. */
struct fingerprint dovecot_index_state(const char *directory, const char *name);

#endif
