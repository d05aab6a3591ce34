/* SPDX-License-Identifier: MIT */
#include "backends/formats/olkindex.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/flags.h"

#define DEPTH_MAX 32u           /* folders in folders, and where a loop ends */

struct record {
	int64_t id, parent;
	struct slice name;
};

struct found {
	size_t folder;
	unsigned flags;
	int64_t date;
};

struct olk_index {
	struct arena arena;
	struct fingerprint state;
	VEC(struct record) records;
	VEC(struct olk_folder) folders; /* as records */
	VEC(struct found) messages;
	struct map by_id;               /* of folders */
	struct map by_source;           /* of messages */
};

static struct slice
key_of(const int64_t *id)
{
	return slice_of(id, sizeof(*id));
}

/* ---- Folders ---- */

static int
read_folders(struct olk_index *x, struct sqlite_file *f, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct buf name = BUF_EMPTY;
	struct record *r;
	int rc;

	rc = sqlite_query_open(f, "SELECT Record_RecordID, Folder_ParentID, Folder_Name FROM Folders "
	    "ORDER BY Record_RecordID", &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		buf_clear(&name);
		r = vec_push(&x->records);
		r->id = sqlite_query_number(q, 0);
		r->parent = sqlite_query_is_null(q, 1) ? 0 : sqlite_query_number(q, 1);
		text_add_utf8(&name, sqlite_query_bytes(q, 2));
		if (name.n == 0)
			buf_add_format(&name, "Folder %lld", (long long)r->id);
		r->name = arena_copy(&x->arena, buf_slice(&name));
		map_put(&x->by_id, key_of(&r->id), x->records.n - 1);
		rc = 0;
	}
	sqlite_query_close(q);
	buf_free(&name);
	return rc;
}

static bool
has_parent(const struct olk_index *x, const struct record *r, uint64_t *at)
{
	return r->parent != r->id && map_get(&x->by_id, key_of(&r->parent), at);
}

/* Are all folders inside one that is in none?  It stands for the program, and
 * is no folder to anybody. */
static bool
is_one_tree(const struct olk_index *x)
{
	uint64_t ignored;
	size_t i, roots = 0;

	for (i = 0; i < x->records.n; i++)
		roots += !has_parent(x, &x->records.items[i], &ignored);
	return roots == 1 && x->records.n > 1;
}

static void
place_folders(struct olk_index *x)
{
	struct slice names[DEPTH_MAX], *components;
	bool one_tree = is_one_tree(x);
	struct olk_folder *folder;
	const struct record *r;
	uint64_t at;
	size_t i, j, n;

	for (i = 0; i < x->records.n; i++) {
		r = &x->records.items[i];
		names[0] = r->name;
		for (n = 1; n < DEPTH_MAX && has_parent(x, r, &at); ) {
			r = &x->records.items[at];
			if (one_tree && !has_parent(x, r, &at))
				break;
			names[n++] = r->name;
		}
		components = arena_alloc(&x->arena, n * sizeof(*components));
		for (j = 0; j < n; j++)
			components[j] = names[n - 1 - j];
		folder = vec_push(&x->folders);
		folder->id = x->records.items[i].id;
		folder->components = components;
		folder->depth = n;
	}
}

/* ---- Messages ---- */

static const char *const with_source =
    "SELECT b.PathToDataFile, m.Record_FolderID, m.Message_ReadFlag, m.Message_TimeReceived "
    "FROM Blocks b JOIN Mail_OwnedBlocks o ON o.BlockID = b.BlockID "
    "JOIN Mail m ON m.Record_RecordID = o.Record_RecordID "
    "WHERE b.PathToDataFile LIKE '%.olk15MsgSource'";
