/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_BACKUP_H
#define CORE_JOB_BACKUP_H

#include "core/job/locate.h"

/*
 * The nightly run: read every store, keep what is new, write a snapshot.
 * On success all counted in saved and had is durable and the snapshot that
 * names it as well.  seen = saved + had + the failed messages.
 */
struct backup_request {
	const struct places *places;
	/* The homes that were searched: what was there last time and is not now
	 * is gone.  Stores outside these homes and not among places are carried
	 * over from the snapshot before as they were. */
	const struct home *homes;
	size_t home_count;
	unsigned alarm_percent;         /* alarm when a mailbox store keeps fewer of its messages; 50 */
};

struct backup_failure {
	const char *path;               /* file, mailbox or item */
	const char *reason;
	uint64_t messages;              /* how many it cost; 0: no message, or unknown */
};

struct backup_result {
	struct arena arena;
	const char *snapshot;           /* id; NULL when none was written */
	uint64_t stores, mailboxes;
	uint64_t seen, saved, had, failed_messages;
	VEC(struct backup_failure) failed;
	VEC(const char *) warnings;     /* torn tails, stores that cannot be read yet */
	VEC(const char *) alarms;       /* mail that disappeared, a sentence each */
	uint64_t bytes_read, bytes_added;
};

int job_backup(struct job *j, const struct backup_request *request, struct backup_result *out,
    struct error *err);
void backup_result_free(struct backup_result *r);

#endif
