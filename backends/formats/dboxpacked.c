/* SPDX-License-Identifier: MIT */
#include "backends/formats/archiveexpand.h"
#include "backends/formats/dbox.h"
#include "backends/formats/lz4.h"
#include "core/base/codec.h"

/*
 * Dovecot packs bodies on their own, with what its settings name.  Its LZ4 is
 * its own: behind the magic how much a chunk holds at most, then chunks of
 * LZ4's, before each its length.
 */
#define LZ4_MAGIC_BYTES 15u
#define LZ4_CHUNK_MAX (1024u * 1024u)

static int
unpack_gzip(struct slice body, struct buf *out, struct error *err)
{
	return codec_expand(CODEC_GZIP, body, DBOX_MESSAGE_MAX, out, err);
}

static int
unpack_zstd(struct slice body, struct buf *out, struct error *err)
{
	return codec_expand(CODEC_ZSTD, body, DBOX_MESSAGE_MAX, out, err);
}

static int
unpack_archive(struct slice body, struct buf *out, struct error *err)
{
	return archive_expand(body, DBOX_MESSAGE_MAX, out, err);
}

static int
unpack_lz4(struct slice body, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(slice_from(body, LZ4_MAGIC_BYTES));
	uint32_t most = cursor_be32(&c);
	struct slice chunk;

	buf_clear(out);
	if (most > LZ4_CHUNK_MAX)
		return fail(err, ERR_FORMAT, "its LZ4 chunks are too large");
	while (!c.bad && c.n > 0) {
		chunk = cursor_take(&c, cursor_be32(&c));
		if (!lz4_expand(chunk, most, out))
			return fail(err, ERR_FORMAT, "its LZ4 is damaged");
		if (out->n > DBOX_MESSAGE_MAX)
			return fail(err, ERR_LIMIT, "it is too long");
	}
	return c.bad ? fail(err, ERR_FORMAT, "its LZ4 is cut") : 0;
}

static int
refuse(struct slice body, struct buf *out, struct error *err)
{
	(void)body;
	buf_clear(out);
	return fail(err, ERR_FORMAT, "it is packed by the mail_crypt plug-in, which is not read");
}

static const struct packing {
	struct slice magic;
	int (*unpack)(struct slice body, struct buf *out, struct error *err);
} packings[] = {
	{ { (const unsigned char *)"\x1f\x8b\x08", 3 }, unpack_gzip },
	{ { (const unsigned char *)"\x28\xb5\x2f\xfd", 4 }, unpack_zstd },
	{ { (const unsigned char *)"BZh", 3 }, unpack_archive },
	{ { (const unsigned char *)"\xfd" "7zXZ", 5 }, unpack_archive },
	{ { (const unsigned char *)"Dovecot-LZ4\r*\x9b\xc5", LZ4_MAGIC_BYTES }, unpack_lz4 },
	{ { (const unsigned char *)"CRYPTED\x03\x07", 9 }, refuse },
};

static const struct packing *
packing_of(struct slice body)
{
	size_t i;

	for (i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		struct slice magic = packings[i].magic;

		if (slice_equal(slice_sub(body, 0, magic.n), magic))
			return &packings[i];
	}
	return NULL;
}

bool
dbox_is_packed(struct slice body)
{
	return packing_of(body) != NULL;
}

int
dbox_unpack(struct slice body, struct buf *out, struct error *err)
{
	const struct packing *packing = packing_of(body);

	if (packing != NULL)
		return packing->unpack(body, out, err);
	buf_set(out, body);
	return 0;
}