static const char *const without_source =
    "SELECT m.Record_FolderID, count(*) FROM Mail m WHERE NOT EXISTS (SELECT 1 "
    "FROM Mail_OwnedBlocks o JOIN Blocks b ON b.BlockID = o.BlockID "
    "WHERE o.Record_RecordID = m.Record_RecordID AND b.PathToDataFile LIKE '%.olk15MsgSource') "
    "GROUP BY m.Record_FolderID";

static int
read_messages(struct olk_index *x, struct sqlite_file *f, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct found *found;
	int64_t folder;
	uint64_t at;
	int rc;

	rc = sqlite_query_open(f, with_source, &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		folder = sqlite_query_number(q, 1);
		rc = 0;
		if (!map_get(&x->by_id, key_of(&folder), &at))
			continue;
		map_put(&x->by_source, sqlite_query_bytes(q, 0), x->messages.n);
		found = vec_push(&x->messages);
		found->folder = (size_t)at;
		found->flags = sqlite_query_number(q, 2) != 0 ? FLAG_SEEN : 0;
		found->date = sqlite_query_number(q, 3);
	}
	sqlite_query_close(q);
	return rc;
}

static int
count_missing(struct olk_index *x, struct sqlite_file *f, struct error *err)
{
	struct sqlite_query *q = NULL;
	int64_t folder;
	uint64_t at;
	int rc;

	rc = sqlite_query_open(f, without_source, &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		folder = sqlite_query_number(q, 0);
		if (map_get(&x->by_id, key_of(&folder), &at))
			x->folders.items[at].missing = (uint64_t)sqlite_query_number(q, 1);
		rc = 0;
	}
	sqlite_query_close(q);
	return rc;
}

static bool
is_known(const struct sqlite_file *f)
{
	return sqlite_file_has(f, "Folders", "Folder_Name") &&
	    sqlite_file_has(f, "Folders", "Folder_ParentID") &&
	    sqlite_file_has(f, "Mail", "Record_FolderID") &&
	    sqlite_file_has(f, "Mail", "Message_ReadFlag") &&
	    sqlite_file_has(f, "Mail", "Message_TimeReceived") &&
	    sqlite_file_has(f, "Mail_OwnedBlocks", "BlockID") &&
	    sqlite_file_has(f, "Blocks", "PathToDataFile");
}

int
olk_index_open(const char *path, struct olk_index **out, struct error *err)
{
	struct olk_index *x = mem_alloc(sizeof(*x));
	struct sqlite_file *f = NULL;
	int rc;

	x->state = sqlite_file_state(path);
	rc = sqlite_file_open(path, &f, err);
	if (rc == 0 && !is_known(f))
		rc = fail(err, ERR_FORMAT, "%s: this is no database of Outlook's that is known", path);
	if (rc == 0)
		rc = read_folders(x, f, err);
	if (rc == 0) {
		place_folders(x);
		rc = read_messages(x, f, err) < 0 || count_missing(x, f, err) < 0 ? -1 :
		    sqlite_file_check(f, err);
	}
	sqlite_file_close(f);
	if (rc == 0)
		*out = x;
	else
		olk_index_close(x);
	return rc;
}

bool
olk_index_find(const struct olk_index *index, const char *source, struct olk_message *out)
{
	const struct found *found;
	uint64_t at;

	if (!map_get(&index->by_source, slice_string(source), &at))
		return false;
	found = &index->messages.items[at];
	out->folder = &index->folders.items[found->folder];
	out->flags = found->flags;
	out->date = found->date;
	return true;
}

const struct olk_folder *
olk_index_folder(const struct olk_index *index, size_t i)
{
	return i < index->folders.n ? &index->folders.items[i] : NULL;
}

struct fingerprint
olk_index_state(const struct olk_index *index)
{
	return index->state;
}

void
olk_index_close(struct olk_index *index)
{
	if (index == NULL)
		return;
	vec_free(&index->records);
	vec_free(&index->folders);
	vec_free(&index->messages);
	map_free(&index->by_id);
	map_free(&index->by_source);
	arena_free(&index->arena);
	mem_free(index);
}
