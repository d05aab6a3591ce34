/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stddef.h>

#include "core/base/buf.h"

/*
 * Many small things with one lifetime: one message, one mailbox, one run.
 * Nothing in it is freed alone; the loop that owns it resets it.
 */
struct arena {
	struct arena_block *blocks;
	size_t used;            /* of the newest block */
};

#define ARENA_EMPTY { NULL, 0 }

void *arena_alloc(struct arena *a, size_t n);   /* zeroed, aligned for any type */
struct slice arena_copy(struct arena *a, struct slice s);       /* NUL behind it */
char *arena_string(struct arena *a, const char *s);     /* NULL stays NULL */
char *arena_string_of(struct arena *a, struct slice s);
char *arena_format(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);      /* keeps one block */
void arena_free(struct arena *a);

#endif
