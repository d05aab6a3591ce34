/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_ARCHIVE_H
#define CORE_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/archive/crypt.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/codec.h"
#include "core/base/digest.h"
#include "core/base/error.h"

struct target;

/*
 * Everything kept, at one target.  FORMAT.md beside this file states what
 * lies there and the promises; this folder is the code that keeps them.
 */
struct archive;

struct archive_settings {
	enum codec codec;
	int level;              /* 0: the codec's default here */
	struct recipients recipients;   /* whom it is encrypted to; none: it is not */
};

/* Write archive.json and README.txt at an empty target.  ERR_EXISTS where an
 * archive is already.  now: seconds since 1970. */
int archive_init(struct target *target, const struct archive_settings *settings, int64_t now,
    struct error *err);

/* ERR_NOT_FOUND: no archive.json here; ERR_VERSION: a newer one; ERR_CORRUPT.  The
 * target stays the caller's and must outlive the archive. */
int archive_open(struct target *target, struct archive **out, struct error *err);
void archive_close(struct archive *a);          /* NULL is fine */

const char *archive_id(const struct archive *a);
enum codec archive_codec(const struct archive *a);
/* False: archive.json is damaged, so nothing is added. */
bool archive_is_whole(const struct archive *a);
struct target *archive_target(const struct archive *a);

/* ---- Objects ---- */

enum object_kind {
	OBJECT_MESSAGE,         /* messages/ID.eml or messages/ID.parts */
	OBJECT_PART,
	OBJECT_CHUNK,
	OBJECT_LISTING
};

/* Where an object's bytes lie: in the plain bytes of one frame of one pack. */
struct object_place {
	struct digest pack;
	uint64_t frame_at, frame_n;     /* in the pack file */
	uint64_t frame_plain;           /* decompressed */
	uint64_t at, n;                 /* in the decompressed frame */
	bool is_recipe;                 /* messages/ID.parts */
};

/*
 * Who knows where objects are: the catalog, or an index held in memory.
 * find() gives 1 with a place, 0 when nothing is known, -1 on error.
 */
struct object_finder {
	int (*find)(struct object_finder *f, enum object_kind kind, const struct digest *id,
	    struct object_place *out, struct error *err);
};

/* "messages/…eml", "parts/…": the entry's name in its pack. */
void object_add_name(struct buf *out, enum object_kind kind, bool is_recipe,
    const struct digest *id);
bool object_parse_name(struct slice name, enum object_kind *kind, bool *is_recipe,
    struct digest *id);
/* "packs/ab/ab….tar.zst". */
void pack_add_name(struct buf *out, const struct archive *a, const struct digest *pack);

/*
 * Replace out by the object's bytes.  Checked against id, except recipes,
 * whose id is that of the message they make (message_stream checks it).  The
 * last few frames read are kept, so neighbours are cheap.  One thread at a
 * time.  ERR_CORRUPT names pack and object; ERR_NOT_FOUND: finder has no place.
 */
int archive_read_object(struct archive *a, struct object_finder *f, enum object_kind kind,
    const struct digest *id, struct buf *out, struct error *err);
int archive_read_place(struct archive *a, const struct object_place *place, enum object_kind kind,
    const struct digest *id, struct buf *out, struct error *err);

/*
 * The canonical bytes of one message, piece by piece, parts put back in:
 * next() gives 1 with a slice valid until the next call, 0 at the end. The
 * digest is checked before the end is said: a caller that writes must not
 * call its output good before it got 0.  Memory stays bounded by OBJECT_MAX.
 */
struct message_stream;
int message_stream_open(struct archive *a, struct object_finder *f, const struct digest *id,
    struct message_stream **out, struct error *err);
int message_stream_next(struct message_stream *s, struct slice *out, struct error *err);
void message_stream_close(struct message_stream *s);    /* NULL is fine */
/* All of it; over max is ERR_LIMIT. */
int archive_read_message(struct archive *a, struct object_finder *f, const struct digest *id,
    uint64_t max, struct buf *out, struct error *err);

#endif
