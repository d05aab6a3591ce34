/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_SHOW_H
#define CORE_JOB_SHOW_H

#include "core/job/job.h"
#include "core/mail/message.h"

/*
 * One message out of the archive for reading.  Long ones lie in an unnamed
 * temporary file, so memory stays bounded.
 */
struct shown {
	struct message message;
	struct buf raw;                 /* when it fits into memory */
	int fd;                         /* else; -1 */
	uint64_t bytes;
	struct arena arena;
};

int job_show(struct job *j, const struct digest *id, struct shown *out, struct error *err);
void shown_close(struct shown *s);

/* Write the canonical bytes to a descriptor. */
int job_write_raw(struct job *j, const struct digest *id, int fd, struct error *err);
/* The stored bytes as they lay in one mailbox (its placement's decorations
 * put back); mailbox NULL: the first place it lies in. */
int job_write_stored(struct job *j, const struct digest *id, const struct catalog_mailbox *mailbox,
    int fd, struct error *err);

/* Save decoded parts in directory under their tamed names: one part, or (part
 * < 0) all attachments.  Where a name is taken it gets a number: no file is
 * ever replaced.  Names are appended to saved, each ended by "\n". */
int shown_save(struct shown *s, int part, const char *directory, struct buf *saved,
    struct error *err);

#endif
