/* SPDX-License-Identifier: MIT */
#ifndef CORE_PORT_PROGRESS_H
#define CORE_PORT_PROGRESS_H

#include <stdint.h>

/* What a long job tells whoever watches.  update() is called often, from one
 * thread, and must be quick; a NULL struct progress * means nobody watches. */
struct progress {
	void (*update)(struct progress *p);
	const char *doing;      /* "reading", "writing packs", "restoring" */
	const char *item;       /* mailbox or file, borrowed for the call; or NULL */
	uint64_t bytes, bytes_total;    /* total 0: unknown */
	uint64_t messages;
};

#endif
