/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_LISTING_H
#define CORE_ARCHIVE_LISTING_H

#include "core/archive/writer.h"
#include "core/mail/placement.h"

/*
 * What a mailbox looked like: its placements in order, cut into runs of two
 * objects each, so that a changed flag costs a few bytes.  FORMAT.md, 6.
 */

/* The two lines of one placement, without LF; appended.  For a file that
 * holds one placement's lines and parses them again: the catalog's memory of
 * the last reading. */
void placement_add_what(struct buf *out, const struct placement *p);
void placement_add_state(struct buf *out, const struct placement *p);
/* Strings live in the arena.  ERR_CORRUPT. */
int placement_parse(struct slice what, struct slice state, struct arena *a,
    struct placement *out, struct error *err);

struct listing_writer;
struct listing_writer *listing_writer_open(struct archive_writer *w);
/* The two lines as made above, and the id that decides about cuts. */
int listing_writer_add(struct listing_writer *l, const struct digest *id, struct slice what,
    struct slice state, struct error *err);
int listing_writer_end(struct listing_writer *l, struct digest *root, struct error *err);
void listing_writer_close(struct listing_writer *l);    /* NULL is fine */

/* Iterate a listing: 1 with a placement (strings in the arena given to
 * next), 0, -1.  A run that cannot be read is -1; skip_run() then goes on
 * with the next one and tells how many entries were lost. */
struct listing_reader;
int listing_open(struct archive *a, struct object_finder *f, const struct digest *root,
    struct listing_reader **out, struct error *err);
int listing_next(struct listing_reader *l, struct arena *arena, struct placement *out,
    struct error *err);
/* As listing_next(), but only the two lines; valid until the next call. */
int listing_next_lines(struct listing_reader *l, struct slice *what, struct slice *state,
    struct error *err);
uint64_t listing_skip_run(struct listing_reader *l);
/* Instead of the above: the runs alone, for who looks at each run once
 * however many listings share it. */
struct listing_run {
	struct digest what, state;
	uint64_t entries;
};
int listing_next_run(struct listing_reader *l, struct listing_run *out, struct error *err);
uint64_t listing_entries(const struct listing_reader *l);       /* as the root says */
void listing_close(struct listing_reader *l);

#endif
