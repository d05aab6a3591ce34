/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EMLXPARTS_H
#define BACKENDS_FORMATS_EMLXPARTS_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/*
 * Apple Mail takes attachments out of a message, leaves a part without a body
 * and "X-Apple-Content-Length: n" in its header, and keeps what was in it
 *
 *	Attachments/N/2.1/name          decoded, beside the directory of N.emlx
 *	Messages/N.2.1.emlxpart         as it was encoded
 *
 * by the message's number and the part's.  n is the length of the body as the
 * server has it, with CR LF (in some versions that of the decoded file), which
 * tells whether a body encoded again is what it was.
 */
struct emlx_piece;

struct emlx_whole {
	struct emlx_piece *pieces;
	size_t n;
	uint64_t size;
	struct fingerprint files;       /* changes with the files that are put in */
};

/* Has it parts that were taken out? */
bool emlx_has_gaps(struct slice message);
/*
 * The message with all parts put in that are there and fit; true when there
 * is one.  A part that is not there was never downloaded, and stays as it is.
 * message must outlive out; path is that of its file.
 */
bool emlx_whole_find(struct slice message, const char *path, struct arena *a,
    struct emlx_whole *out);
/* n bytes from at, all or -1. */
int emlx_whole_bytes(const struct emlx_whole *whole, uint64_t at, void *p, size_t n,
    struct error *err);

#endif
