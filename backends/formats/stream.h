/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_STREAM_H
#define BACKENDS_FORMATS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * The bytes of one mailbox, in order: a file, the inside of a compressed
 * file, or a member of an archive.
 */
struct stream;

struct stream_ops {
	/* Up to n bytes; 0 at the end, -1. */
	int64_t (*read)(struct stream *s, void *p, size_t n, struct error *err);
	/* Exactly n bytes from at, which was read before unless is_seekable. */
	int (*bytes)(struct stream *s, uint64_t at, void *p, size_t n, struct error *err);
	/* After the last byte: *grew when there is more by now; ERR_CHANGED when
	 * it is no longer what was read. */
	int (*end)(struct stream *s, bool *grew, struct error *err);
	void (*close)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	bool is_seekable;       /* bytes() may look ahead, at no great cost */
	uint64_t size;          /* when is_seekable */
};

/* A file as long as it is now: what is appended later is not read. */
int stream_open_file(const char *path, struct stream **out, struct error *err);
/* The plain bytes of a gzip or zstd file. */
int stream_open_packed(const char *path, struct stream **out, struct error *err);
void stream_close(struct stream *s);    /* NULL is fine */

#endif
