/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/messagelist.h"
#include "backends/formats/records.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"
#include "core/base/vec.h"

/*
 * A "Message Store" of IncrediMail, of one of three kinds:
 *
 *	X.imm with X.imh                Xe: messages one behind the other, and the
 *	                                index that says where
 *	X.imm with Containers.db        2.0: the index is a database
 *	Messages/PLACE/NUMBER/msg.iml   2.5: a file for each; MessageStore.db says of
 *	                                which folder
 *
 * In a message a line "----------[%ImFilePath%]----------NAME" stands for an
 * attachment, which lies in a file beside and is kept there.
 */
#define INDEX_MAX (256u * MIB)
#define DEPTH_MAX 32u

/* ---- The index of Xe ---- */

/*
 * One record for each message, integers little-endian: version 4 ("V#05" where
 * texts are UTF-16), 8 that are always the same, state 1 (2: deleted), 3, unread 1,
 * flagged 1, 20; three texts (length in characters 4); when it was sent 4 and
 * received 4, 4; one text more; 6, the message's size 4, its offset 4, 4.
 */
static const unsigned char record_magic[] = { 0x3C, 0x12, 0x08, 0x49, 0x17, 0x09, 0x45, 0x3E };
#define DELETED 2u

struct im_message {
	uint64_t at, size;
	int64_t date;
	unsigned flags;
	bool dead;
};

struct im_index {
	struct im_message *items;
	size_t n, cap;
};

static void
skip_text(struct cursor *c, bool is_utf16)
{
	uint64_t n = cursor_le32(c);

	n = is_utf16 ? n * 2 : n;
	cursor_skip(c, n > c->n ? c->n + 1 : (size_t)n);
}

/* False at the end, and where something else begins. */
static bool
next_record(struct cursor *c, struct im_message *out)
{
	bool is_utf16;
	unsigned i;

	if (c->n == 0)
		return false;
	is_utf16 = slice_is(cursor_take(c, 4), "V#05");
	if (!slice_equal(cursor_take(c, 8), slice_of(record_magic, sizeof(record_magic))))
		return false;
	out->dead = cursor_byte(c) == DELETED;
	cursor_skip(c, 3);
	out->flags = cursor_byte(c) == 0 ? FLAG_SEEN : 0;
	out->flags |= cursor_byte(c) != 0 ? FLAG_FLAGGED : 0;
	cursor_skip(c, 20);
	for (i = 0; i < 3; i++)
		skip_text(c, is_utf16);
	cursor_skip(c, 4);
	out->date = cursor_le32(c);
	cursor_skip(c, 4);
	skip_text(c, is_utf16);
	cursor_skip(c, 6);
	out->size = cursor_le32(c);
	out->at = cursor_le32(c);
	cursor_skip(c, 4);
	return !c->bad;
}

static int
read_imh(const char *path, struct im_index *out, struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	struct im_message message;
	struct cursor c;
	int rc;

	rc = file_read_all(path, INDEX_MAX, &bytes, err);
	for (c = cursor_of(buf_slice(&bytes)); rc == 0 && next_record(&c, &message);)
		*vec_push(out) = message;
	buf_free(&bytes);
	return rc;
}

/* ---- The index of 2.0 ---- */

static int
read_containers(const char *path, struct slice name, struct im_index *out, struct error *err)
{
	struct sqlite_file *f = NULL;
	struct sqlite_query *q = NULL;
	struct im_message *message;
	int rc = -1;

	if (sqlite_file_open(path, &f, err) < 0)
		goto out;
	if (!sqlite_file_has(f, "Headers", "MsgPos") ||
	    !sqlite_file_has(f, "Headers", "LightMsgSize") ||
	    !sqlite_file_has(f, "Containers", "FileName")) {
		fail(err, ERR_FORMAT, "%s: this is no database of IncrediMail that is known", path);
		goto out;
	}
	if (sqlite_query_open(f, "SELECT MsgPos, LightMsgSize, Deleted FROM Headers WHERE "
	    "ContainerID IN (SELECT ContainerID FROM Containers WHERE FileName = ?1 COLLATE NOCASE)",
	    &q, err) < 0)
		goto out;
	sqlite_query_bind_text(q, 0, name);
	while ((rc = sqlite_query_next(q, err)) == 1) {
		message = vec_push(out);
		message->at = (uint64_t)sqlite_query_number(q, 0);
		message->size = (uint64_t)sqlite_query_number(q, 1);
		message->dead = sqlite_query_number(q, 2) == 1;
	}

out:
	sqlite_query_close(q);
	sqlite_file_close(f);
	return rc;
}

/* ---- Reading an .imm ---- */

struct imm_reader {
	struct records records;
	struct im_index index;  /* in order, none over another */
	size_t next;
};

static struct imm_reader *
imm_reader_of(struct records *r)
{
	return CONTAINER_OF(r, struct imm_reader, records);
}

