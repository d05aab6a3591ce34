/* SPDX-License-Identifier: MIT */
#include "core/base/codec.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "core/base/mem.h"
#include "tests/t.h"

#define BIG (3 * MIB)

static struct buf sample = BUF_EMPTY;   /* half of it text, half noise */

static void
make_sample(void)
{
	uint32_t noise = 1;
	size_t i;

	for (i = 0; i < BIG; i++) {
		noise = noise * 1664525 + 1013904223;
		buf_add_byte(&sample, i / 65536 % 2 ? (unsigned char)(noise >> 24) :
		    (unsigned char)("the quick brown fox "[i % 20] + (i % 1000 == 0)));
	}
}

static void
names(void)
{
	struct error err = ERROR_NONE;
	enum codec codec = CODEC_ZSTD;

	T(codec_parse("gzip", &codec, &err) == 0 && codec == CODEC_GZIP, "gzip");
	T(codec_parse("zstd", &codec, &err) == 0 && codec == CODEC_ZSTD, "zstd");
	T(codec_parse("lzma", &codec, &err) < 0 && err.code == ERR_USAGE, "%s", err.text);
	T(codec_parse("", &codec, &err) < 0, "nothing");
	T(strcmp(codec_suffix(CODEC_ZSTD), ".zst") == 0 &&
		strcmp(codec_suffix(CODEC_GZIP), ".gz") == 0 &&
		strcmp(codec_name(CODEC_ZSTD), "zstd") == 0 &&
		strcmp(codec_name(CODEC_GZIP), "gzip") == 0,
	    "names");
}

static bool
expands_to(enum codec codec, const struct buf *packed, struct slice want)
{
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	bool same;

	same = codec_expand(codec, buf_slice(packed), want.n, &out, &err) == 0 &&
	    slice_equal(buf_slice(&out), want);
	if (!same)
		printf("%s\n", err.text);
	buf_free(&out);
	return same;
}

/* One frame and several, of every size there is an edge at; the same bytes give
 * the same frame at every level, from a new compressor and from a used one. */
static void
there_and_back(enum codec codec)
{
	static const size_t sizes[] = { 0, 1, 2, 100, 65535, 65536, 65537, 131072, MIB, BIG };
	static const int levels[] = { 0, 1, 9, -3, 100 };
	struct compressor *c, *used;
	struct buf all = BUF_EMPTY, joined = BUF_EMPTY, one = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct slice plain;
	size_t i, level, before;

	for (level = 0; level < sizeof(levels) / sizeof(levels[0]); level++) {
		used = compressor_open(codec, levels[level]);
		buf_clear(&all);
		buf_clear(&joined);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) - (level > 2); i++) {
			plain = slice_sub(buf_slice(&sample), 0, sizes[i]);
			before = all.n;
			T(compressor_frame(used, plain, &all, &err) == 0, "%s", err.text);
			buf_add(&joined, plain);
			buf_clear(&one);
			c = compressor_open(codec, levels[level]);
			T(compressor_frame(c, plain, &one, &err) == 0, "%s", err.text);
			compressor_close(c);
			T(slice_equal(slice_from(buf_slice(&all), before), buf_slice(&one)),
			    "the same frame, %zu bytes", sizes[i]);
			T(expands_to(codec, &one, plain), "%zu bytes", sizes[i]);
			T(expands_to(codec, &all, buf_slice(&joined)), "%zu frames", i + 1);
		}
		compressor_close(used);
	}
	compressor_close(NULL);
	buf_free(&all);
	buf_free(&joined);
	buf_free(&one);
}

static void
pack(enum codec codec, struct slice plain, struct buf *out)
{
	struct compressor *c = compressor_open(codec, 1);
	struct error err = ERROR_NONE;

	T(compressor_frame(c, plain, out, &err) == 0, "%s", err.text);
	compressor_close(c);
}

static void
heads(void)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0 };
	struct buf b = BUF_EMPTY;

	pack(CODEC_GZIP, SLICE_OF("plain"), &b);
	T(memcmp(b.p, gzip, sizeof(gzip)) == 0, "no time in it");
	buf_clear(&b);
	pack(CODEC_ZSTD, SLICE_OF("plain"), &b);
	/* RFC 8878 3.1.1.1: single segment, checksum, content size of one byte. */
	T(memcmp(b.p, "\x28\xb5\x2f\xfd\x24\x05", 6) == 0, "length and checksum");
	buf_free(&b);
}

