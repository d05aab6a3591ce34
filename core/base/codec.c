/* SPDX-License-Identifier: MIT */
#include "core/base/codec.h"

#include <inttypes.h>
#include <limits.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/file.h"
#include "core/base/mem.h"

#define ZSTD_WINDOW_LOG_MAX 27
#define GZIP_WINDOW_BITS (15 + 16)      /* zlib.h: 16 more asks for a gzip head */
#define GZIP_LEVEL 6
#define EXPAND_STEP ((size_t)64 * 1024)
#define INPUT_SIZE ((size_t)256 * 1024)

static const struct {
	const char *name, *suffix;
} codecs[] = {
	[CODEC_ZSTD] = { "zstd", ".zst" },
	[CODEC_GZIP] = { "gzip", ".gz" },
};

const char *
codec_name(enum codec codec)
{
	return codecs[codec].name;
}

const char *
codec_suffix(enum codec codec)
{
	return codecs[codec].suffix;
}

int
codec_parse(const char *name, enum codec *out, struct error *err)
{
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (strcmp(name, codecs[i].name) == 0) {
			*out = (enum codec)i;
			return 0;
		}
	}
	return fail(err, ERR_USAGE, "%s: no such compression; there are zstd and gzip", name);
}

/* zlib counts in unsigned int. */
static uInt
clip(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

struct compressor {
	enum codec codec;
	ZSTD_CCtx *zstd;
	z_stream gzip;
};

struct compressor *
compressor_open(enum codec codec, int level)
{
	struct compressor *c = mem_alloc(sizeof(*c));

	c->codec = codec;
	if (codec == CODEC_ZSTD) {
		c->zstd = mem_check(ZSTD_createCCtx());
		ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level);
		ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
		return c;
	}
	level = level == 0 ? GZIP_LEVEL : level < 1 ? 1 : level > 9 ? 9 : level;
	if (deflateInit2(&c->gzip, level, Z_DEFLATED, GZIP_WINDOW_BITS, MAX_MEM_LEVEL,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		mem_check(NULL);
	return c;
}

static int
zstd_frame(ZSTD_CCtx *zstd, struct slice plain, struct buf *out, struct error *err)
{
	size_t bound = ZSTD_compressBound(plain.n), n;

	buf_reserve(out, bound);
	n = ZSTD_compress2(zstd, out->p + out->n, bound, plain.p, plain.n);
	if (ZSTD_isError(n))
		return fail(err, ERR_SYSTEM, "zstd: %s", ZSTD_getErrorName(n));
	buf_extend(out, n);
	return 0;
}

/* zlib writes no time into the head, so equal bytes give equal frames.  The
 * bound is only right for a stream at its start. */
static int
gzip_frame(z_stream *gzip, struct slice plain, struct buf *out, struct error *err)
{
	size_t bound, given, n = 0;
	int rc;

	deflateReset(gzip);
	bound = deflateBound(gzip, plain.n);
	buf_reserve(out, bound);
	do {
		given = clip(plain.n);
		gzip->next_in = (unsigned char *)(uintptr_t)plain.p;
		gzip->avail_in = (uInt)given;
		gzip->next_out = out->p + out->n + n;
		gzip->avail_out = clip(bound - n);
		rc = deflate(gzip, given == plain.n ? Z_FINISH : Z_NO_FLUSH);
		plain = slice_from(plain, given - gzip->avail_in);
		n = (size_t)(gzip->next_out - out->p) - out->n;
	} while (rc == Z_OK);
	if (rc != Z_STREAM_END)
		return fail(err, ERR_SYSTEM, "gzip: deflate failed (%d)", rc);
	buf_extend(out, n);
	return 0;
}

int
compressor_frame(struct compressor *c, struct slice plain, struct buf *out, struct error *err)
{
	return c->codec == CODEC_ZSTD ? zstd_frame(c->zstd, plain, out, err) :
	    gzip_frame(&c->gzip, plain, out, err);
}

void
compressor_close(struct compressor *c)
{
	if (c == NULL)
		return;
	if (c->codec == CODEC_ZSTD)
		ZSTD_freeCCtx(c->zstd);
	else
		deflateEnd(&c->gzip);
	mem_free(c);
}

/*
 * One decoder for what lies in memory and for what is read from a file: it is
 * handed packed bytes as they come and room for plain ones.  Frames follow one
 * another without a sign; between two of them the input may end.
 */
struct decoder {
	enum codec codec;
	bool inside;            /* a frame has begun and not ended */
	ZSTD_DCtx *zstd;
	z_stream gzip;
};

static void
decoder_open(struct decoder *d, enum codec codec)
{
	memset(d, 0, sizeof(*d));
	d->codec = codec;
	if (codec == CODEC_ZSTD) {
		d->zstd = mem_check(ZSTD_createDCtx());
		ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	} else if (inflateInit2(&d->gzip, GZIP_WINDOW_BITS) != Z_OK) {
		mem_check(NULL);
	}
}

static void
decoder_close(struct decoder *d)
{
	if (d->codec == CODEC_ZSTD)
		ZSTD_freeDCtx(d->zstd);
	else
		inflateEnd(&d->gzip);
}

/* Take bytes off *packed and put up to *room of them at to; *room becomes how
 * many there were.  NULL, or what is wrong with the bytes. */
static const char *
decoder_step(struct decoder *d, struct slice *packed, unsigned char *to, size_t *room)
{
	ZSTD_inBuffer in = { packed->p, packed->n, 0 };
	ZSTD_outBuffer out = { to, *room, 0 };
	size_t given, left;
	int rc;

	if (d->codec == CODEC_ZSTD) {
		left = ZSTD_decompressStream(d->zstd, &out, &in);
		*packed = slice_from(*packed, in.pos);
		*room = out.pos;
		if (ZSTD_isError(left))
			return ZSTD_getErrorName(left);
		d->inside = left > 0;
		return NULL;
	}
	if (!d->inside)
		inflateReset(&d->gzip);
	given = clip(packed->n);
	d->gzip.next_in = (unsigned char *)(uintptr_t)packed->p;
	d->gzip.avail_in = (uInt)given;
	d->gzip.next_out = to;
	d->gzip.avail_out = clip(*room);
	rc = inflate(&d->gzip, Z_NO_FLUSH);
	*packed = slice_from(*packed, given - d->gzip.avail_in);
	*room = (size_t)(d->gzip.next_out - to);
	d->inside = rc != Z_STREAM_END;
	if (rc == Z_MEM_ERROR)
		mem_check(NULL);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return d->gzip.msg != NULL ? d->gzip.msg : "damaged stream";
	return NULL;
}

#define USUAL_RATIO 64u         /* mail has 3 to 10 */

/* What the head of a zstd frame says, but never trust it beyond max, nor beyond
 * what so many bytes may well hold: more is made room for as it comes. */
static size_t
first_room(enum codec codec, struct slice packed, uint64_t max)
{
	unsigned long long size = ZSTD_CONTENTSIZE_UNKNOWN;

	if (codec == CODEC_ZSTD)
		size = ZSTD_getFrameContentSize(packed.p, packed.n);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR)
		size = packed.n < UINT64_MAX / 4 ? packed.n * 4 : UINT64_MAX;
	if (packed.n < UINT64_MAX / USUAL_RATIO && size > packed.n * USUAL_RATIO)
		size = packed.n * USUAL_RATIO;
	return (size_t)(size < max ? size : max);
}

/*
 * A frame of zstd that is all there and says how long it becomes needs no
 * window beside the bytes it becomes.  False: it is not, or is damaged, which
 * the decoder tells in words.
 */
static bool
expand_known(struct slice *packed, uint64_t max, struct buf *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed->p, packed->n);
	size_t n = ZSTD_findFrameCompressedSize(packed->p, packed->n);

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
	    size > max - out->n || ZSTD_isError(n))
		return false;
	buf_reserve(out, (size_t)size);
	if (ZSTD_decompress(out->p + out->n, (size_t)size, packed->p, n) != size)
		return false;
	buf_extend(out, (size_t)size);
	*packed = slice_from(*packed, n);
	return true;
}

