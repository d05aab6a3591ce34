/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagelist.h"
#include "backends/formats/placemarks.h"
#include "backends/formats/records.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/charset.h"

/*
 * A mail directory of Pegasus Mail:
 *
 *	X.PMM        a folder: 128 bytes of head (the name on the screen), then
 *	             messages, each ended by a byte 1A
 *	X.PMI        its index
 *	X.MBX X.PMG  a folder of the Unix kind, an mbox, and its index
 *	*.CNM        new mail, one message each
 *	*.PMX        mail that waits to be sent
 *	HIERARCH.PM  which folder lies in which tray: kind,flag,"id","id of the
 *	             tray","name"; the last part of a folder's id is X
 */
#define HEAD 128u
#define HEAD_NAME 86u
#define END_OF_MESSAGE SLICE_OF("\x1A")
#define INDEX_MAX (256u * MIB)
#define WAS_READ 0x80u
#define DEPTH_MAX 32u
#define PROBE_DEPTH 2u          /* of a directory above some mail directories */

/* Where things are in an index, and in each of its entries. */
static const struct index_kind {
	size_t head, entry, flags, size, at;
} pmi = { 0, 118, 0, 114, 4 }, pmg = { 128, 192, 4, 118, 188 };

/* ---- Reading ---- */

static int
take(struct records *r, struct entry *out, struct error *err)
{
	uint64_t end;

	out->kind = ENTRY_FILLER;
	out->size = HEAD;
	if (r->at == 0)
		return 0;
	if (records_find(r, r->at, END_OF_MESSAGE, &end, err) < 0)
		return -1;
	out->size = end + 1 - r->at;
	if (end == r->at)       /* an end, and nothing that it ends */
		return 0;
	out->kind = ENTRY_MESSAGE;
	out->framing.trail = end < r->stream->size;
	return 0;
}

static void
read_index(const char *path, const struct index_kind *kind, struct place_marks *out)
{
	struct error ignored = ERROR_NONE;
	struct buf bytes = BUF_EMPTY;
	struct slice rest;
	struct cursor flags, size, at;

	if (path == NULL || file_read_all(path, INDEX_MAX, &bytes, &ignored) < 0)
		buf_clear(&bytes);
	for (rest = slice_from(buf_slice(&bytes), kind->head); rest.n >= kind->entry;
	    rest = slice_from(rest, kind->entry)) {
		flags = cursor_of(slice_from(rest, kind->flags));
		size = cursor_of(slice_from(rest, kind->size));
		at = cursor_of(slice_from(rest, kind->at));
		place_marks_add(out, cursor_le32(&at), cursor_le32(&size),
		    cursor_le32(&flags) & WAS_READ ? FLAG_SEEN : 0);
	}
	buf_free(&bytes);
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, records_free };
	struct place_marks marks = PLACE_MARKS_EMPTY;
	bool is_pmm = boxes_ends_nocase(slice_string(folder->path), ".pmm");
	struct stream *stream;

	if (is_pmm) {
		if (records_open(mem_alloc(sizeof(struct records)), &ops, folder->path, out, err) < 0)
			return -1;
	} else {
		if (stream_open_file(folder->path, &stream, err) < 0)
			return -1;
		*out = mboxreader_open(stream, MBOX_PLAIN);
	}
	read_index(folder->index, is_pmm ? &pmi : &pmg, &marks);
	*out = place_marks_open(*out, &marks, folder->path, is_pmm ? END_OF_MESSAGE :
	    SLICE_OF("From "), is_pmm ? HEAD : 0);
	return 0;
}

/* ---- The hierarchy ---- */

struct row {
	struct slice id, parent, name;
	bool is_root;
};

struct hierarchy {
	struct buf text;
	VEC(struct row) rows;
};

/* The next field, without its quotes. */
static bool
next_field(struct slice *rest, struct slice *out)
{
	size_t end;

	if (rest->n == 0)
		return false;
	if (rest->p[0] != '"')
		return slice_field(rest, ',', out);
	end = slice_find(*rest, 1, '"');
	*out = slice_sub(*rest, 1, end - 1);
	*rest = slice_from(*rest, end + 1);
	if (rest->n > 0)
		*rest = slice_from(*rest, 1);
	return true;
}

static void
hierarchy_read(struct hierarchy *h, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct slice rest, line, kind, flag;
	struct row row;

	if (file_read_all(path, CONFIG_FILE_MAX, &h->text, &ignored) < 0)
		buf_clear(&h->text);
	rest = buf_slice(&h->text);
	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (!next_field(&line, &kind) || !next_field(&line, &flag) ||
		    !next_field(&line, &row.id) || !next_field(&line, &row.parent) ||
		    !next_field(&line, &row.name))
			continue;
		row.is_root = slice_is(kind, "2");
		*vec_push(&h->rows) = row;
	}
}

