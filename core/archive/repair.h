/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_REPAIR_H
#define CORE_ARCHIVE_REPAIR_H

#include "core/archive/writer.h"

struct progress;

/*
 * Mending an archive.  Every file is read and compared with its name.  One that is
 * damaged or missing comes from another copy of the archive where there is one;
 * of a pack that no copy has, what is good in it goes into a new one, and what
 * other copies have of the rest with it.  A damaged file is never thrown away:
 * it is put below quarantine/ before its place is taken.  Index objects are
 * replaced so that they name only what is there; a snapshot that is lost is named
 * as forgotten by one that repeats the newest, so that the chain is whole.
 *
 * Afterwards nothing can be given back less than before, and the next run does
 * what a run that was stopped had begun.  Packs without index are left for
 * catch_up(), which writes one with summaries.
 */
struct repair_settings {
	struct archive *const *others;  /* other copies of this archive */
	size_t other_count;
	struct workers *workers;
	const char *spool;
	struct progress *progress;
	const char *program;            /* for a snapshot that is written */
	const char *wanted;             /* a snapshot that was there once; or NULL */
};

struct repair_deed {
	const char *file;
	const char *what;               /* "fetched from …", "in quarantine; …" */
};

struct repair_report {
	struct arena arena;
	VEC(struct repair_deed) deeds;
	uint64_t fetched, quarantined, salvaged;        /* files, files, objects */
	uint64_t lost;                  /* objects of damaged packs that nobody has */
};

/* The caller is the only writer.  -1: it could not go on; what was done is told. */
int archive_repair(struct archive *a, const struct repair_settings *settings,
    struct repair_report *out, struct error *err);
/* archive.json, where an archive cannot be opened for it: from other copies'
 * targets.  1: it was put back; 0: none has it. */
int repair_identity(struct target *t, struct target *const *others, size_t n,
    struct repair_report *out, struct error *err);
void repair_report_free(struct repair_report *r);

#endif