static int
by_place(const void *a, const void *b)
{
	const struct im_message *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : 0;
}

/* What an index names twice, or in the middle of another message, or behind the
 * end, is none. */
static void
order(struct im_index *index, uint64_t size)
{
	size_t i, kept = 0;
	uint64_t end = 0;

	if (index->n > 0)
		qsort(index->items, index->n, sizeof(*index->items), by_place);
	for (i = 0; i < index->n; i++) {
		const struct im_message *m = &index->items[i];

		if (m->at < end || m->size == 0 || m->at > size || m->size > size - m->at)
			continue;
		end = m->at + m->size;
		index->items[kept++] = *m;
	}
	index->n = kept;
}

static int
take(struct records *records, struct entry *out, struct error *err)
{
	struct imm_reader *r = imm_reader_of(records);
	const struct im_message *m;

	(void)err;
	out->kind = ENTRY_FILLER;
	out->size = records->stream->size - records->at;
	if (r->next == r->index.n)
		return 0;
	m = &r->index.items[r->next];
	if (m->at > records->at) {
		out->size = m->at - records->at;
		return 0;
	}
	r->next++;
	out->kind = ENTRY_MESSAGE;
	out->size = m->size;
	out->flags = m->flags;
	out->date = m->date;
	out->dead = m->dead;
	return 0;
}

static void
free_reader(struct records *records)
{
	struct imm_reader *r = imm_reader_of(records);

	vec_free(&r->index);
	mem_free(r);
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, free_reader };
	struct buf name = BUF_EMPTY;
	struct imm_reader *r;
	struct file_meta meta;
	int rc;

	if (file_stat(folder->path, &meta, err) < 0)
		return -1;
	if (folder->index == NULL && meta.size > 0)
		return fail(err, ERR_FORMAT, "%s: the index that says where its messages begin is "
		    "missing", folder->path);
	r = mem_alloc(sizeof(*r));
	boxes_add_base(&name, folder->path);
	rc = folder->index == NULL ? 0 : boxes_ends_nocase(slice_string(folder->index), ".imh") ?
	    read_imh(folder->index, &r->index, err) :
	    read_containers(folder->index, buf_slice(&name), &r->index, err);
	buf_free(&name);
	if (rc < 0) {
		free_reader(&r->records);
		return -1;
	}
	if (records_open(&r->records, &ops, folder->path, out, err) < 0)
		return -1;
	order(&r->index, r->records.stream->size);
	return 0;
}

/* ---- The store of 2.5 ---- */

struct container {
	struct slice id, parent, label;
};

struct containers {
	struct arena arena;
	VEC(struct container) items;
};

