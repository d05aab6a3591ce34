/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_FORGET_H
#define CORE_JOB_FORGET_H

#include "core/job/job.h"
#include "core/job/keep.h"

/*
 * Letting old backups go.  A snapshot that repeats the newest one and names
 * what is forgotten is made durable first, then the forgotten ones are removed:
 * the chain can be followed at any moment, and any machine that saw them learns
 * that they were removed on purpose.  FORMAT.md, 7.
 *
 * Messages that no snapshot holds any more are kept (listed by the new snapshot,
 * found and exported as before), or dropped.  Space becomes free with prune.
 */
struct forget_request {
	struct keep_rules keep;
	const char *const *ids;         /* those to forget besides, by --at's names */
	size_t id_count;
	bool drop_messages;
	bool dry_run;                   /* say what would be done */
};

struct forget_row {
	const char *id;
	int64_t time;
	const char *host, *user;
	unsigned why;                   /* of keep.h; 0: it goes */
};

/* A message that no snapshot would hold any more. */
struct forget_message {
	struct digest id;
	const char *mailbox;            /* full name of the one it was last seen in */
	int64_t last_seen;
};

struct forget_result {
	struct arena arena;
	VEC(struct forget_row) rows;
	uint64_t forgotten;
	uint64_t kept_messages;         /* without a snapshot */
	VEC(struct forget_message) dropped;     /* with drop_messages */
	uint64_t dropped_bytes;         /* their canonical size */
	const char *snapshot;           /* the one that was written; NULL: none */
};

int job_forget(struct job *j, const struct forget_request *request, struct forget_result *out,
    struct error *err);
void forget_result_free(struct forget_result *r);

#endif
