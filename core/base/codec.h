/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_CODEC_H
#define CORE_BASE_CODEC_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Compression: zstd frames (RFC 8878) or gzip members (RFC 1952).  Frames
 * stand alone; several behind one another decompress to the concatenation,
 * with stock tools too.  zstd frames carry their plain length and a checksum.
 */
enum codec { CODEC_ZSTD, CODEC_GZIP };

const char *codec_name(enum codec codec);       /* "zstd", "gzip" */
const char *codec_suffix(enum codec codec);     /* ".zst", ".gz" */
int codec_parse(const char *name, enum codec *out, struct error *err);

/* One compressor a thread; it keeps its tables between frames. */
struct compressor;
struct compressor *compressor_open(enum codec codec, int level);  /* level 0: the default */
/* Append one whole frame to out. */
int compressor_frame(struct compressor *c, struct slice plain, struct buf *out,
    struct error *err);
void compressor_close(struct compressor *c);    /* NULL is fine */

/*
 * Replace out with the plain bytes of all frames in packed.  At most max
 * bytes are ever produced: more is ERR_LIMIT.  Damage is ERR_CORRUPT.
 * zstd windows over 2^27 are refused.
 */
int codec_expand(enum codec codec, struct slice packed, uint64_t max,
    struct buf *out, struct error *err);

/* The same for the first frame alone, which is taken off *packed. */
int codec_expand_first(enum codec codec, struct slice *packed, uint64_t max,
    struct buf *out, struct error *err);

/* Replace out with the plain bytes of a zlib stream (RFC 1950) of a foreign
 * format that says how many there are; any other number is ERR_FORMAT. */
int codec_inflate(struct slice packed, size_t plain, struct buf *out, struct error *err);

/*
 * A stream of the user's (an mbox.gz), decompressed as it is read.  Which
 * codec is told from the first bytes; other bytes pass unchanged.  Reading
 * past damage is ERR_FORMAT.
 */
struct expander;
struct expander *expander_open(int fd);         /* fd stays the caller's */
/* Frames of one codec that lie in memory, and stay there until the close. */
struct expander *expander_open_bytes(enum codec codec, struct slice packed);
/* Up to n bytes into p; 0 at the end, -1 on error. */
int64_t expander_read(struct expander *e, void *p, uint64_t n, struct error *err);
void expander_close(struct expander *e);

#endif
