/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/records.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/canonical.h"

/*
 * A mailbox of Becky!: a directory for each folder, its messages in *.bmf, each
 * ended by a line with one dot; lines that begin with a dot have one more.
 * X-Becky-Status says what became of a message, X-Becky-Include where a part was
 * left that was taken out (#Attach, which is kept beside).  "!!!!Inbox" is shown
 * as Inbox; what begins with "#" holds no folder.
 */
#define DEPTH_MAX 32u
#define PROBE_DEPTH 2u

/* ---- Reading ---- */

/* Behind the line with the dot; *trail is its length, 0 where there is none. */
static int
find_end(struct records *r, uint64_t *end, size_t *trail, struct error *err)
{
	uint64_t at = r->at;
	struct slice s;

	for (;;) {
		if (records_find(r, at, SLICE_OF("\n."), end, err) < 0)
			return -1;
		*trail = 0;
		if (*end == r->stream->size)
			return 0;
		if (records_peek(r, *end + 2, 2, &s, err) < 0)
			return -1;
		*trail = slice_starts(s, "\r\n") ? 3 : slice_starts(s, "\n") ? 2 : s.n == 0 ? 1 : 0;
		if (*trail > 0) {
			*end += 1 + *trail;
			return 0;
		}
		at = *end + 2;
	}
}

static int
take(struct records *r, struct entry *out, struct error *err)
{
	struct slice s;
	uint64_t end;

	/* A dot that ends nothing. */
	if (records_peek(r, r->at, 3, &s, err) < 0)
		return -1;
	if (slice_is(s, ".\r\n") || slice_starts(s, ".\n")) {
		out->kind = ENTRY_FILLER;
		out->size = slice_starts(s, ".\n") ? 2 : 3;
		return 0;
	}
	if (find_end(r, &end, &out->framing.trail, err) < 0)
		return -1;
	out->kind = ENTRY_MESSAGE;
	out->size = end - r->at;
	out->framing.quoting = QUOTING_DOT;
	out->framing.decor = DECOR_BECKY;
	return 0;
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, records_free };

	return records_open(mem_alloc(sizeof(struct records)), &ops, folder->path, out, err);
}

/* ---- The store ---- */

static bool
is_called_bmf(const struct directory_entry *e)
{
	return e->kind == FILE_REGULAR && boxes_ends_nocase(slice_string(e->name), ".bmf");
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
		if (is_called_bmf(&all.entries[i]))
			bid = 85;
		else if (all.entries[i].kind == FILE_DIRECTORY && levels > 0 && bid_for_directory(
		    path_join(&a, path, all.entries[i].name), levels - 1, &ignored) > 0)
			bid = 75;
	}

out:
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	const struct directory_entry named = { .name = path_base(path), .kind = FILE_REGULAR };
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, PROBE_DEPTH, err);
	return meta.kind == FILE_REGULAR && is_called_bmf(&named) ? 85 : 0;
}

/* A folder has one such file; should there be another, it has a name too. */
static void
add_box(struct folders *f, const struct slice *names, size_t depth, bool is_first,
    const char *path)
{
	struct buf name = BUF_EMPTY;

	if (depth > 0)
		buf_add(&name, names[depth - 1]);
	if (depth > 0 && !is_first)
		buf_add_string(&name, " (");
	if (depth == 0 || !is_first)
		boxes_add_base(&name, path);
	if (depth > 0 && !is_first)
		buf_add_byte(&name, ')');
	boxes_add(f, names, depth > 0 ? depth - 1 : 0, buf_slice(&name), path);
	buf_free(&name);
}

static bool
is_index(struct slice name)
{
	return slice_starts_nocase(name, "folder.") || slice_starts_nocase(name, "mailbox.ini");
}

static int
walk(struct folders *f, const struct slice *names, size_t depth, const char *path,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	bool is_first = true;
	size_t i;
	int rc = 0;

	if (folders_list(f, path, &a, &all, err) < 0) {
		if (depth > 0)
			folders_add_unreadable(f, names, depth, path);
		rc = depth > 0 ? 0 : -1;
		goto out;
	}
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		struct slice raw = slice_string(e->name);
		const char *inside = path_join(&a, path, e->name);

		if (is_called_bmf(e)) {
			add_box(f, names, depth, is_first, inside);
			is_first = false;
		} else if (e->kind == FILE_REGULAR && is_index(raw)) {
			folders_keep(f, inside, "index");
		}
		if (e->kind != FILE_DIRECTORY || depth >= DEPTH_MAX || slice_starts(raw, "#"))
			continue;
		while (slice_starts(raw, "!") && raw.n > 1)
			raw = slice_from(raw, 1);
		buf_clear(&name);
		folder_name_add(&name, raw);
		rc = walk(f, folders_extend(f, names, depth, buf_slice(&name)), depth + 1, inside, err);
	}

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return walk(f, NULL, 0, where->path, err);
	add_box(f, NULL, 0, true, where->path);
	return 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_becky, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_becky = {
	.name = "becky",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
