/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_REPAIR_INTERNAL_H
#define CORE_ARCHIVE_REPAIR_INTERNAL_H

#include "core/archive/memoryindex.h"
#include "core/archive/prune_internal.h"
#include "core/archive/repair.h"

#define QUARANTINE "quarantine/"

/* What repair.c (files and snapshots), repairpacks.c and repairneeded.c share. */
struct repair {
	struct archive *archive;
	const struct repair_settings *settings;
	struct repair_report *report;
	struct arena arena;
	struct digests bad_indexes;     /* in quarantine */
};

void repair_deed(struct repair *r, const char *file, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void repair_show(struct repair *r, const char *doing, const char *item, uint64_t bytes);
/* A copy below quarantine/, durable; the file stays where it is.  A missing file
 * is nothing. */
int repair_quarantine(struct target *t, const char *spool, const char *name,
    struct repair_report *report, struct error *err);
/* The bytes of a file that another copy has whole: 1, 0. */
int repair_fetch(struct repair *r, const char *name, const struct digest *id, struct error *err);
int repair_packs(struct repair *r, struct error *err);
/* What snapshots need and is nowhere here, from other copies, object by object. */
int repair_needed(struct repair *r, struct error *err);

#endif
