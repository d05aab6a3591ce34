/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_OLKINDEX_H
#define BACKENDS_FORMATS_OLKINDEX_H

#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/*
 * Outlook.sqlite of Outlook for Mac 2016 and later, read once: which folders
 * there are, and of each message the file with its source, its folder and
 * whether it was read.
 */
struct olk_index;

struct olk_folder {
	int64_t id;
	const struct slice *components; /* outermost first */
	size_t depth;
	uint64_t missing;               /* messages without a source */
};

struct olk_message {
	const struct olk_folder *folder;
	unsigned flags;
	int64_t date;                   /* when it came in; 0: unknown */
};

int olk_index_open(const char *path, struct olk_index **out, struct error *err);
/* By the path of the source, relative to the directory of the database. */
bool olk_index_find(const struct olk_index *index, const char *source, struct olk_message *out);
/* The i-th folder, or NULL. */
const struct olk_folder *olk_index_folder(const struct olk_index *index, size_t i);
struct fingerprint olk_index_state(const struct olk_index *index);
void olk_index_close(struct olk_index *index);  /* NULL is fine */

#endif
