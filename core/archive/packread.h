/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_PACKREAD_H
#define CORE_ARCHIVE_PACKREAD_H

#include "core/archive/archive.h"

/*
 * The frames of packs, decompressed.  The last ones stay in memory; one that
 * is held stays whatever happens, so that objects can be looked at where they
 * lie instead of being copied.
 */
struct frame;
struct frame_cache;

struct frame_cache *frame_cache_open(const struct archive *a);
void frame_cache_close(struct frame_cache *c);  /* NULL is fine; nothing is held any more */
struct frame_cache *archive_frames(struct archive *a);
/* Long buffers for whoever works on what was read. */
struct spares *frame_cache_spares(struct frame_cache *c);

/* An object where it lies: a look into a frame that is held. */
struct object_view {
	struct slice bytes;
	struct frame *frame;
	bool is_recipe;
};

#define OBJECT_VIEW_EMPTY { { NULL, 0 }, NULL, false }

/* The digest is not checked: for callers that check a larger whole.  Errors
 * as archive_read_object(). */
int object_view_open(struct archive *a, struct object_finder *f, enum object_kind kind,
    const struct digest *id, struct object_view *out, struct error *err);
void object_view_close(struct object_view *v);  /* leaves it empty; empty is fine */

#endif