/* All frames, or the first one only; *packed becomes what lies behind. */
static int
expand(enum codec codec, struct slice *packed, bool first_only, uint64_t max, struct buf *out,
    struct error *err)
{
	const char *wrong = NULL;
	struct decoder d;
	size_t room;
	bool more;
	int rc = -1;

	buf_clear(out);
	while (codec == CODEC_ZSTD && packed->n > 0 && expand_known(packed, max, out)) {
		if (first_only || packed->n == 0)
			return 0;
	}
	decoder_open(&d, codec);
	/* One byte more than max: to see that there is too much. */
	buf_reserve(out, first_room(codec, *packed, max - out->n) + 1);
	do {
		if (out->n + 1 >= out->cap)
			buf_reserve(out, out->n / 2 + EXPAND_STEP);
		room = out->cap - out->n - 1;
		if (room > max - out->n)
			room = (size_t)(max - out->n) + 1;
		wrong = decoder_step(&d, packed, out->p + out->n, &room);
		buf_extend(out, room);
		more = d.inside ? packed->n > 0 || room > 0 : packed->n > 0 && !first_only;
	} while (wrong == NULL && out->n <= max && more);
	if (out->n > max)
		fail(err, ERR_LIMIT, "%s: more than %" PRIu64 " bytes", codec_name(codec), max);
	else if (wrong != NULL || d.inside)
		fail(err, ERR_CORRUPT, "%s: %s", codec_name(codec),
		    wrong != NULL ? wrong : "ends early");
	else
		rc = 0;
	decoder_close(&d);
	if (rc < 0)
		buf_clear(out);
	return rc;
}

