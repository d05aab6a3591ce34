/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_OLE_H
#define BACKENDS_FORMATS_OLE_H

#include "backends/formats/confined.h"

/*
 * A compound file ([MS-CFB]): a small file system of storages (directories)
 * and streams (files), in sectors chained by a table.  What the table says is
 * not believed: a chain ends after as many sectors as its stream needs, and
 * an entry of the directory is met once.
 */
#define OLE_ROOT 0u

enum ole_kind { OLE_NONE, OLE_STORAGE, OLE_STREAM };

struct ole_entry {
	struct slice name;              /* UTF-8, in the arena */
	enum ole_kind kind;
	uint32_t left, right, child, start;
	uint64_t size;
};

struct ole {
	const struct confined_input *in;
	struct confined_output *out;    /* told that we are alive; NULL is fine */
	struct arena arena;
	unsigned sector, small_sector;  /* sizes */
	uint64_t cutoff;                /* shorter streams lie in the root's, in small sectors */
	struct ole_table {
		uint32_t *items;
		size_t n, cap;
	} chains, small_chains, small;  /* small: the sectors of the root's stream */
	struct ole_entry *entries;
	size_t n, cap;
};

bool ole_sniff(struct slice head);      /* the first 8 bytes or more */
/* To be freed even after -1. */
int ole_open(const struct confined_input *in, struct confined_output *out, struct ole *o,
    struct error *err);
void ole_free(struct ole *o);

/* The entries in a storage, sorted by name; they live in the arena. */
size_t ole_list(struct ole *o, uint32_t storage, uint32_t **out);
/* The entry of that name in a storage; false: none. */
bool ole_find(struct ole *o, uint32_t storage, const char *name, uint32_t *out);

/* A stream from its beginning to its end. */
struct ole_stream {
	struct ole *ole;
	struct ole_table sectors;
	uint64_t left;
	size_t next;                    /* sector */
	unsigned at;                    /* in it */
	bool is_small;
};

int ole_stream_open(struct ole *o, uint32_t entry, struct ole_stream *out, struct error *err);
int64_t ole_stream_read(struct ole_stream *s, void *p, size_t n, struct error *err);
void ole_stream_free(struct ole_stream *s);
/* The whole stream, replacing out; over max is ERR_LIMIT. */
int ole_read(struct ole *o, uint32_t entry, size_t max, struct buf *out, struct error *err);

#endif