static void
hierarchy_free(struct hierarchy *h)
{
	buf_free(&h->text);
	vec_free(&h->rows);
}

static const struct row *
row_of(const struct hierarchy *h, struct slice id)
{
	size_t i;

	for (i = 0; i < h->rows.n; i++) {
		if (slice_equal(h->rows.items[i].id, id))
			return &h->rows.items[i];
	}
	return NULL;
}

/* The row of the folder in the files called base: "TTS3SQYF:0A60:main". */
static const struct row *
row_of_file(const struct hierarchy *h, struct slice base)
{
	size_t i;

	for (i = 0; i < h->rows.n; i++) {
		struct slice id = h->rows.items[i].id;

		if (id.n > base.n && id.p[id.n - base.n - 1] == ':' &&
		    slice_equal_nocase(slice_from(id, id.n - base.n), base))
			return &h->rows.items[i];
	}
	return NULL;
}

/* ---- The store ---- */

/* One mail directory; names are those of the directories down to it, when a
 * person named one further up. */
struct place {
	struct folders *folders;
	const char *path;
	struct slice names[2 * DEPTH_MAX];
	size_t depth;
	struct directory all;
	struct hierarchy hierarchy;
};

/* Behind the place's names put the trays above a row, the outermost first; the
 * mailbox itself is none. */
static size_t
add_trays(struct place *p, const struct row *row)
{
	const struct hierarchy *h = &p->hierarchy;
	const struct row *chain[DEPTH_MAX], *at;
	struct buf name = BUF_EMPTY;
	size_t n = 0, i;

	for (at = row_of(h, row->parent); at != NULL && !at->is_root && n < DEPTH_MAX;
	    at = row_of(h, at->parent))
		chain[n++] = at;
	for (i = 0; i < n; i++) {
		buf_clear(&name);
		charset_add_text(&name, chain[n - 1 - i]->name, NULL);
		p->names[p->depth + i] = arena_copy(&p->folders->arena, buf_slice(&name));
	}
	buf_free(&name);
	return p->depth + n;
}

/* The name in a folder's head, or that of the file. */
static void
add_head_name(struct buf *out, const char *path)
{
	unsigned char head[HEAD_NAME];
	struct error ignored = ERROR_NONE;
	struct slice name = SLICE_EMPTY;
	int fd = -1;

	if (boxes_ends_nocase(slice_string(path), ".pmm") &&
	    file_open_read(path, &fd, &ignored) == 0 &&
	    file_read_at(fd, 0, head, sizeof(head), &ignored) == 0)
		name = slice_sub(slice_of(head, sizeof(head)), 0,
		    slice_find(slice_of(head, sizeof(head)), 0, '\0'));
	file_close(fd);
	if (name.n > 0)
		charset_add_text(out, name, NULL);
	else
		boxes_add_base(out, path);
}

/* A side file of the same base, or NULL. */
static const char *
side_file(const struct place *p, struct slice base, const char *extension)
{
	struct arena *a = &p->folders->arena;
	const char *name = boxes_find_entry(&p->all, arena_format(a, "%s%s",
	    arena_string_of(a, base), extension));

	return name != NULL ? path_join(a, p->path, name) : NULL;
}

static void
add_folder(struct place *p, const char *entry, const char *index_extension)
{
	struct folders *f = p->folders;
	const char *path = path_join(&f->arena, p->path, entry);
	struct slice base = slice_string(entry);
	struct buf name = BUF_EMPTY;
	const struct row *row;
	struct folder *folder;
	size_t depth = p->depth;

	base = slice_sub(base, 0, base.n - 4);
	row = row_of_file(&p->hierarchy, base);
	if (row != NULL) {
		depth = add_trays(p, row);
		charset_add_text(&name, row->name, NULL);
	} else {
		add_head_name(&name, path);
	}
	folder = boxes_add(f, p->names, depth, buf_slice(&name), path);
	folder->index = side_file(p, base, index_extension);
	if (folder->index != NULL)
		folders_keep(f, folder->index, "index");
	buf_free(&name);
}

static void
add_messages(struct place *p, const char *extension, struct slice name)
{
	VEC(struct listed) found = VEC_EMPTY;
	size_t i;

	for (i = 0; i < p->all.n; i++) {
		if (p->all.entries[i].kind == FILE_REGULAR &&
		    boxes_ends_nocase(slice_string(p->all.entries[i].name), extension))
			*vec_push(&found) = (struct listed){ .directory = "",
				.name = p->all.entries[i].name };
	}
	if (found.n > 0)
		message_list_set(p->folders, folders_add(p->folders, p->names, p->depth, name, p->path),
		    found.items, found.n, 0);
	vec_free(&found);
}