int
codec_expand(enum codec codec, struct slice packed, uint64_t max, struct buf *out,
    struct error *err)
{
	return expand(codec, &packed, false, max, out, err);
}

int
codec_expand_first(enum codec codec, struct slice *packed, uint64_t max, struct buf *out,
    struct error *err)
{
	struct slice rest = *packed;

	if (expand(codec, &rest, true, max, out, err) < 0)
		return -1;
	*packed = rest;
	return 0;
}

struct expander {
	int fd;
	bool started, ended;    /* the first bytes were seen; fd has no more */
	bool plain;             /* neither codec: passed on as it is */
	const char *wrong;
	struct decoder decoder;
	struct slice rest;      /* not yet decoded, of input or of what lies in memory */
	unsigned char *input;   /* NULL for what lies in memory */
};

struct expander *
expander_open(int fd)
{
	struct expander *e = mem_alloc(sizeof(*e));

	e->fd = fd;
	e->plain = true;
	e->input = mem_alloc(INPUT_SIZE);
	e->rest = slice_of(e->input, 0);
	return e;
}

struct expander *
expander_open_bytes(enum codec codec, struct slice packed)
{
	struct expander *e = mem_alloc(sizeof(*e));

	e->fd = -1;
	e->started = e->ended = true;
	e->rest = packed;
	decoder_open(&e->decoder, codec);
	return e;
}

/* Have at least n bytes in rest, unless the file ends before. */
static int
fill(struct expander *e, size_t n, struct error *err)
{
	int64_t got;

	if (e->rest.n == 0 && e->input != NULL)
		e->rest.p = e->input;
	while (e->rest.n < n && !e->ended) {
		got = file_read(e->fd, e->input + e->rest.n, INPUT_SIZE - e->rest.n, err);
		if (got < 0)
			return -1;
		e->ended = got == 0;
		e->rest.n += (size_t)got;
	}
	return 0;
}

/* RFC 1952 2.3.1; RFC 8878 3.1.1 and 3.1.2 (a skippable frame may be first). */
static int
start(struct expander *e, struct error *err)
{
	struct cursor c;
	uint32_t magic;

	if (fill(e, 4, err) < 0)
		return -1;
	e->started = true;
	c = cursor_of(e->rest);
	magic = cursor_le32(&c);
	if (c.bad)
		return 0;
	if (magic == ZSTD_MAGICNUMBER ||
	    (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)
		decoder_open(&e->decoder, CODEC_ZSTD);
	else if ((magic & 0xffffff) == 0x088b1f)
		decoder_open(&e->decoder, CODEC_GZIP);
	else
		return 0;
	e->plain = false;
	return 0;
}

int64_t
expander_read(struct expander *e, void *p, uint64_t n, struct error *err)
{
	size_t room = 0;

	n = n < INT64_MAX ? n : INT64_MAX;
	if (!e->started && start(e, err) < 0)
		return -1;
	if (e->plain && e->rest.n == 0)
		return file_read(e->fd, p, n, err);
	if (e->plain) {
		room = n < e->rest.n ? n : e->rest.n;
		memcpy(p, e->rest.p, room);
		e->rest = slice_from(e->rest, room);
		return (int64_t)room;
	}
	while (room == 0 && n > 0 && e->wrong == NULL) {
		if (fill(e, 1, err) < 0)
			return -1;
		if (e->rest.n == 0 && !e->decoder.inside)
			return 0;
		room = n;
		e->wrong = decoder_step(&e->decoder, &e->rest, p, &room);
		if (room == 0 && e->rest.n == 0 && e->ended && e->decoder.inside)
			e->wrong = "ends early";
	}
	if (room == 0 && e->wrong != NULL)
		return fail(err, ERR_FORMAT, "%s: %s", codec_name(e->decoder.codec), e->wrong);
	return (int64_t)room;
}

void
expander_close(struct expander *e)
{
	if (e == NULL)
		return;
	if (!e->plain)
		decoder_close(&e->decoder);
	mem_free(e->input);
	mem_free(e);
}
