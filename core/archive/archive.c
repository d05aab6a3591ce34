/* SPDX-License-Identifier: MIT */
#include "core/archive/archive.h"

#include "core/archive/identity.h"
#include "core/archive/index.h"
#include "core/archive/names.h"
#include "core/archive/packread.h"
#include "core/base/mem.h"
#include "core/port/target.h"

struct archive {
	struct target *target;
	struct identity identity;
	struct crypt *crypt;            /* NULL: not encrypted */
	struct frame_cache *frames;
	struct digests new_indexes;
};

int
archive_init(struct target *target, const struct archive_settings *settings, int64_t now,
    struct error *err)
{
	if (identity_write(target, settings, now, err) < 0)
		return fail_in(err, "%s", target->url);
	return 0;
}

int
archive_open(struct target *target, struct archive **out, struct error *err)
{
	struct archive *a = mem_alloc(sizeof(*a));

	a->target = target;
	if (identity_read(target, &a->identity, err) < 0) {
		mem_free(a);
		return fail_in(err, "%s", target->url);
	}
	if (a->identity.is_encrypted)
		a->crypt = crypt_open(target, a->identity.id, a->identity.recipients,
		    a->identity.recipient_count);
	a->frames = frame_cache_open(a);
	*out = a;
	return 0;
}

void
archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	frame_cache_close(a->frames);
	crypt_close(a->crypt);
	vec_free(&a->new_indexes);
	mem_free(a);
}

const char *
archive_id(const struct archive *a)
{
	return a->identity.id;
}

bool
archive_is_whole(const struct archive *a)
{
	return a->identity.is_whole;
}

enum codec
archive_codec(const struct archive *a)
{
	return a->identity.codec;
}

struct naming
archive_naming(const struct archive *a)
{
	return (struct naming){ a->identity.codec, a->identity.is_encrypted };
}

struct target *
archive_target(const struct archive *a)
{
	return a->target;
}

struct crypt *
archive_crypt(const struct archive *a)
{
	return a->crypt;
}

const struct identity *
archive_identity(const struct archive *a)
{
	return &a->identity;
}

struct digests *
archive_new_indexes(struct archive *a)
{
	return &a->new_indexes;
}

struct frame_cache *
archive_frames(struct archive *a)
{
	return a->frames;
}
