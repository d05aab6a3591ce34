/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SPARES_H
#define CORE_BASE_SPARES_H

#include "core/base/buf.h"

/*
 * Long buffers that come and go: memory mapped anew is cleared by the system
 * page by page, which costs about as much as filling it.  So some of it is
 * kept for the next one.  For one thread at a time.
 */
#define SPARES_MAX 32u
#define SPARES_LEAST (32u * 1024)       /* below that the heap is quick */

struct spares {
	struct buf items[SPARES_MAX];
	size_t n;
	size_t bytes, most;     /* of all items; most is set by the owner */
};

/* Empty b.  Short memory stays with it, long is kept here or freed. */
void spares_keep(struct spares *s, struct buf *b);
/* Empty b, and where more than its own memory is needed for n bytes give it
 * the smallest kept that is enough, or new. */
void spares_lend(struct spares *s, struct buf *b, size_t n);
void spares_free(struct spares *s);

#endif