static void
read_hierarchy(struct place *p)
{
	const char *name = boxes_find_entry(&p->all, "hierarch.pm");
	struct arena *a = &p->folders->arena;

	if (name == NULL)
		return;
	hierarchy_read(&p->hierarchy, path_join(a, p->path, name));
	folders_keep(p->folders, path_join(a, p->path, name), "index");
}

/* What lies in the directory, and, where that is no mail directory, in those
 * further down. */
static int
walk(struct place *p, struct error *err)
{
	size_t i, before = p->folders->n;
	struct buf name = BUF_EMPTY;
	int rc = 0;

	read_hierarchy(p);
	for (i = 0; i < p->all.n; i++) {
		const struct directory_entry *e = &p->all.entries[i];
		struct slice file = slice_string(e->name);

		if (e->kind != FILE_REGULAR)
			continue;
		if (boxes_ends_nocase(file, ".pmm"))
			add_folder(p, e->name, ".pmi");
		else if (boxes_ends_nocase(file, ".mbx") &&
		    side_file(p, slice_sub(file, 0, file.n - 4), ".pmg") != NULL)
			add_folder(p, e->name, ".pmg");
	}
	add_messages(p, ".cnm", SLICE_OF("New mail"));
	add_messages(p, ".pmx", SLICE_OF("Queued mail"));
	for (i = 0; i < p->all.n && rc == 0 && p->folders->n == before &&
	    p->depth < PROBE_DEPTH; i++) {
		struct place inside = { .folders = p->folders, .depth = p->depth + 1,
			.hierarchy = { BUF_EMPTY, VEC_EMPTY } };

		if (p->all.entries[i].kind != FILE_DIRECTORY)
			continue;
		memcpy(inside.names, p->names, p->depth * sizeof(inside.names[0]));
		buf_clear(&name);
		folder_name_add(&name, slice_string(p->all.entries[i].name));
		inside.names[p->depth] = arena_copy(&p->folders->arena, buf_slice(&name));
		inside.path = path_join(&p->folders->arena, p->path, p->all.entries[i].name);
		rc = folders_list(p->folders, inside.path, &p->folders->arena, &inside.all, err);
		if (rc < 0)
			folders_add_unreadable(p->folders, inside.names, inside.depth, inside.path);
		rc = rc > 0 ? walk(&inside, err) : 0;
		before = p->folders->n;
	}
	hierarchy_free(&p->hierarchy);
	buf_free(&name);
	return rc;
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct place p = { .folders = f, .hierarchy = { BUF_EMPTY, VEC_EMPTY } };
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	p.path = meta.kind == FILE_DIRECTORY ? where->path : path_parent(&f->arena, where->path);
	if (folders_list(f, p.path, &f->arena, &p.all, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return walk(&p, err);
	read_hierarchy(&p);
	add_folder(&p, path_base(where->path), ".pmi");
	hierarchy_free(&p.hierarchy);
	return 0;
}

/* A head: its name is text and NULs, nothing else, and so is what is behind. */
static bool
is_pmm(const char *path)
{
	unsigned char head[HEAD];
	struct error ignored = ERROR_NONE;
	struct slice name;
	bool is = false;
	size_t i, end;
	int fd;

	if (!boxes_ends_nocase(slice_string(path), ".pmm") ||
	    file_open_read(path, &fd, &ignored) < 0)
		return false;
	if (file_read_at(fd, 0, head, sizeof(head), &ignored) == 0) {
		name = slice_of(head, HEAD_NAME);
		end = slice_find(name, 0, '\0');
		is = end > 0 && end < name.n;
		for (i = 0; i < end; i++)
			is = is && head[i] >= ' ';
		for (i = end; i < name.n; i++)
			is = is && head[i] == '\0';
	}
	file_close(fd);
	return is;
}

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	int bid = 0;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0)
		bid = -1;
	for (i = 0; bid == 0 && i < all.n; i++) {
		if (is_pmm(path_join(&a, path, all.entries[i].name)))
			bid = 90;
	}
	for (i = 0; bid == 0 && levels > 0 && i < all.n; i++) {
		if (all.entries[i].kind == FILE_DIRECTORY && bid_for_directory(path_join(&a, path,
		    all.entries[i].name), levels - 1, &ignored) > 0)
			bid = 80;
	}
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, PROBE_DEPTH, err);
	return meta.kind == FILE_REGULAR && is_pmm(path) ? 80 : 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_pegasus, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_pegasus = {
	.name = "pegasus",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
