/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_CONVERT_H
#define CORE_JOB_CONVERT_H

#include "core/job/restore.h"
#include "core/job/restore_plan.h"

struct map;

/*
 * Messages through a format's writer: canonical bytes, with what the catalog
 * knows of their dates and senders.  A message that cannot be read is named
 * in the result and left out; a failed write ends the run.
 */
struct conversion {
	struct job *job;
	struct writer *writer;
	struct restore_result *result;
	struct buf raw;
};

struct converted {
	const struct digest *id;
	unsigned flags;
	const struct tags *tags;
	int64_t date;                   /* 0: unknown */
	const char *from, *subject;     /* never NULL */
	const char *where;              /* mailbox or query, for failures */
};

int convert_open(struct conversion *c, struct job *j, const struct writer_ops *ops,
    const char *directory, struct restore_result *out, struct error *err);
int convert_message(struct conversion *c, const struct converted *m, struct error *err);
/* All live placements of one mailbox, in order; seen: leave out what is in
 * it, and add; NULL: take all.  begin() was called. */
int convert_mailbox(struct conversion *c, const struct restore_mailbox *m, struct map *seen,
    struct error *err);
/* rc is what the caller would return: close() is called in any case. */
int convert_close(struct conversion *c, int rc, struct error *err);

/* The mailboxes that a plan chose, each under its name; several also below
 * "client-account". */
int convert_mailboxes(struct job *j, const struct writer_ops *ops, const char *directory,
    const struct restore_plan *plan, struct restore_result *out, struct error *err);

#endif
