/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_NAMES_H
#define CORE_ARCHIVE_NAMES_H

#include <stdbool.h>

#include "core/archive/archive.h"

/*
 * The names of the archive's files; FORMAT.md, 2.  The parsers give false for
 * a name that is not of their kind in every byte.
 */
#define IDENTITY_NAME "archive.json"
#define README_NAME "README.txt"
#define SNAPSHOT_ID_LENGTH 27           /* "2026-11-23T020004Z-1a2b3c4d" */

/* What the names of one archive end with. */
struct naming {
	enum codec codec;
	bool is_encrypted;
};

struct naming archive_naming(const struct archive *a);

/* pack_add_name() is in archive.h. */
bool pack_parse_name(struct slice name, struct naming how, struct digest *pack);
void index_add_name(struct buf *out, struct naming how, const struct digest *index);
bool index_parse_name(struct slice name, struct naming how, struct digest *index);
void snapshot_add_name(struct buf *out, struct naming how, struct slice id);
bool snapshot_parse_name(struct slice name, struct naming how, struct slice *id);

#endif
