/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_TAR_H
#define CORE_ARCHIVE_TAR_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * The tar stream inside a pack, entry by entry, in memory; FORMAT.md, 4.
 * libarchive's door in core.
 */
struct tar_writer;
/* Before the first tar_writer_open(): ERR_SYSTEM where libarchive is missing. */
int tar_load(struct error *err);
struct tar_writer *tar_writer_open(void);
/* Append a whole entry, padding included; *at is where in out its bytes are. */
int tar_writer_add(struct tar_writer *t, const char *name, struct slice bytes, struct buf *out,
    uint64_t *at, struct error *err);
void tar_writer_close(struct tar_writer *t);    /* NULL is fine */
/* The two zero blocks that end a stream. */
struct slice tar_end(void);

/* The entries of some frames, which must stay where they are.  next() gives 1
 * with an entry, whose name is valid until the next call; 0 at the end; -1,
 * ERR_CORRUPT, for what is no tar stream or holds anything but plain files. */
struct tar_entry {
	const char *name;
	struct slice bytes;
	uint64_t at;
};

struct tar_reader;
int tar_reader_open(struct slice frames, struct tar_reader **out, struct error *err);
int tar_reader_next(struct tar_reader *t, struct tar_entry *out, struct error *err);
void tar_reader_close(struct tar_reader *t);    /* NULL is fine */

#endif
