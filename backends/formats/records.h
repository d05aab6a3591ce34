/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_RECORDS_H
#define BACKENDS_FORMATS_RECORDS_H

#include "backends/formats/stream.h"
#include "core/port/format.h"

/*
 * Reading a file of messages one behind the other.  A format says what begins
 * at a place and how long it is; what all of them share is here: the entries
 * one behind the other are the file, whatever its bytes; a long one is handed
 * out by its first bytes; the last one of a file that grew meanwhile is torn.
 *
 * A format embeds this first, allocated with mem_alloc().
 */
struct records {
	struct reader reader;
	const struct records_ops *ops;
	struct stream *stream;
	uint64_t at;            /* where the next entry begins */
	uint64_t start;         /* of the entry handed out last */
	struct buf bytes;
	struct arena arena;     /* of one entry: its tags */
};

struct records_ops {
	/* What begins at r->at, which is before the end: kind, size (1 or more; what
	 * lies behind the end is cut off), framing, flags, tags, date, dead. */
	int (*take)(struct records *r, struct entry *out, struct error *err);
	void (*free)(struct records *r);        /* what the format has of its own, and r */
};

extern const struct reader_ops records_reader_ops;

/* A reader of the file at path.  On failure r is freed all the same. */
int records_open(struct records *r, const struct records_ops *ops, const char *path,
    struct reader **out, struct error *err);
struct records *records_of(struct reader *reader);
/* For a format that has nothing of its own. */
void records_free(struct records *r);

/* Up to n bytes from at, valid until the next call here. */
int records_peek(struct records *r, uint64_t at, size_t n, struct slice *out, struct error *err);
/* Where needle begins at or behind from; the size of the file where it does not. */
int records_find(struct records *r, uint64_t from, struct slice needle, uint64_t *out,
    struct error *err);

#endif
