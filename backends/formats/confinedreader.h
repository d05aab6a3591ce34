/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_CONFINEDREADER_H
#define BACKENDS_FORMATS_CONFINEDREADER_H

#include "backends/formats/confined.h"
#include "core/port/format.h"

/*
 * A mailbox of a container, read by a confined child.  A crash costs the item
 * it happened in: that one is ENTRY_FAILED, and a new child goes on behind it.
 * A message that does not fit into memory is made again, by another child,
 * when its bytes are asked for.
 */
struct reader *confinedreader_open(const char *path, const char *parser, uint64_t key);

/*
 * A store that is one such container: each mailbox that the parser lists is
 * one of it, and the file is kept beside them as it lies.  Opening it cannot
 * fail for what the file holds: what could not be listed is a mailbox whose
 * reading says why, so that the file is kept all the same.
 */
int confinedstore_open(const char *path, const char *parser, const struct format_ops *ops,
    struct store **out, struct error *err);
int confinedstore_next_mailbox(struct store *store, struct arena *a, struct mailbox *out,
    struct error *err);
int confinedstore_next_file(struct store *store, struct arena *a, struct kept_file *out,
    struct error *err);
int confinedstore_read(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err);
void confinedstore_close(struct store *store);

#endif
