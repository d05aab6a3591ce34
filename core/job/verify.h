/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_VERIFY_H
#define CORE_JOB_VERIFY_H

#include "core/archive/check.h"
#include "core/job/job.h"

/* check: prove the archive, and say what damage costs in mail. */
struct verify_damage {
	const char *object;             /* file or object, as archive_check() names it */
	const char *reason;
	const char **messages;          /* hex ids */
	size_t message_count;
	const char **mailboxes;         /* full names */
	size_t mailbox_count;
};

struct verify_result {
	struct arena arena;
	uint64_t objects, bytes, snapshots, packs;
	VEC(struct verify_damage) damaged;
	bool names_only;                /* encrypted, and no key: contents were not looked at */
	const char *catalog;            /* what is wrong with the catalog, or NULL */
};

/* Works without a catalog: job may be opened with verify_open(). */
int job_verify(struct job *j, struct check_share read_data, struct verify_result *out,
    struct error *err);
void verify_result_free(struct verify_result *r);
/* As job_open(JOB_READ), but a damaged archive does not stop it: the
 * catalog is opened when it is good and left out otherwise. */
int verify_open(const struct job_settings *settings, const struct ports *ports, struct job **out,
    struct error *err);

#endif
