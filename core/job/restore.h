/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_RESTORE_H
#define CORE_JOB_RESTORE_H

#include "core/job/job.h"

/*
 * Giving mail back.  The archive is only read.  Nothing that exists is
 * replaced unless overwrite is set; a file that is there with the same bytes
 * counts as there already, so running it again adds nothing twice.  Files are
 * written under a temporary name beside their place, checked, given mode and
 * times, and renamed.  Names out of the archive never lead outside.
 */
struct restore_request {
	const char *const *words;       /* stores or mailboxes as job_mailboxes() takes; none: all */
	size_t word_count;
	const char *at;                 /* or NULL */
	const char *to;                 /* directory; NULL: in place */
	const char *format;             /* writer's name, or NULL: the original layout */
	bool overwrite;
	bool mail_only;                 /* leave the companions out */
};

struct restore_failure {
	const char *path;               /* file or mailbox */
	const char *message;            /* hex id or "" */
	const char *reason;
};

struct restore_result {
	struct arena arena;
	const char *snapshot;
	uint64_t mailboxes, messages, files, bytes;
	uint64_t there_already;         /* files that stood there with the same bytes */
	VEC(struct restore_failure) failed;
};

/* In place: ERR_USAGE while the client of a store runs; existing files that
 * differ are failures unless overwrite. */
int job_restore(struct job *j, const struct restore_request *request, struct restore_result *out,
    struct error *err);
void restore_result_free(struct restore_result *r);

/*
 * Messages that a query or a mailbox names, written by a format's writer
 * below a new directory or into one file (".zip", ".tar.zst", ".tar.gz" by
 * suffix, or an mbox file).  wrap turns a directory into the file.
 */
struct export_request {
	const char *query;              /* NULL: mailboxes by words, as restore */
	const char *const *words;
	size_t word_count;
	const char *at;
	const char *to;
	const char *format;             /* NULL: by to's suffix: .mbox mbox, else eml */
	int (*wrap)(const char *directory, const char *file, struct error *err);
};

int job_export(struct job *j, const struct export_request *request, struct restore_result *out,
    struct error *err);

#endif
