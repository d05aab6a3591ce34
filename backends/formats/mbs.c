/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagelist.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/canonical.h"

/*
 * An account of Opera Mail: mbox files with X-Opera-Status and
 * X-Opera-Location on top of each message.  The newer versions have a file for
 * each message, 2009/05/12/417.mbs; the older ones one for a day or a month,
 * 2009/05/12.mbs.  There are no folders: what Opera shows are views.
 */
#define DEPTH_MAX 8u
#define ALL_MESSAGES SLICE_OF("All messages")

struct walk {
	struct folders *folders;
	const char *top;
	VEC(struct listed) messages;    /* of files of their own */
	struct arena arena;             /* their names */
};

/* A number that is none of a day or a month stands for a message; so does any
 * number in a directory that is a day. */
static bool
is_single(const char *name, size_t depth)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && strcmp(name + digits, ".mbs") == 0 && (depth >= 3 || depth == 0);
}

static int
walk(struct walk *w, const struct slice *names, size_t depth, const char *path,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	size_t i;
	int rc = 0;

	if (folders_list(w->folders, path, &a, &all, err) < 0) {
		if (depth > 0)
			folders_add_unreadable(w->folders, names, depth, path);
		rc = depth > 0 ? 0 : -1;
		goto out;
	}
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *inside = path_join(&a, path, e->name);

		buf_clear(&name);
		if (e->kind == FILE_DIRECTORY && depth < DEPTH_MAX) {
			folder_name_add(&name, slice_string(e->name));
			rc = walk(w, folders_extend(w->folders, names, depth, buf_slice(&name)),
			    depth + 1, inside, err);
		} else if (e->kind == FILE_REGULAR && is_single(e->name, depth)) {
			const char *below = path_below(path, w->top);

			*vec_push(&w->messages) = (struct listed){
				.directory = arena_string(&w->arena, below == NULL ? "" : below),
				.name = arena_string(&w->arena, e->name),
			};
		} else if (e->kind == FILE_REGULAR && boxes_ends_nocase(slice_string(e->name), ".mbs")) {
			boxes_add_base(&name, e->name);
			boxes_add(w->folders, names, depth, buf_slice(&name), inside);
		}
	}

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct walk w = { .folders = f, .top = where->path, .arena = ARENA_EMPTY };
	struct buf name = BUF_EMPTY;
	struct file_meta meta;
	int rc;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY) {
		boxes_add_base(&name, where->path);
		boxes_add(f, NULL, 0, buf_slice(&name), where->path);
		buf_free(&name);
		return 0;
	}
	rc = walk(&w, NULL, 0, where->path, err);
	if (rc == 0 && w.messages.n > 0)
		message_list_set(f, folders_add(f, NULL, 0, ALL_MESSAGES, where->path),
		    w.messages.items, w.messages.n, DECOR_OPERA);
	vec_free(&w.messages);
	arena_free(&w.arena);
	return rc;
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	struct stream *stream;

	if (stream_open_file(folder->path, &stream, err) < 0)
		return -1;
	*out = mboxreader_open(stream, MBOX_PLAIN);
	return 0;
}

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	int bid = 0;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	for (i = 0; i < all.n && bid == 0; i++) {
		const struct directory_entry *e = &all.entries[i];

		if (e->kind == FILE_REGULAR && boxes_ends_nocase(slice_string(e->name), ".mbs"))
			bid = 84;
		else if (e->kind == FILE_DIRECTORY && levels > 0 && e->name[0] >= '0' &&
		    e->name[0] <= '9')
			bid = bid_for_directory(path_join(&a, path, e->name), levels - 1, &ignored);
	}

out:
	arena_free(&a);
	return bid < 0 && levels < 3 ? 0 : bid;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	/* One file is an mbox, and as good in that reader's hands. */
	return meta.kind == FILE_DIRECTORY ? bid_for_directory(path, 3, err) : 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_mbs, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_mbs = {
	.name = "mbs",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
