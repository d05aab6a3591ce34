/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_TRUST_H
#define CORE_JOB_TRUST_H

#include "core/job/job.h"

/*
 * What this machine remembers of an encrypted archive, because the place where
 * it lies may change it: whom to encrypt to, and which archive lies where.  A
 * place that could put its own recipient into archive.json, or a plain archive
 * where an encrypted one was, would be sent the next night's mail to read.
 *
 * One file for each archive, DATA/trusted/ID.json, written by init or when
 * the archive is first written to.
 */
struct trusted {
	char id[33];
	const char *url;                /* "": a path from wherever one was */
	struct digest identity;         /* archive.json's */
	struct recipients to;           /* vec_free() */
};

/* After the archive was opened: take the recipients over that are remembered.
 * ERR_CORRUPT where it is not what it was; to JOB_READ that is a notice. */
int trust_check(struct job *j, enum job_mode mode, struct error *err);
/* 1; 0: nothing is remembered of the archive that is open. */
int trust_read(struct job *j, struct arena *a, struct trusted *out, struct error *err);
/* Remember the archive that is open, with these recipients. */
int trust_set(struct job *j, const struct recipients *to, struct error *err);

/* Take the archive that is open for the right one at its place, and its
 * archive.json for what it says: another that was remembered there is so no
 * more. */
int trust_accept(struct job *j, struct error *err);

#endif
