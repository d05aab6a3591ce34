/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_PRUNE_H
#define CORE_JOB_PRUNE_H

#include "core/archive/prune.h"
#include "core/job/job.h"

/* prune: free what no backup needs, and keep the catalog in step.  The job may be
 * without a catalog: the next run makes it again. */
struct prune_request {
	unsigned threshold;     /* as prune_settings */
	bool dry_run;
};

struct prune_result {
	struct prune_numbers numbers;
	uint64_t freed;         /* bytes, less what was written */
};

/* On failure out tells what had been freed before. */
int job_prune(struct job *j, const struct prune_request *request, struct prune_result *out,
    struct error *err);

#endif
