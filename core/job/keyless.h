/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_KEYLESS_H
#define CORE_JOB_KEYLESS_H

#include "core/archive/snapshot.h"
#include "core/job/job.h"

/*
 * A machine that adds to an encrypted archive and holds no identity.  What it
 * would read there it has in its catalog: where objects are, and the newest
 * snapshot.  What others put there, and what it put there itself before it
 * lost its catalog, it cannot know: mail that lies there is saved once more,
 * and that is said.
 */

/* 1 for such a machine; 0: the archive can be read; -1. */
int keyless(struct job *j, struct error *err);

/*
 * In the place of catch_up(), for files that the catalog does not know.
 * JOB_READ: ERR_KEY when there are snapshots among them.  JOB_WRITE: a notice,
 * the first time.
 */
int keyless_catch_up(struct job *j, enum job_mode mode, struct error *err);
/* In the place of making the catalog again, when the archive lacks files that
 * it knows: all mail is looked at again, and what lies nowhere any more is
 * saved again. */
int keyless_losses(struct job *j, struct error *err);

/* A snapshot, from the catalog where it is kept there. */
int keyless_snapshot(struct job *j, const char *id, struct arena *a, struct snapshot *out,
    struct error *err);
/*
 * What the next snapshot names as its parent, and that one's digest.  *parent
 * is the catalog's newest, or NULL: then the last by name in an encrypted
 * archive, so that its chain goes on; none in a plain one, which the catalog
 * knows all of.
 */
int keyless_parent(struct job *j, struct arena *a, const char **parent, struct digest *digest,
    struct error *err);

#endif
