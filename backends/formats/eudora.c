/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/placemarks.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/mail/charset.h"

/*
 * A mail directory of Eudora: mbox files with a separator of their own, each
 * with an index (.toc).  On Windows descmap.pce lists what a directory holds, a
 * line each: name on the screen, file name, S or M for a mailbox and F for a
 * directory with a descmap.pce of its own, then Y or N.  On the Macintosh a
 * mailbox is called as its file, and a folder as its directory.
 *
 * Attachments were taken out of the messages; the files that the lines
 * "Attachment Converted:" name are kept beside.
 */
#define SEPARATOR SLICE_OF("From ???@??? ")
#define TOC_MAX (256u * MIB)
#define DEPTH_MAX 32u

/* ---- Reading ---- */

enum state { UNREAD = 0, READ, REPLIED, FORWARDED, REDIRECTED, REBUILT, SAVED, QUEUED, SENT, UNSENT,
	TIME_QUEUED };

static unsigned
flags_of_windows(unsigned state)
{
	switch (state) {
	case READ: case SENT: return FLAG_SEEN;
	case REPLIED: return FLAG_SEEN | FLAG_ANSWERED;
	case FORWARDED: case REDIRECTED: return FLAG_SEEN | FLAG_FORWARDED;
	case SAVED: case QUEUED: case UNSENT: case TIME_QUEUED: return FLAG_SEEN | FLAG_DRAFT;
	default: return 0;
	}
}

static unsigned
flags_of_macintosh(unsigned state)
{
	switch (state) {
	case 2: case 9: return FLAG_SEEN;
	case 3: return FLAG_SEEN | FLAG_ANSWERED;
	case 4: case 8: return FLAG_SEEN | FLAG_FORWARDED;
	case 10: return FLAG_SEEN | FLAG_DRAFT;
	default: return 0;
	}
}

/*
 * Behind the head an entry for each message: its offset 4, its length 4; then on
 * Windows, little-endian, the time 4 and the state 2, on the Macintosh,
 * big-endian, where the body is 4 and the state 1.
 */
static void
read_toc(const char *path, struct place_marks *out)
{
	struct error ignored = ERROR_NONE;
	struct buf bytes = BUF_EMPTY;
	struct slice rest;
	size_t head = 104, entry = 218;
	uint32_t at, length;
	bool is_mac;

	if (file_read_all(path, TOC_MAX, &bytes, &ignored) < 0)
		buf_clear(&bytes);
	/* The version, which has the byte order of its system. */
	is_mac = bytes.n > 1 && bytes.p[0] == 0;
	if (is_mac) {
		head = 278;
		entry = 220;
	}
	for (rest = slice_from(buf_slice(&bytes), head); rest.n >= entry;
	    rest = slice_from(rest, entry)) {
		struct cursor c = cursor_of(rest);

		at = is_mac ? cursor_be32(&c) : cursor_le32(&c);
		length = is_mac ? cursor_be32(&c) : cursor_le32(&c);
		cursor_skip(&c, 4);
		place_marks_add(out, at, length, is_mac ? flags_of_macintosh(cursor_byte(&c)) :
		    flags_of_windows(cursor_le16(&c)));
	}
	buf_free(&bytes);
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	struct place_marks marks = PLACE_MARKS_EMPTY;
	struct stream *stream;

	if (stream_open_file(folder->path, &stream, err) < 0)
		return -1;
	*out = mboxreader_open(stream, MBOX_EUDORA);
	if (folder->index != NULL)
		read_toc(folder->index, &marks);
	*out = place_marks_open(*out, &marks, folder->path, SEPARATOR, 0);
	return 0;
}

/* ---- The store ---- */

struct walk {
	struct folders *folders;
	const char *path;
	const struct slice *names;      /* of the directory */
	size_t depth;
	struct directory all;
	struct map taken;               /* entries that descmap.pce names */
	bool is_mac;
	struct arena arena;
};

static int walk_directory(struct folders *f, const struct slice *names, size_t depth,
    const char *path, struct error *err);

static bool
is_box(const char *path)
{
	struct error ignored = ERROR_NONE;
	unsigned char head[13];
	bool is;
	int fd;

	if (file_open_read(path, &fd, &ignored) < 0)
		return false;
	is = file_read_at(fd, 0, head, sizeof(head), &ignored) == 0 &&
	    slice_equal(slice_of(head, sizeof(head)), SEPARATOR);
	file_close(fd);
	return is;
}

static void
add_box(struct walk *w, const char *entry, struct slice name)
{
	struct folders *f = w->folders;
	struct slice base = slice_string(entry);
	struct folder *folder;
	const char *toc;

	if (boxes_ends_nocase(base, ".mbx"))
		base = slice_sub(base, 0, base.n - 4);
	toc = boxes_find_entry(&w->all, arena_format(&w->arena, "%s.toc",
	    arena_string_of(&w->arena, base)));
	folder = boxes_add(f, w->names, w->depth, name, path_join(&w->arena, w->path, entry));
	if (toc == NULL)
		return;
	folder->index = path_join(&f->arena, w->path, toc);
	folders_keep(f, folder->index, "index");
}

