/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_REPAIR_H
#define CORE_JOB_REPAIR_H

#include "core/archive/repair.h"
#include "core/job/verify.h"

/*
 * repair: mend what can be mended, also from the copies that are known on this
 * machine (copies.h) and there, then say what cannot, in mail.  What is lost is
 * forgotten by the catalog, so that the next backup stores it again where a
 * mail store still has it.
 */
struct repair_request {
	const char *const *from;        /* URLs of other copies besides */
	size_t from_count;
};

struct repair_result {
	struct repair_report done;
	struct verify_result left;      /* what a check finds afterwards */
};

/* The job comes from repair_open().  ERR_USAGE: a copy that is of another archive. */
int job_repair(struct job *j, const struct repair_request *request, struct repair_result *out,
    struct error *err);
void repair_result_free(struct repair_result *r);
/* As job_open(JOB_TEND), but damage does not stop it: archive.json is put back from
 * another copy first, and without a catalog it goes on. */
int repair_open(const struct job_settings *settings, const struct ports *ports,
    const struct repair_request *request, struct repair_result *result, struct job **out,
    struct error *err);

#endif