/* At most max, wherever max lies, and whether the head tells the size or not. */
static void
bounds(enum codec codec)
{
	struct buf packed = BUF_EMPTY, out = BUF_EMPTY, zeros = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t max, total = 5000, bad = 0;

	pack(codec, slice_sub(buf_slice(&sample), 0, 2000), &packed);
	pack(codec, slice_sub(buf_slice(&sample), 2000, 3000), &packed);
	for (max = 0; max < 6000; max += max % 1000 < 3 || max % 1000 > 996 ? 1 : 7) {
		buf_set(&out, SLICE_OF("old"));
		if (codec_expand(codec, buf_slice(&packed), max, &out, &err) == 0)
			bad += max < total || out.n != total;
		else
			bad += max >= total || err.code != ERR_LIMIT || out.n != 0;
	}
	T(bad == 0, "%zu bounds", bad);
	T(codec_expand(codec, buf_slice(&packed), UINT64_MAX, &out, &err) == 0 && out.n == total,
	    "no bound");
	/* A thousand times as much as it seems: refused in little memory. */
	memset(buf_extend(&zeros, 64 * MIB), 0, 64 * MIB);
	buf_clear(&packed);
	pack(codec, buf_slice(&zeros), &packed);
	buf_free(&zeros);
	buf_free(&out);
	T(codec_expand(codec, buf_slice(&packed), 100000, &out, &err) < 0 &&
		err.code == ERR_LIMIT && out.cap < MIB,
	    "a bomb of %zu bytes, %zu held", packed.n, out.cap);
	buf_free(&packed);
	buf_free(&out);
}

/* Flip each bit and cut at each byte.  Both codecs carry a checksum of the plain
 * bytes, so the only harmless damage is to what a head merely says. */