static int
list_containers(struct sqlite_file *f, struct containers *out, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct container *c;
	int rc;

	if (sqlite_query_open(f, "SELECT CAST(ContainerID AS TEXT), CAST(ParentContainerID AS TEXT), "
	    "Label FROM Containers ORDER BY 1", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		c = vec_push(&out->items);
		c->id = arena_copy(&out->arena, sqlite_query_bytes(q, 0));
		c->parent = arena_copy(&out->arena, sqlite_query_bytes(q, 1));
		c->label = arena_copy(&out->arena, sqlite_query_bytes(q, 2));
	}
	sqlite_query_close(q);
	return rc;
}

/* The labels from the outermost folder to this one. */
static size_t
names_of(const struct containers *all, const struct container *c, struct folders *f,
    struct slice out[DEPTH_MAX])
{
	struct slice reversed[DEPTH_MAX];
	struct buf utf8 = BUF_EMPTY;
	size_t n = 0, i;

	while (c != NULL && n < DEPTH_MAX) {
		const struct container *parent = NULL;

		buf_clear(&utf8);
		text_add_utf8(&utf8, c->label.n > 0 ? c->label : c->id);
		reversed[n++] = arena_copy(&f->arena, buf_slice(&utf8));
		for (i = 0; i < all->items.n && parent == NULL; i++) {
			if (&all->items.items[i] != c && c->parent.n > 0 &&
			    slice_equal(all->items.items[i].id, c->parent))
				parent = &all->items.items[i];
		}
		c = parent;
	}
	for (i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	buf_free(&utf8);
	return n;
}

/* A name from a database is a name in this directory, and no way out of it. */
static bool
is_place(const char *directory)
{
	return path_is_safe(slice_string(directory));
}

static int
list_messages(struct sqlite_query *q, struct slice id, struct arena *a, const char *store,
    struct folders *f, const struct slice *names, size_t depth, struct error *err)
{
	VEC(struct listed) found = VEC_EMPTY;
	char *place, *c;
	int rc;

	sqlite_query_reset(q);
	sqlite_query_bind_text(q, 0, id);
	while ((rc = sqlite_query_next(q, err)) == 1) {
		place = arena_format(a, "Messages/%s/%s", arena_string_of(a, sqlite_query_bytes(q, 0)),
		    arena_string_of(a, sqlite_query_bytes(q, 1)));
		for (c = place; *c != '\0'; c++)
			*c = *c == '\\' ? '/' : *c;
		if (is_place(place) && file_exists(path_join(a, path_join(a, store, place), "msg.iml")))
			*vec_push(&found) = (struct listed){ .directory = place, .name = "msg.iml",
				.dead = sqlite_query_number(q, 2) == 1 };
	}
	if (rc == 0)
		message_list_set(f, folders_add(f, names, depth - 1, names[depth - 1], store),
		    found.items, found.n, 0);
	vec_free(&found);
	return rc;
}

static int
find_files(struct folders *f, const char *store, const char *database, struct error *err)
{
	struct containers all = { ARENA_EMPTY, VEC_EMPTY };
	struct sqlite_file *file = NULL;
	struct sqlite_query *q = NULL;
	struct slice names[DEPTH_MAX];
	size_t i, depth;
	int rc = -1;

	if (sqlite_file_open(database, &file, err) < 0)
		goto out;
	if (!sqlite_file_has(file, "Containers", "Label") ||
	    !sqlite_file_has(file, "Headers", "Location")) {
		fail(err, ERR_FORMAT, "%s: this is no database of IncrediMail that is known", database);
		goto out;
	}
	if (list_containers(file, &all, err) < 0 || sqlite_query_open(file,
	    "SELECT CAST(Location AS TEXT), CAST(HeaderID AS TEXT), Deleted FROM Headers "
	    "WHERE CAST(ContainerID AS TEXT) = ?1 AND Location != ''", &q, err) < 0)
		goto out;
	rc = 0;
	for (i = 0; i < all.items.n && rc == 0; i++) {
		depth = names_of(&all, &all.items.items[i], f, names);
		rc = list_messages(q, all.items.items[i].id, &all.arena, store, f, names, depth, err);
	}

out:
	sqlite_query_close(q);
	sqlite_file_close(file);
	vec_free(&all.items);
	arena_free(&all.arena);
	return rc;
}

/* ---- The store ---- */

static void
add_imm(struct folders *f, const char *directory, const struct directory *all, const char *entry)
{
	struct slice base = slice_string(entry);
	struct buf name = BUF_EMPTY;
	struct folder *folder;
	const char *index;

	base = slice_sub(base, 0, base.n - 4);
	index = boxes_find_entry(all, arena_format(&f->arena, "%s.imh",
	    arena_string_of(&f->arena, base)));
	if (index == NULL)
		index = boxes_find_entry(all, "Containers.db");
	text_add_utf8(&name, base);
	folder = boxes_add(f, NULL, 0, buf_slice(&name), path_join(&f->arena, directory, entry));
	if (index != NULL)
		folder->index = path_join(&f->arena, directory, index);
	else
		folders_keep(f, folder->path, "store");
	buf_free(&name);
}

static bool
is_index(struct slice name)
{
	return boxes_ends_nocase(name, ".imh") || boxes_ends_nocase(name, ".db") ||
	    boxes_ends_nocase(name, ".db-wal") || boxes_ends_nocase(name, ".db-journal");
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	const char *database;
	size_t i;
	int rc = directory_read(where->path, false, &a, &all, err);

	if (rc < 0)
		goto out;
	for (i = 0; i < all.n; i++) {
		struct slice name = slice_string(all.entries[i].name);

		if (all.entries[i].kind != FILE_REGULAR)
			continue;
		if (boxes_ends_nocase(name, ".imm"))
			add_imm(f, where->path, &all, all.entries[i].name);
		else if (is_index(name))
			folders_keep(f, path_join(&a, where->path, all.entries[i].name), "index");
	}
	database = boxes_find_entry(&all, "MessageStore.db");
	if (database != NULL)
		rc = find_files(f, where->path, path_join(&a, where->path, database), err);

out:
	arena_free(&a);
	return rc;
}

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct file_meta meta;
	bool has_imm = false, has_index = false;
	int bid = 0;
	size_t i;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return 0;
	if (directory_read(path, false, &a, &all, err) < 0)
		bid = -1;
	for (i = 0; bid == 0 && i < all.n; i++) {
		struct slice name = slice_string(all.entries[i].name);

		has_imm |= boxes_ends_nocase(name, ".imm");
		has_index |= boxes_ends_nocase(name, ".imh") ||
		    slice_equal_nocase(name, SLICE_OF("Containers.db"));
		if ((has_imm && has_index) || slice_equal_nocase(name, SLICE_OF("MessageStore.db")))
			bid = 90;
	}
	arena_free(&a);
	return bid;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_incredimail, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_incredimail = {
	.name = "incredimail",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
