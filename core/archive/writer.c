/* SPDX-License-Identifier: MIT */
#include "core/archive/tar.h"
#include "core/archive/writer.h"

#include "core/archive/identity.h"
#include "core/archive/packwriter.h"
#include "core/archive/transfer.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/port/target.h"

/* Which stream of packs an object goes to, how long its frames are, and how
 * hard they are pressed. */
enum { MESSAGES, PARTS, LISTINGS, STREAMS };

static const struct {
	size_t frame_size;
	int zstd_level, gzip_level;
} streams[STREAMS] = {
	[MESSAGES] = { MIB, 3, 6 },
	[PARTS] = { MIB, 3, 6 },
	[LISTINGS] = { MIB, 3, 6 },
};

struct archive_writer {
	struct archive *archive;
	struct object_finder *known;
	struct map added;
	struct pack_room *room;
	struct pack_writer *streams[STREAMS];
};

static int
stream_of(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_MESSAGE: return MESSAGES;
	case OBJECT_LISTING: return LISTINGS;
	case OBJECT_PART:
	case OBJECT_CHUNK: break;
	}
	return PARTS;
}

int
archive_writer_open(struct archive *a, struct object_finder *known, struct workers *workers,
    const char *spool, int level, struct archive_writer **out, struct error *err)
{
	struct archive_writer *w;
	bool is_zstd = archive_codec(a) == CODEC_ZSTD;
	int i, own;

	if (!archive_identity(a)->is_whole)
		return fail(err, ERR_CORRUPT, "%s: archive.json is damaged, so nothing is added",
		    archive_target(a)->url);
	if (spool == NULL && archive_target(a)->spool == NULL)
		return fail(err, ERR_USAGE, "%s: no directory to make packs in",
		    archive_target(a)->url);
	if (tar_load(err) < 0 || transfer_spool(archive_target(a), spool, &spool, err) < 0 ||
	    transfer_sweep(spool, err) < 0)
		return -1;
	w = mem_alloc(sizeof(*w));
	w->archive = a;
	w->known = known;
	w->room = pack_room_open(a, workers, spool);
	for (i = 0; i < STREAMS; i++) {
		own = is_zstd ? streams[i].zstd_level : streams[i].gzip_level;
		w->streams[i] = pack_writer_open(w->room, streams[i].frame_size,
		    level != 0 ? level : own);
	}
	*out = w;
	return 0;
}

#define KEY_LENGTH (DIGEST_BYTES + 1)

static struct slice
key_of(enum object_kind kind, const struct digest *id, unsigned char key[KEY_LENGTH])
{
	memcpy(key, id->bytes, DIGEST_BYTES);
	key[DIGEST_BYTES] = (unsigned char)kind;
	return slice_of(key, KEY_LENGTH);
}

int
archive_writer_has(struct archive_writer *w, enum object_kind kind, const struct digest *id,
    struct error *err)
{
	unsigned char key[KEY_LENGTH];
	struct object_place place;

	if (map_get(&w->added, key_of(kind, id, key), NULL))
		return 2;
	return w->known ? w->known->find(w->known, kind, id, &place, err) : 0;
}

int
archive_writer_add(struct archive_writer *w, enum object_kind kind, bool is_recipe,
    const struct digest *id, struct slice bytes, struct slice summary, struct error *err)
{
	struct pack_object object = { .kind = kind, .is_recipe = is_recipe, .id = *id,
		.summary = summary };
	unsigned char key[KEY_LENGTH];
	int has = archive_writer_has(w, kind, id, err);

	if (has != 0)
		return has < 0 ? -1 : 0;
	if (bytes.n > OBJECT_MAX)
		return fail(err, ERR_LIMIT, "an object of %zu bytes is too long", bytes.n);
	if (pack_writer_add(w->streams[stream_of(kind)], &object, bytes, err) < 0)
		return -1;
	map_put(&w->added, key_of(kind, id, key), 1);
	return 1;
}

int
archive_writer_copy(struct archive_writer *w, struct slice packed, uint64_t plain,
    const struct pack_object *objects, size_t n, struct error *err)
{
	unsigned char key[KEY_LENGTH];
	size_t i;

	if (pack_writer_copy(w->streams[stream_of(objects[0].kind)], packed, plain, objects, n,
	    err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		map_put(&w->added, key_of(objects[i].kind, &objects[i].id, key), 1);
	return 0;
}

int
archive_writer_next_pack(struct archive_writer *w, struct pack_record **out)
{
	*out = pack_room_next(w->room);
	return *out != NULL;
}

int
archive_writer_finish(struct archive_writer *w, struct error *err)
{
	return pack_room_finish(w->room, err);
}

uint64_t
archive_writer_bytes(const struct archive_writer *w)
{
	return pack_room_bytes(w->room);
}

void
archive_writer_close(struct archive_writer *w)
{
	if (w == NULL)
		return;
	pack_room_close(w->room);
	map_free(&w->added);
	mem_free(w);
}