static void
damage(enum codec codec)
{
	struct slice plain = slice_sub(buf_slice(&sample), 65536 - 300, 600);
	struct buf packed = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i, one, bad = 0, harmless = 0;

	pack(codec, plain, &packed);
	one = packed.n;
	pack(codec, plain, &packed);
	for (i = 0; i < packed.n * 8; i++) {
		packed.p[i / 8] ^= (unsigned char)(1u << i % 8);
		if (codec_expand(codec, buf_slice(&packed), 100000, &out, &err) == 0) {
			harmless++;
			bad += out.n != 1200 ||
			       !slice_equal(slice_sub(buf_slice(&out), 0, 600), plain) ||
			       !slice_equal(slice_from(buf_slice(&out), 600), plain);
		} else {
			bad += (err.code != ERR_CORRUPT && err.code != ERR_LIMIT) || out.n != 0;
		}
		packed.p[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	T(bad == 0, "%zu flips", bad);
	T(harmless < packed.n / 2, "%zu of %zu harmless", harmless, packed.n * 8);
	for (i = 0; i < packed.n; i++) {
		if (codec_expand(codec, slice_of(packed.p, i), 100000, &out, &err) == 0)
			bad += i != one || !slice_equal(buf_slice(&out), plain);
		else
			bad += i == one || err.code != ERR_CORRUPT || out.n != 0;
	}
	T(bad == 0, "%zu cuts", bad);
	buf_add_byte(&packed, 'x');
	T(codec_expand(codec, buf_slice(&packed), 100000, &out, &err) < 0 &&
		err.code == ERR_CORRUPT,
	    "something behind");
	buf_free(&packed);
	buf_free(&out);
}

/* Frame by frame; what is damaged takes nothing off. */
static void
one_frame_at_a_time(enum codec codec)
{
	struct buf packed = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct slice rest, before;
	size_t i;

	for (i = 0; i < 5; i++)
		pack(codec, slice_sub(buf_slice(&sample), i * 1000, i * 500), &packed);
	rest = buf_slice(&packed);
	for (i = 0; i < 5; i++) {
		before = rest;
		T(i == 0 || codec_expand_first(codec, &rest, i * 500 - 1, &out, &err) < 0, "limit");
		T(rest.p == before.p && rest.n == before.n, "nothing taken off");
		T(codec_expand_first(codec, &rest, i * 500, &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), slice_sub(buf_slice(&sample), i * 1000, i * 500)),
		    "frame %zu: %s", i, err.text);
	}
	T(rest.n == 0, "all of them");
	T(codec_expand_first(codec, &rest, 10, &out, &err) < 0 && err.code == ERR_CORRUPT,
	    "no more");
	rest = slice_sub(buf_slice(&packed), 0, 8);
	T(codec_expand_first(codec, &rest, 10, &out, &err) < 0 && err.code == ERR_CORRUPT &&
	    rest.n == 8 && out.n == 0, "cut off");
	buf_free(&packed);
	buf_free(&out);
}

static void
refuses_large_windows(void)
{
	/* A frame head, RFC 8878 3.1.1.1: no size, a window of 2^28, an empty block. */
	static const unsigned char frame[] = {
	    0x28, 0xb5, 0x2f, 0xfd, 0x00, (28 - 10) << 3, 1, 0, 0};
	static const unsigned char allowed[] = {
	    0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 1, 0, 0};
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;

	T(codec_expand(CODEC_ZSTD, slice_of(frame, sizeof(frame)), 1000, &out, &err) < 0 &&
	    err.code == ERR_CORRUPT, "2^28: %s", err.text);
	T(codec_expand(CODEC_ZSTD, slice_of(allowed, sizeof(allowed)), 1000, &out, &err) == 0,
	    "2^27: %s", err.text);
	buf_free(&out);
}

static int
file_of(struct slice s)
{
	int fd = open(t_path("stream"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	T(fd >= 0 && write(fd, s.p, s.n) == (ssize_t)s.n && lseek(fd, 0, SEEK_SET) == 0, "file");
	return fd;
}

/* All of it, step bytes at a time; -1 on error, and then again an error. */
static int
drain(struct slice file, size_t step, struct buf *out, struct error *err)
{
	int fd = file_of(file);
	struct expander *e = expander_open(fd);
	int64_t got;

	buf_clear(out);
	T(expander_read(e, buf_extend(out, step), 0, err) <= 0, "nothing asked, nothing given");
	buf_clear(out);
	do {
		buf_reserve(out, step);
		got = expander_read(e, out->p + out->n, step, err);
		if (got > 0)
			buf_extend(out, (size_t)got);
	} while (got > 0);
	T(expander_read(e, buf_extend(out, step), step, err) == got, "the end stays the end");
	buf_truncate(out, out->n - step);
	expander_close(e);
	close(fd);
	return (int)got;
}

static void
streams(enum codec codec)
{
	static const size_t steps[] = { 1, 7, 4096, 65536, 10000000 };
	struct slice plain = slice_sub(buf_slice(&sample), 0, 200000);
	struct buf packed = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i, cut;

	pack(codec, slice_sub(plain, 0, 100000), &packed);
	pack(codec, SLICE_EMPTY, &packed);
	cut = packed.n;
	pack(codec, slice_from(plain, 100000), &packed);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		T(drain(buf_slice(&packed), steps[i], &out, &err) == 0 &&
			slice_equal(buf_slice(&out), plain),
		    "steps of %zu: %zu, %s", steps[i], out.n, err.text);
	for (i = 1; i < packed.n; i += i < 40 ? 1 : 2999) {
		bool bare = i < 4;      /* too short to be known: passed on as it is */

		T(drain(slice_of(packed.p, i), 5000, &out, &err) == (bare || i == cut ? 0 : -1) &&
		    (bare || i == cut || err.code == ERR_FORMAT), "cut at %zu", i);
		T(bare || slice_equal(buf_slice(&out), slice_sub(plain, 0, out.n)),
		    "what comes before the cut at %zu", i);
	}
	buf_add_byte(&packed, 'x');
	T(drain(buf_slice(&packed), 5000, &out, &err) < 0 && err.code == ERR_FORMAT,
	    "something behind");
	buf_free(&packed);
	buf_free(&out);
}

static void
plain_streams(void)
{
	static const char *const cases[] = {
	    "", "a", "\x1f", "\x1f\x8b", "\x28\xb5\x2f", "From ", "\x1f\x8b\x07 no"};
	struct buf out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i, step;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (step = 1; step < 9; step++)
			T(drain(slice_string(cases[i]), step, &out, &err) == 0 &&
			    slice_is(buf_slice(&out), cases[i]), "case %zu", i);
	T(drain(buf_slice(&sample), 100000, &out, &err) == 0 &&
	    slice_equal(buf_slice(&out), buf_slice(&sample)), "a long one");
	expander_close(NULL);
	for (i = 0; i < 3; i++) {
		struct expander *e = expander_open(-1);

		T(expander_read(e, buf_extend(&out, 10), 10, &err) < 0 && err.code == ERR_SYSTEM,
		    "what cannot be read: %s", err.text);
		expander_close(e);
	}
	buf_free(&out);
}

int
main(void)
{
	static const enum codec both[] = { CODEC_ZSTD, CODEC_GZIP };
	size_t i;

	make_sample();
	names();
	heads();
	for (i = 0; i < 2; i++) {
		there_and_back(both[i]);
		bounds(both[i]);
		damage(both[i]);
		one_frame_at_a_time(both[i]);
		streams(both[i]);
	}
	refuses_large_windows();
	plain_streams();
	buf_free(&sample);
	return t_done();
}
