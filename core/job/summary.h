/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_SUMMARY_H
#define CORE_JOB_SUMMARY_H

#include "core/catalog/catalog.h"
#include "core/mail/message.h"

/*
 * What is remembered of a message besides its bytes: for the catalog, and as
 * members of its index line (FORMAT.md, 5).
 */
struct summary {
	struct catalog_message message; /* id and text are the caller's to set */
	struct buf json;                /* members, without braces */
};

/* From a parsed message; strings live in the arena. */
void summary_of_message(const struct message *m, uint64_t bytes, struct arena *a,
    struct summary *out);
/* From an index line's members; false where it says nothing. */
bool summary_of_json(struct slice members, struct arena *a, struct catalog_message *out);

#endif
