/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_PACKWRITER_H
#define CORE_ARCHIVE_PACKWRITER_H

#include "core/archive/writer.h"

/*
 * How objects become packs.  The caller's thread lays entries into frames;
 * the workers compress them; one thread of our own appends them to their
 * packs in order, syncs and puts the packs, and writes an index when some have
 * gathered: so nobody who computes ever waits for a disk.  A bounded number of
 * bytes is on its way.
 */
struct pack_room;       /* shared by the streams of one writer */
struct pack_writer;     /* one stream of packs, all of one sort */

struct pack_room *pack_room_open(struct archive *a, struct workers *workers, const char *spool);
/* Every frame, pack and index on its way is durable on success.  Streams stay open. */
int pack_room_finish(struct pack_room *r, struct error *err);
/* The next record whose pack is durable and indexed; the caller frees it. */
struct pack_record *pack_room_next(struct pack_room *r);
uint64_t pack_room_bytes(const struct pack_room *r);
void pack_room_close(struct pack_room *r);      /* with its streams; NULL is fine */

struct pack_writer *pack_writer_open(struct pack_room *r, size_t frame_size, int level);
/* Of object kind, is_recipe, id and summary are looked at. */
int pack_writer_add(struct pack_writer *p, const struct pack_object *object, struct slice bytes,
    struct error *err);
/* A whole frame of another pack, and its objects in the order they lie. */
int pack_writer_copy(struct pack_writer *p, struct slice packed, uint64_t plain,
    const struct pack_object *objects, size_t n, struct error *err);

#endif
