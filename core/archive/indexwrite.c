/* SPDX-License-Identifier: MIT */
#include "core/archive/indexwrite.h"

#include "core/archive/index.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/limits.h"

/*
 * Lines are put together by hand, for their shape is part of the format:
 * index.c reads entry lines by position.
 */
#define FRAME_SIZE (1u * MIB)

static void
add_pack(struct buf *out, const struct pack_record *r)
{
	size_t i;

	buf_add_string(out, "{\"pack\":\"");
	digest_add_hex(out, &r->id);
	buf_add_string(out, "\",\"size\":");
	buf_add_u64(out, r->size);
	buf_add_string(out, ",\"frames\":[");
	for (i = 0; i < r->frames.n; i++) {
		buf_add_string(out, i == 0 ? "[" : ",[");
		buf_add_u64(out, r->frames.items[i].at);
		buf_add_byte(out, ',');
		buf_add_u64(out, r->frames.items[i].n);
		buf_add_byte(out, ',');
		buf_add_u64(out, r->frames.items[i].plain);
		buf_add_byte(out, ']');
	}
	buf_add_string(out, "]}\n");
}

static void
add_entry(struct buf *out, const struct pack_object *o)
{
	buf_add_string(out, "{\"entry\":\"");
	object_add_name(out, o->kind, o->is_recipe, &o->id);
	buf_add_string(out, "\",\"frame\":");
	buf_add_u64(out, o->frame);
	buf_add_string(out, ",\"at\":");
	buf_add_u64(out, o->at);
	buf_add_string(out, ",\"size\":");
	buf_add_u64(out, o->n);
	if (o->summary.n > 0)
		buf_add_byte(out, ',');
	buf_add(out, o->summary);
	buf_add_string(out, "}\n");
}

static void
add_replaced(struct buf *out, const struct digests *replaced)
{
	size_t i;

	json_open(out, NULL, '{');
	json_open(out, "replaces", '[');
	for (i = 0; i < replaced->n; i++)
		json_digest(out, NULL, &replaced->items[i]);
	json_close(out, ']');
	json_close(out, '}');
	buf_add_byte(out, '\n');
}

/* The lines of all records, in frames of about FRAME_SIZE: the plain text of
 * a large index would be the largest thing in memory. */
static int
compress_lines(struct compressor *c, struct pack_record *const *records, size_t n,
    const struct digests *replaced, struct buf *packed, struct error *err)
{
	struct buf plain = BUF_EMPTY;
	size_t i, k;
	int rc = 0;

	buf_add_string(&plain, "{\"index\":1}\n");
	if (replaced->n > 0)
		add_replaced(&plain, replaced);
	for (i = 0; i < n && rc == 0; i++) {
		add_pack(&plain, records[i]);
		for (k = 0; k < records[i]->objects.n && rc == 0; k++) {
			add_entry(&plain, &records[i]->objects.items[k]);
			if (plain.n < FRAME_SIZE)
				continue;
			rc = compressor_frame(c, buf_slice(&plain), packed, err);
			buf_clear(&plain);
		}
	}
	if (rc == 0 && plain.n > 0)
		rc = compressor_frame(c, buf_slice(&plain), packed, err);
	buf_free(&plain);
	return rc;
}

static int
put(struct archive *a, struct pack_record *const *records, size_t n,
    const struct digests *replaced, const char *spool, uint64_t *size, struct digest *digest,
    struct error *err)
{
	struct compressor *c = compressor_open(archive_codec(a), 0);
	struct buf packed = BUF_EMPTY, name = BUF_EMPTY;
	int rc = -1;

	if (compress_lines(c, records, n, replaced, &packed, err) < 0)
		goto out;
	crypt_seal(a, &packed);
	digest_of(buf_slice(&packed), digest);
	index_add_name(&name, archive_naming(a), digest);
	rc = transfer_settle_bytes(archive_target(a), spool, buf_text(&name), buf_slice(&packed),
	    digest, err);
	*size = packed.n;
	if (rc == 0)
		*(struct digest *)vec_push(archive_new_indexes(a)) = *digest;

out:
	compressor_close(c);
	buf_free(&packed);
	buf_free(&name);
	return rc;
}

int
index_put(struct archive *a, struct pack_record *const *records, size_t n, const char *spool,
    uint64_t *size, struct error *err)
{
	const struct digests none = { NULL, 0, 0 };
	struct digest digest;

	return put(a, records, n, &none, spool, size, &digest, err);
}

int
index_put_replacing(struct archive *a, struct pack_record *const *records, size_t n,
    const struct digests *replaced, const char *spool, struct digest *out, struct error *err)
{
	uint64_t size;

	return put(a, records, n, replaced, spool, &size, out, err);
}

int
index_write(struct archive *a, struct pack_record *const *records, size_t n, const char *spool,
    struct error *err)
{
	uint64_t size;

	return index_put(a, records, n, spool, &size, err);
}
