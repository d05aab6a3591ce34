/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_WRITER_H
#define CORE_ARCHIVE_WRITER_H

#include "core/archive/archive.h"
#include "core/base/vec.h"

struct workers;

/*
 * Adding to an archive: objects go into packs, packs are put durably at the
 * target, then an index that names what is in them.  Objects that are there
 * already (the finder knows them, or they were added before in this run) are
 * not stored again.  Frames are compressed by the workers; everything else
 * happens on the caller's thread.
 *
 * After finish() returned 0 all that was added is durable and indexed.  A
 * run that dies earlier leaves whole packs behind, found again by
 * archive_orphans(), and files in spool, swept by archive_writer_open().
 */
struct archive_writer;

/* What lies in one pack, for the index and the catalog. */
struct pack_frame {
	uint64_t at, n, plain;
};

struct pack_object {
	enum object_kind kind;
	bool is_recipe;
	struct digest id;
	uint32_t frame;
	uint64_t at, n;
	struct slice summary;   /* members of the index line, without braces; may be empty */
};

struct pack_record {
	struct digest id;
	uint64_t size;
	VEC(struct pack_frame) frames;
	VEC(struct pack_object) objects;
	struct arena strings;
};

void pack_record_free(struct pack_record *r);   /* frees r too; NULL is fine */

/* known: what the archive holds; NULL: nothing yet.  spool: a directory of ours
 * for unfinished packs (created when missing); NULL: the target's own.  level
 * 0: default. */
int archive_writer_open(struct archive *a, struct object_finder *known, struct workers *workers,
    const char *spool, int level, struct archive_writer **out, struct error *err);

/* 2: added in this run, 1: known from before, 0: neither.  -1 on error. */
int archive_writer_has(struct archive_writer *w, enum object_kind kind, const struct digest *id,
    struct error *err);

/*
 * Add an object unless it is there; 1: it was stored, 0: it was there.
 * summary: JSON members ("\"date\":…,\"subject\":…") for the index, or empty.
 */
int archive_writer_add(struct archive_writer *w, enum object_kind kind, bool is_recipe,
    const struct digest *id, struct slice bytes, struct slice summary, struct error *err);

/* A whole frame of another pack of this archive, as it lies there before any
 * encryption.  What is in it counts as added. */
int archive_writer_copy(struct archive_writer *w, struct slice packed, uint64_t plain,
    const struct pack_object *objects, size_t n, struct error *err);

/* The next pack that is durable and indexed and was not handed out before;
 * the caller frees it.  0: none now. */
int archive_writer_next_pack(struct archive_writer *w, struct pack_record **out);

/* Close the packs, write the index; all durable on success. */
int archive_writer_finish(struct archive_writer *w, struct error *err);
uint64_t archive_writer_bytes(const struct archive_writer *w);  /* put at the target so far */
void archive_writer_close(struct archive_writer *w);            /* NULL is fine */

/* Add a file's bytes as content-defined chunks; their ids are appended to
 * ids.  source gives up to n bytes, 0 at the end, -1. */
struct chunk_source {
	int64_t (*read)(struct chunk_source *source, void *p, size_t n, struct error *err);
};

struct digests {
	struct digest *items;
	size_t n, cap;
};

int archive_writer_add_chunks(struct archive_writer *w, struct chunk_source *source,
    struct digests *ids, uint64_t *size, struct error *err);

/* The length of the first chunk of window; window holds CHUNK_MAX bytes, or
 * all that is left.  Gear hash; the table is part of no promise. */
size_t chunk_cut(struct slice window);

#endif
