/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SECRET_H
#define CORE_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Bytes that must not outlive their use, and must not leave the process: keys,
 * passphrases, what other programs print of them.
 */

/* From here on no core dump is written of this process, and no other process
 * of this person looks into it.  To be called before a secret is read. */
void secret_guard(void);

/* Overwrite, in a way that no compiler leaves out. */
void secret_wipe(void *p, size_t n);
/* Wipe all of a buf's memory and free it.  A buf that grew has left copies of
 * its bytes behind: reserve first. */
void secret_free(struct buf *b);

/* Random bytes of the system that are fit for a key. */
void secret_random(void *p, size_t n);

#endif
