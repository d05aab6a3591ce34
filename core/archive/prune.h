/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_PRUNE_H
#define CORE_ARCHIVE_PRUNE_H

#include "core/archive/writer.h"

struct progress;

/*
 * Freeing what no snapshot needs; FORMAT.md, 7.2.  The steps, in this order,
 * each of which may be the last one that a run lives to see:
 *
 *	prune_open()	what is needed, and what is to become of each pack; reads only
 *	prune_remove_dead()	snapshots that are named as forgotten, and packs that hold
 *			nothing needed go: no space is wanted
 *	prune_repack()	what is needed of thin and small packs goes into new ones
 *			(frames of which all is needed as they lie), durable and indexed;
 *			then the index objects that name what is going are replaced
 *	prune_next_pack()	the new packs, for the catalog
 *	prune_remove_old()	the packs that were emptied go
 *
 * The caller is the only writer.  Readers go on: what they look for lies in the
 * old pack or in the new one at every moment.
 */
struct prune;

struct prune_settings {
	unsigned threshold;     /* per cent of a pack that must be needed, or it is made anew */
	struct workers *workers;
	const char *spool;      /* as archive_writer_open() takes it */
	struct progress *progress;
};

struct prune_numbers {
	uint64_t packs, bytes;          /* that there are */
	uint64_t dead_packs, dead_bytes;        /* with nothing needed */
	uint64_t thin_packs, thin_bytes;        /* to be made anew */
	uint64_t needed_bytes;          /* of thin_bytes, about */
	uint64_t small_packs;           /* of thin_packs: only because they are small */
	uint64_t new_packs, new_bytes;  /* after prune_repack() */
	uint64_t damaged_packs;         /* left alone: their bytes do not match their name */
	uint64_t lost_objects;          /* needed, and nowhere */
};

/* ERR_CORRUPT: something is damaged that must be repaired first, for it might
 * name what is needed. */
int prune_open(struct archive *a, const struct prune_settings *settings, struct prune **out,
    struct error *err);
const struct prune_numbers *prune_numbers(const struct prune *p);
int prune_remove_dead(struct prune *p, struct error *err);
int prune_repack(struct prune *p, struct error *err);
int prune_next_pack(struct prune *p, struct pack_record **out);  /* 1, 0; the caller frees it */
int prune_remove_old(struct prune *p, struct error *err);
void prune_close(struct prune *p);      /* NULL is fine */

#endif
