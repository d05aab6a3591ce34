/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_XAPIAN_H
#define BACKENDS_FORMATS_XAPIAN_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/vec.h"

/*
 * The terms of a Xapian database and the documents that each stands in, as the
 * glass backend of Xapian 1.4 lays them out (glass_table.h, glass_postlist.cc,
 * glass_version.cc).  Read-only, and without Xapian, whose licence would be
 * ours then.
 *
 *	iamglass        14 bytes "\017\015Xapian Glass", version 2, UUID 16, then
 *	                numbers of seven bits a byte: the revision, and for each
 *	                table root block, level * 4 + flags, entries, block size /
 *	                2048, bytes from which values are packed, a string
 *	postlist.glass  blocks of a B-tree, integers big-endian: revision 4, level
 *	                1, free 2 and 2, end of the directory 2, then offsets 2 of
 *	                items, sorted by key
 *	                  inner: block 4, key length 1, key
 *	                  leaf: size - 3 and three flags 2, key length 1, key, number
 *	                  of the piece 2 unless it is the first, the value
 *
 * A term's value is how often it stands in documents 2 x number, the first of
 * these less one, then as the value of the key "term NUL document", which holds
 * more of them: '1' at the last, the distance of the last one; then for each
 * how often, and before all but the first its distance less one.
 */
struct xapian;

struct xapian_posting {
	struct slice term;
	const uint32_t *documents;      /* some of its documents; more may follow */
	size_t n;
};

int xapian_open(const char *directory, struct xapian **out, struct error *err);
/* From here on next() hands out terms that begin with prefix; 1, 0, -1. */
void xapian_seek(struct xapian *x, struct slice prefix);
int xapian_next(struct xapian *x, struct xapian_posting *out, struct error *err);
void xapian_close(struct xapian *x);    /* NULL is fine */

#endif
