/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_ARCHIVE_H
#define TESTS_FUZZ_ARCHIVE_H

#include <assert.h>
#include <stdint.h>

#include "core/archive/archive.h"
#include "core/archive/names.h"
#include "tests/memorytarget.h"
#include "tests/t.h"

/*
 * An archive in memory with one file besides its identity: whatever bytes,
 * under the name that their digest gives, for bytes that do not match their
 * name get no further.
 */
static inline struct archive *
fuzz_archive(enum codec codec)
{
	static struct memory_target *targets[2];
	static struct archive *archives[2];
	struct archive_settings settings = { .codec = codec };
	struct error err = ERROR_NONE;
	struct memory_target *m;

	if (archives[codec] == NULL) {
		targets[codec] = memory_target_open(NULL);
		if (archive_init(&targets[codec]->target, &settings, 0, &err) < 0 ||
		    archive_open(&targets[codec]->target, &archives[codec], &err) < 0)
			abort();
	}
	m = targets[codec];
	while (m->files.n > 2)
		memory_remove(&m->target, m->files.items[2].name, &err);
	return archives[codec];
}

/* The last in the list, as memory_target wants its names sorted. */
static inline void
fuzz_put(struct archive *a, const char *name, struct slice bytes)
{
	struct memory_target *m = MEMORY_OF(archive_target(a));
	struct memory_file *f = vec_push(&m->files);

	f->name = mem_string(name);
	buf_set(&f->bytes, bytes);
}

/* Put these bytes, compressed to one frame, into the file that add_name names. */
static inline void
fuzz_put_plain(struct archive *a, struct slice plain, struct digest *id, struct buf *name,
    void (*add_name)(struct buf *out, struct archive *a, const struct digest *id))
{
	struct compressor *c = compressor_open(archive_codec(a), 1);
	struct buf packed = BUF_EMPTY;
	struct error err;

	if (compressor_frame(c, plain, &packed, &err) < 0)
		abort();
	compressor_close(c);
	digest_of(buf_slice(&packed), id);
	add_name(name, a, id);
	fuzz_put(a, buf_text(name), buf_slice(&packed));
	buf_free(&packed);
}

/* An object that is all of the plain bytes of the one pack. */
struct fuzz_object {
	struct object_finder finder;
	struct object_place place;
	struct digest id;
};

static inline int
fuzz_find(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	const struct fuzz_object *o = (struct fuzz_object *)f;

	(void)kind;
	(void)err;
	*out = o->place;
	return digest_equal(id, &o->id);
}

static inline void
fuzz_add_pack_name(struct buf *out, struct archive *a, const struct digest *id)
{
	pack_add_name(out, a, id);
}

static inline void
fuzz_object_open(struct fuzz_object *o, struct archive *a, struct slice bytes)
{
	struct memory_target *m = MEMORY_OF(archive_target(a));
	struct buf name = BUF_EMPTY;

	memset(o, 0, sizeof(*o));
	o->finder.find = fuzz_find;
	digest_of(bytes, &o->id);
	fuzz_put_plain(a, bytes, &o->place.pack, &name, fuzz_add_pack_name);
	o->place.frame_n = m->files.items[m->files.n - 1].bytes.n;
	o->place.frame_plain = o->place.n = bytes.n;
	buf_free(&name);
}

#endif