static int
enter(struct walk *w, const char *entry, struct slice name, struct error *err)
{
	if (w->depth >= DEPTH_MAX)
		return 0;
	return walk_directory(w->folders, folders_extend(w->folders, w->names, w->depth, name),
	    w->depth + 1, path_join(&w->arena, w->path, entry), err);
}

static int
read_descmap(struct walk *w, const char *entry, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY, name = BUF_EMPTY;
	const char *path = path_join(&w->arena, w->path, entry), *found;
	struct slice rest, line, shown, file;
	int rc = 0;

	folders_keep(w->folders, path, "index");
	if (file_read_all(path, CONFIG_FILE_MAX, &text, &ignored) < 0)
		buf_clear(&text);
	rest = buf_slice(&text);
	while (rc == 0 && slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (!slice_field(&line, ',', &shown) || !slice_field(&line, ',', &file))
			continue;
		found = boxes_find_entry(&w->all, arena_string_of(&w->arena, slice_trim(file)));
		if (found == NULL || !map_put(&w->taken, slice_string(found), 0))
			continue;
		buf_clear(&name);
		charset_add_text(&name, shown, NULL);
		if (file_is_directory(path_join(&w->arena, w->path, found)))
			rc = enter(w, found, buf_slice(&name), err);
		else
			add_box(w, found, buf_slice(&name));
	}
	buf_free(&text);
	buf_free(&name);
	return rc;
}

/* What no descmap.pce names.  "Imap" holds the copies of servers' mailboxes, X
 * in X/X.mbx. */
static int
take_entry(struct walk *w, const struct directory_entry *e, struct error *err)
{
	struct slice raw = slice_string(e->name);
	struct buf name = BUF_EMPTY;
	int rc = 0;

	if (e->name[0] == '.' || map_get(&w->taken, raw, NULL))
		return 0;
	boxes_add_base(&name, e->name);
	if (e->kind == FILE_REGULAR) {
		if (boxes_ends_nocase(raw, ".mbx") ||
		    (w->is_mac && is_box(path_join(&w->arena, w->path, e->name))))
			add_box(w, e->name, w->is_mac ? raw : buf_slice(&name));
	} else if (e->kind == FILE_DIRECTORY && (w->is_mac || boxes_ends_nocase(raw, ".fol") ||
	    slice_equal_nocase(raw, SLICE_OF("imap")) ||
	    (w->depth > 0 && slice_equal_nocase(w->names[0], SLICE_OF("imap"))))) {
		rc = enter(w, e->name, buf_slice(&name), err);
	}
	buf_free(&name);
	return rc;
}

static bool
has_boxes_of_windows(const struct directory *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (boxes_ends_nocase(slice_string(all->entries[i].name), ".mbx"))
			return true;
	}
	return false;
}

static int
walk_directory(struct folders *f, const struct slice *names, size_t depth, const char *path,
    struct error *err)
{
	struct walk w = { .folders = f, .path = path, .names = names, .depth = depth,
		.taken = MAP_EMPTY, .arena = ARENA_EMPTY };
	const char *descmap;
	size_t i;
	int rc = 0;

	if (folders_list(f, path, &w.arena, &w.all, err) < 0) {
		if (depth > 0)
			folders_add_unreadable(f, names, depth, path);
		rc = depth > 0 ? 0 : -1;
		goto out;
	}
	descmap = boxes_find_entry(&w.all, "descmap.pce");
	w.is_mac = descmap == NULL && !has_boxes_of_windows(&w.all) &&
	    (depth == 0 || !slice_equal_nocase(names[0], SLICE_OF("imap")));
	if (descmap != NULL)
		rc = read_descmap(&w, descmap, err);
	for (i = 0; i < w.all.n && rc == 0; i++)
		rc = take_entry(&w, &w.all.entries[i], err);

out:
	map_free(&w.taken);
	arena_free(&w.arena);
	return rc;
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return walk_directory(f, NULL, 0, where->path, err);
	boxes_add_base(&name, where->path);
	boxes_add(f, NULL, 0, buf_slice(&name), where->path);
	buf_free(&name);
	return 0;
}

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
		return meta.kind == FILE_REGULAR && is_box(path) ? 93 : 0;
	if (directory_read(path, false, &a, &all, err) < 0)
		bid = -1;
	else if (boxes_find_entry(&all, "descmap.pce") != NULL)
		bid = 93;
	for (i = 0; bid == 0 && i < all.n; i++) {
		if (all.entries[i].kind == FILE_REGULAR &&
		    is_box(path_join(&a, path, all.entries[i].name)))
			bid = 87;
	}
	arena_free(&a);
	return bid;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_eudora, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_eudora = {
	.name = "eudora",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
