/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_OUTFILE_H
#define CORE_JOB_OUTFILE_H

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/file.h"

/*
 * A file being restored: written under a temporary name beside its place,
 * given its mode and time, and put there in one step.  Nobody ever sees half
 * of it, and what stands there is not replaced unless that was asked for.
 *
 * The temporary name follows from the place, so that what a killed run left
 * behind is swept away by the next one: two runs must not restore to the same
 * directory at one time.
 */
struct outfile {
	struct root *root;
	const char *path;       /* below root; borrowed */
	struct buf temporary;
	int fd;
	uint64_t size;
	/* Why mode or time could not be set (a USB stick knows no modes): the
	 * file is good all the same. */
	struct error meta_error;
};

/* The directory must be there.  number tells the temporary name apart from
 * that of another thread, should two restore to one place. */
int outfile_open(struct outfile *o, struct root *root, const char *path, uint64_t number,
    struct error *err);
int outfile_write(struct outfile *o, struct slice bytes, struct error *err);
/* 1: it is there now; 0: the same bytes stood there already; ERR_EXISTS:
 * others stand there. */
int outfile_commit(struct outfile *o, uint32_t mode, int64_t mtime_ns, bool overwrite,
    struct error *err);
void outfile_close(struct outfile *o);  /* throws away what was not committed */

#endif
