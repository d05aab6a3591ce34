/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/records.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/separator.h"

/*
 * An account of Foxmail up to version 6: each folder is a file X.BOX, in which
 * a line of sixteen odd bytes stands before each message.  Its index X.IND is
 * not understood: flags are not known.
 */
static const unsigned char mark[] = { 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x11, 0x11, 0x11,
	0x11, 0x11, 0x11, 0x53, 0x0D, 0x0A };
#define MARK slice_of(mark, sizeof(mark))

/* ---- Reading ---- */

static int
take(struct records *r, struct entry *out, struct error *err)
{
	struct slice s, line = SLICE_EMPTY, rest;
	bool has_mark;
	uint64_t end;

	if (records_peek(r, r->at, 4096, &s, err) < 0)
		return -1;
	has_mark = s.n >= sizeof(mark) && slice_equal(slice_sub(s, 0, sizeof(mark)), MARK);
	rest = has_mark ? slice_from(s, sizeof(mark)) : s;
	/* What no mark stands before is mail if it looks so. */
	out->kind = slice_line(&rest, &line) && (has_mark || header_line_looks_good(line)) ?
	    ENTRY_MESSAGE : ENTRY_FILLER;
	out->framing.lead = has_mark ? sizeof(mark) : 0;
	if (records_find(r, r->at + (has_mark ? sizeof(mark) : 1), MARK, &end, err) < 0)
		return -1;
	out->size = end - r->at;
	if (has_mark && out->size == sizeof(mark))
		out->kind = ENTRY_FILLER;
	if (out->kind == ENTRY_FILLER)
		out->framing.lead = 0;
	return 0;
}

static bool
is_box(const char *path)
{
	unsigned char head[sizeof(mark)];
	struct error ignored = ERROR_NONE;
	bool is;
	int fd;

	if (file_open_read(path, &fd, &ignored) < 0)
		return false;
	is = file_read_at(fd, 0, head, sizeof(head), &ignored) == 0 &&
	    memcmp(head, mark, sizeof(head)) == 0;
	file_close(fd);
	return is;
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, records_free };
	struct file_meta meta;

	if (file_stat(folder->path, &meta, err) < 0)
		return -1;
	if (meta.size > 0 && !is_box(folder->path))
		return fail(err, ERR_FORMAT, "%s: it does not begin as a folder of Foxmail does",
		    folder->path);
	return records_open(mem_alloc(sizeof(struct records)), &ops, folder->path, out, err);
}

/* ---- The store ---- */

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct file_meta meta;
	int bid = 0;
	size_t i;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return meta.kind == FILE_REGULAR && is_box(path) ? 95 : 0;
	if (directory_read(path, false, &a, &all, err) < 0)
		bid = -1;
	for (i = 0; bid == 0 && i < all.n; i++) {
		if (boxes_ends_nocase(slice_string(all.entries[i].name), ".box") &&
		    is_box(path_join(&a, path, all.entries[i].name)))
			bid = 90;
	}
	arena_free(&a);
	return bid;
}

static void
add_box(struct folders *f, const char *path)
{
	struct buf name = BUF_EMPTY;

	boxes_add_base(&name, path);
	boxes_add(f, NULL, 0, buf_slice(&name), path);
	buf_free(&name);
}

/* What begins as no folder does is kept as it lies; reading it says so. */
static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct file_meta meta;
	size_t i;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY) {
		add_box(f, where->path);
		return 0;
	}
	if (directory_read(where->path, false, &a, &all, err) < 0) {
		arena_free(&a);
		return -1;
	}
	for (i = 0; i < all.n; i++) {
		struct slice name = slice_string(all.entries[i].name);
		const char *path = path_join(&a, where->path, all.entries[i].name);

		if (boxes_ends_nocase(name, ".ind"))
			folders_keep(f, path, "index");
		if (all.entries[i].kind != FILE_REGULAR || !boxes_ends_nocase(name, ".box"))
			continue;
		add_box(f, path);
		if (!is_box(path))
			folders_keep(f, path, "store");
	}
	arena_free(&a);
	return 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_foxmail, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_foxmail = {
	.name = "foxmail",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
