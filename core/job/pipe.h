/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_PIPE_H
#define CORE_JOB_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/archive/writer.h"
#include "core/base/workers.h"
#include "core/catalog/catalog.h"

/*
 * The way of unseen messages through a backup:
 *
 *	caller            canonical bytes, id
 *	any processor     parts taken out, parsed, text for the index
 *	caller            into the packs, in the order they came
 *	catalog's thread  into the search index
 *
 * All calls come from one thread.  Memory is bounded by what may be under
 * way, not by what goes through.
 */
struct pipe;

/* Counts what became of the messages of one attempt at a mailbox. */
struct pipe_tally {
	uint64_t saved;
};

/* db: a writing handle that only the pipe's thread uses from here on, until
 * pipe_close(). */
struct pipe *pipe_open(struct archive_writer *w, struct catalog *db, struct workers *cpu);

/* Wait until there is room for a message of so many bytes.  pipe_put() does so
 * too; for a long one it is done before more memory is taken for it. */
int pipe_wait(struct pipe *p, uint64_t bytes, struct error *err);
/* Before n bytes are put into message: empty it, and give it memory that an
 * earlier message left where its own is too small. */
void pipe_lend(struct pipe *p, struct buf *message, size_t n);
/* Take in a message: the canonical bytes are taken out of message, which is
 * left empty.  came_in (0: unknown) dates a message that does not say itself
 * when it was written.  tally must outlive the pipe's next drain. */
int pipe_put(struct pipe *p, struct buf *message, const struct digest *id, int64_t came_in,
    struct pipe_tally *tally, struct error *err);
/* The same for one whose object is in the archive already: view is what is
 * worth parsing of it, bytes its whole size. */
int pipe_put_view(struct pipe *p, struct buf *view, const struct digest *id, uint64_t bytes,
    int64_t came_in, struct error *err);
/* Run something on the catalog's thread, behind all that was put before; the
 * pipe drops it afterwards, or when it is closed. */
struct pipe_call {
	int (*run)(struct pipe_call *call, struct catalog *db, struct error *err);
	void (*drop)(struct pipe_call *call);
};
int pipe_call(struct pipe *p, struct pipe_call *call, struct error *err);

/* Wait until everything is in the packs and in the index, committed. */
int pipe_drain(struct pipe *p, struct error *err);
void pipe_close(struct pipe *p);        /* NULL is fine; drops what is under way */

#endif
