/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbx.h"

#include "backends/formats/dbxfile.h"
#include "core/base/map.h"
#include "core/base/text.h"
#include "core/base/vec.h"

/*
 * Folders.dbx: a record for each folder and each account.  The root of all has
 * no number; "Local Folders" lies in it, and beside it one node for each IMAP
 * and news account.
 */
enum { TAG_ID = 0x00, TAG_PARENT = 0x01, TAG_NAME = 0x02, TAG_FILE = 0x03, TAG_STORE = 0x05 };

struct folder_record {
	struct slice name, file;
	uint32_t parent;
	bool is_local_root;             /* what the client calls Local Folders */
};

struct tree {
	struct arena arena;
	VEC(struct folder_record) items;
	struct map by_id;               /* index in items, by the folder's number */
};

/* A text that ends in NUL, as the header says it is handed out. */
static struct slice
text_of(struct tree *t, const struct dbx_record *r, unsigned tag)
{
	struct slice raw = dbx_record_data(r, tag), copy;
	struct buf text = BUF_EMPTY;
	size_t i;

	raw = slice_sub(raw, 0, slice_find(raw, 0, '\0'));
	for (i = 0; i < raw.n; i++)
		text_add_code(&text, raw.p[i]);
	copy = arena_copy(&t->arena, buf_slice(&text));
	buf_free(&text);
	return copy;
}

static void
add_record(struct tree *t, const struct dbx_record *r)
{
	struct folder_record *folder;
	uint32_t id;

	if (!dbx_record_number(r, TAG_ID, &id))
		return;
	map_put(&t->by_id, slice_of(&id, sizeof(id)), t->items.n);
	folder = vec_push(&t->items);
	if (!dbx_record_number(r, TAG_PARENT, &folder->parent))
		folder->parent = 0;
	folder->name = text_of(t, r, TAG_NAME);
	folder->file = text_of(t, r, TAG_FILE);
	folder->is_local_root = slice_is(text_of(t, r, TAG_STORE), "LocalStore");
}

/* Names from the folder up; local ones begin below "Local Folders". */
static void
tell(const struct tree *t, size_t index, struct confined_output *out)
{
	struct slice names[CONFINED_DEPTH_MAX], swap;
	size_t depth = 0, i, at = index;
	uint64_t above;

	names[depth++] = t->items.items[index].file;
	while (depth < CONFINED_DEPTH_MAX && !t->items.items[at].is_local_root) {
		names[depth++] = t->items.items[at].name;
		if (!map_get(&t->by_id, slice_of(&t->items.items[at].parent, sizeof(uint32_t)), &above))
			break;
		at = (size_t)above;
	}
	for (i = 0; i < depth / 2; i++) {
		swap = names[i];
		names[i] = names[depth - 1 - i];
		names[depth - 1 - i] = swap;
	}
	output_mailbox(out, index, names, depth, -1);
}

int
dbx_list_folders(const struct confined_input *in, struct confined_output *out, struct error *err)
{
	struct dbx_record r = { BUF_EMPTY, 0 };
	struct tree t = { ARENA_EMPTY, VEC_EMPTY, MAP_EMPTY };
	struct error ignored = ERROR_NONE;
	struct dbx_file f;
	size_t i;
	int rc;

	rc = dbx_file_open(&f, in, out, err);
	for (i = 0; rc == 0 && i < f.n; i++) {
		output_alive(out);
		if (dbx_record_read(&f, f.records[i], &r, &ignored) == 0)
			add_record(&t, &r);
	}
	for (i = 0; i < t.items.n && !out->broken; i++)
		if (t.items.items[i].file.n > 0)
			tell(&t, i, out);
	dbx_record_free(&r);
	dbx_file_close(&f);
	vec_free(&t.items);
	map_free(&t.by_id);
	arena_free(&t.arena);
	return rc;
}
