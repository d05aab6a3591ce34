/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MESSAGELIST_H
#define BACKENDS_FORMATS_MESSAGELIST_H

#include "backends/formats/folders.h"

/*
 * A mailbox of messages that have a file each, wherever they lie below its
 * path: an index or a walk found out which.
 */
struct listed {
	const char *directory;  /* "2009/05/12", or "" */
	const char *name;
	unsigned flags;
	bool dead;
};

struct message_list {
	struct listed *items;
	size_t n;
	unsigned decor;         /* that these messages carry, as struct framing has it */
};

/* Make folder a mailbox of these, which are copied, in the order of their
 * places. */
void message_list_set(struct folders *f, struct folder *folder, const struct listed *items,
    size_t n, unsigned decor);
int message_list_measure(const struct folder *folder, struct mailbox *out, struct error *err);
struct reader *message_list_open(const struct folder *folder);

#endif
