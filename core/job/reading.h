/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_READING_H
#define CORE_JOB_READING_H

#include "core/base/vec.h"
#include "core/catalog/catalog.h"
#include "core/mail/placement.h"

/*
 * What the last reading of a mailbox found, kept in the catalog so that
 * tonight only what changed is looked at: one record for each placement, in
 * order, with the fingerprint of its stored bytes and the two lines its
 * listing had.  Kept and read in portions, so memory does not grow with the
 * mailbox.  A cache: without it everything is read and digested again, and
 * nothing is stored again.
 */
struct reading_record {
	uint64_t content;       /* fingerprint64() of the stored bytes */
	uint64_t outside;       /* of what names, times and side files said of it */
	uint64_t size;          /* of the stored bytes */
	struct digest id;
	enum placement_kind kind;
	unsigned flags;
	bool dead;
	bool has_tags;
	struct slice what, state;
};

/* ---- Writing tonight's ---- */

struct reading_writer {
	struct buf plain;               /* the portion being filled */
	size_t records;
	/* Finished portions, compressed, one behind the other with their lengths. */
	VEC(struct buf) portions;
};

#define READING_WRITER_EMPTY { BUF_EMPTY, 0, VEC_EMPTY }

void reading_writer_add(struct reading_writer *w, const struct reading_record *r);
int reading_writer_end(struct reading_writer *w, struct error *err);
void reading_writer_free(struct reading_writer *w);
/* Put the portions under key; runs on the catalog's thread. */
int reading_writer_store(struct reading_writer *w, struct catalog *c, struct slice key,
    struct error *err);

/* ---- Remembering last night's ---- */

struct reading_memory;

/* Never fails: what cannot be read is not remembered.  c must outlive it. */
struct reading_memory *reading_memory_open(struct catalog *c, struct slice key);
/*
 * The record of an entry.  By content and size, or (content 0) by what lay
 * outside and the size, for files whose name, inode and times tell that
 * they were not written.  Order is expected to be about last night's.  The
 * record is valid until the next call.
 */
bool reading_memory_find(struct reading_memory *m, uint64_t content, uint64_t outside,
    uint64_t size, struct reading_record *out);
void reading_memory_close(struct reading_memory *m);

/* All records in order, each valid until the next call. */
struct reading_records;
struct reading_records *reading_records_open(struct catalog *c, struct slice key);
bool reading_records_next(struct reading_records *r, struct reading_record *out);
void reading_records_close(struct reading_records *r);

#endif
