/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <sqlite3.h>

#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

/* ---- Files and snapshots that were removed on purpose ---- */

int
catalog_release_name(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_RELEASE_NAME, "INSERT INTO name (name, released) "
	    "VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET released = 1", err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, name);
	return catalog_run(c, s, err);
}

int
catalog_released_after(struct catalog *c, struct buf *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_RELEASED_AFTER,
	    "SELECT name FROM name WHERE name > ? AND released = 1 ORDER BY name LIMIT 1", err);

	return catalog_step_name(c, s, name, err);
}

int
catalog_forget_snapshot(struct catalog *c, const char *id, int64_t time, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FORGET_SNAPSHOT,
	    "UPDATE snapshot SET forgotten = 1 WHERE id = ?", err);
	sqlite3_stmt *add = catalog_use(c, SQL_ADD_FORGOTTEN, "INSERT INTO snapshot "
	    "(id, time, host, user, seen, saved, had, failed, mailboxes, alarm, tip, forgotten) "
	    "VALUES (?, ?, '', '', 0, 0, 0, 0, 0, NULL, NULL, 1)", err);

	if (s == NULL || add == NULL)
		return -1;
	bind_string(s, 1, id);
	if (catalog_run(c, s, err) < 0)
		return -1;
	if (sqlite3_changes(c->db) == 0) {
		bind_string(add, 1, id);
		bind_int(add, 2, time);
		if (catalog_run(c, add, err) < 0)
			return -1;
	}
	return catalog_release_name(c, id, err);
}

int
catalog_set_tip(struct catalog *c, const char *id, const char *tip, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SET_TIP, "UPDATE snapshot SET tip = ? WHERE id = ?",
	    err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, tip);
	bind_string(s, 2, id);
	if (catalog_run(c, s, err) < 0)
		return -1;
	return sqlite3_changes(c->db) > 0;
}

/* ---- Messages without a snapshot ---- */

/* Of message m: gone from every mailbox, and in none as long as any snapshot
 * that is still there. */
#define IS_UNCOVERED \
	"m.state = 2 AND NOT EXISTS (SELECT 1 FROM placement o JOIN snapshot t " \
	"ON t.row >= o.first AND t.row < o.gone AND t.forgotten = 0 WHERE o.message = m.row) "

int
catalog_uncovered(struct catalog *c, struct catalog_rows **out, struct error *err)
{
	/* With one max() the other columns are those of the row that has it. */
	sqlite3_stmt *s = catalog_take(c, SQL_UNCOVERED, "SELECT b.row, b.client, b.account, b.kind, "
	    "b.format, b.layout, b.home, b.store, b.path, b.name, s.id, m.bytes, p.flags, p.tagset, "
	    "(SELECT min(f.first) FROM placement f WHERE f.message = m.row AND f.mailbox = b.row), "
	    "max(p.gone) FROM message m JOIN summary s ON s.row = m.row "
	    "JOIN placement p ON p.message = m.row JOIN mailbox b ON b.row = p.mailbox "
	    "WHERE " IS_UNCOVERED "GROUP BY b.row, s.id ORDER BY b.row, s.id", err);

	*out = s == NULL ? NULL : rows_open(c, s, SQL_UNCOVERED);
	return s == NULL ? -1 : 0;
}

int
catalog_next_kept(struct catalog_rows *r, struct catalog_kept *out, struct error *err)
{
	sqlite3_stmt *s = r->main;
	struct known_snapshot first, last;
	int rc = rows_step(r, err);

	if (rc != 1)
		return rc;
	memset(out, 0, sizeof(*out));
	out->mailbox.row = sqlite3_column_int64(s, 0);
	out->mailbox.client = column_string(s, 1);
	out->mailbox.account = column_string(s, 2);
	out->mailbox.kind = column_string(s, 3);
	out->mailbox.format = column_string(s, 4);
	out->mailbox.layout = column_string(s, 5);
	out->mailbox.home = column_string(s, 6);
	out->mailbox.store = column_string(s, 7);
	out->mailbox.path = column_string(s, 8);
	out->mailbox.name = column_string(s, 9);
	if (!column_digest(s, 10, &out->id))
		return fail(err, ERR_CORRUPT, "catalog %s: bad row of a message", r->c->path);
	out->bytes = column_u64(s, 11);
	out->flags = (unsigned)sqlite3_column_int64(s, 12) & FLAG_ALL;
	buf_clear(&r->tags);
	if (catalog_add_tagset(r->c, sqlite3_column_int64(s, 13), &r->tags, err) < 0 ||
	    known_snapshot(r->c, sqlite3_column_int64(s, 14), &first, err) < 0 ||
	    known_snapshot(r->c, sqlite3_column_int64(s, 15) - 1, &last, err) < 0)
		return -1;
	out->tags = buf_text(&r->tags);
	out->first_seen = first.time;
	out->last_seen = last.time;
	return 1;
}

int
catalog_begin_kept(struct catalog *c, struct error *err)
{
	return catalog_execute(c, "CREATE TEMP TABLE IF NOT EXISTS kept (row INTEGER PRIMARY KEY);"
	    "DELETE FROM kept", err);
}

/* The one number that a statement gives for one time; 0 where there is none. */
static int
row_of(struct catalog *c, enum catalog_sql which, const char *text, int64_t time, int64_t *row,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, which, text, err);
	int rc;

	*row = 0;
	if (s == NULL)
		return -1;
	bind_int(s, 1, time);
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*row = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

/* The interval of snapshots that two times stand for. */
static int
rows_between(struct catalog *c, int64_t first_seen, int64_t last_seen, int64_t *first,
    int64_t *gone, struct error *err)
{
	if (row_of(c, SQL_ROW_AT, "SELECT coalesce(min(row), (SELECT max(row) FROM snapshot)) "
	    "FROM snapshot WHERE time >= ?", first_seen, first, err) < 0 ||
	    row_of(c, SQL_ROW_BEHIND, "SELECT coalesce(min(row), (SELECT max(row) FROM snapshot)) "
	    "FROM snapshot WHERE row > (SELECT max(row) FROM snapshot WHERE time <= ?)", last_seen,
	    gone, err) < 0)
		return -1;
	if (*gone <= *first)
		*first = *gone - 1;
	return 0;
}

static int
add_place(struct catalog *c, const struct catalog_kept *k, int64_t mailbox, int64_t message,
    const struct tags *tags, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HAS_PLACE,
	    "SELECT 1 FROM placement WHERE message = ? AND mailbox = ?", err);
	int64_t first, gone, tagset;
	int rc;

	if (s == NULL)
		return -1;
	bind_int(s, 1, message);
	bind_int(s, 2, mailbox);
	rc = catalog_step(c, s, err);
	if (rc == 1)
		sqlite3_reset(s);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (rows_between(c, k->first_seen, k->last_seen, &first, &gone, err) < 0 ||
	    catalog_tagset_row(c, tags, &tagset, err) < 0)
		return -1;
	s = catalog_use(c, SQL_KEPT_MAILBOX, "INSERT OR IGNORE INTO placement "
	    "(mailbox, gone, message, flags, tagset, first, n) VALUES (?, ?, ?, ?, ?, ?, 1)", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, mailbox);
	bind_int(s, 2, gone);
	bind_int(s, 3, message);
	bind_int(s, 4, k->flags);
	bind_int(s, 5, tagset);
	bind_int(s, 6, first);
	if (catalog_run(c, s, err) < 0)
		return -1;
	s = catalog_use(c, SQL_SHOW_KEPT,
	    "UPDATE message SET state = ?2, flags = ?3 WHERE row = ?1 AND state = 0", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, message);
	bind_int(s, 2, MESSAGE_GONE);
	bind_int(s, 3, k->flags | (tagset != 0 ? FLAG_HAS_TAGS : 0));
	return catalog_run(c, s, err);
}

int
catalog_keep(struct catalog *c, const struct catalog_kept *k, const struct tags *tags,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_STILL_KEPT,
	    "INSERT OR IGNORE INTO kept (row) VALUES (?)", err);
	int64_t message;
	int rc;

	if (s == NULL)
		return -1;
	rc = catalog_message_row(c, &k->id, &message, err);
	if (rc <= 0)
		return rc;
	bind_int(s, 1, message);
	if (catalog_run(c, s, err) < 0)
		return -1;
	return add_place(c, k, k->mailbox.row, message, tags, err);
}

int
catalog_keep_listing(struct catalog *c, const struct catalog_mailbox *m, int64_t first_seen,
    int64_t last_seen, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_KEEP_STATE, "INSERT INTO mailbox_state "
	    "(mailbox, gone, first, listing, messages, unread, bytes) SELECT ?1, ?2, ?3, ?4, ?5, ?6, "
	    "?7 WHERE NOT EXISTS (SELECT 1 FROM mailbox_state WHERE mailbox = ?1)", err);
	int64_t first, gone;

	if (s == NULL || rows_between(c, first_seen, last_seen, &first, &gone, err) < 0)
		return -1;
	bind_int(s, 1, m->row);
	bind_int(s, 2, gone);
	bind_int(s, 3, first);
	bind_digest(s, 4, &m->listing);
	bind_u64(s, 5, m->messages);
	bind_u64(s, 6, m->unread);
	bind_u64(s, 7, m->bytes);
	return catalog_run(c, s, err);
}

int
catalog_end_kept(struct catalog *c, uint64_t *dropped, struct error *err)
{
	if (catalog_execute(c, "CREATE TEMP TABLE dropped AS SELECT m.row AS row FROM message m "
	    "WHERE " IS_UNCOVERED "AND m.row NOT IN (SELECT row FROM kept);"
	    "DELETE FROM placement WHERE message IN (SELECT row FROM dropped);"
	    "UPDATE message SET state = 3, flags = 0 WHERE row IN (SELECT row FROM dropped)", err) < 0)
		return -1;
	*dropped = (uint64_t)sqlite3_changes64(c->db);
	return catalog_execute(c, "DROP TABLE dropped; DROP TABLE kept", err);
}

/* ---- Packs ---- */

int
catalog_packs(struct catalog *c, struct catalog_rows **out, struct error *err)
{
	sqlite3_stmt *s = catalog_take(c, SQL_PACKS, "SELECT id FROM pack", err);

	*out = s == NULL ? NULL : rows_open(c, s, SQL_PACKS);
	return s == NULL ? -1 : 0;
}

int
catalog_next_pack(struct catalog_rows *r, struct digest *out, struct error *err)
{
	int rc = rows_step(r, err);

	if (rc == 1 && !column_digest(r->main, 0, out))
		return fail(err, ERR_CORRUPT, "catalog %s: bad row of a pack", r->c->path);
	return rc;
}

int
catalog_has_pack(struct catalog *c, const struct digest *pack, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HAS_PACK, "SELECT 1 FROM pack WHERE id = ?", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_digest(s, 1, pack);
	rc = catalog_step(c, s, err);
	if (rc == 1)
		sqlite3_reset(s);
	return rc;
}

/* A size below zero marks a pack: objects are found by their names, so looking
 * for those of one pack costs as much as for those of a hundred. */
int
catalog_mark_pack(struct catalog *c, const struct digest *pack, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_DROP_PACK, "UPDATE pack SET size = -1 WHERE id = ?", err);

	if (s == NULL)
		return -1;
	bind_digest(s, 1, pack);
	return catalog_run(c, s, err);
}

int
catalog_drop_marked(struct catalog *c, struct error *err)
{
	return catalog_execute(c,
	    "DELETE FROM object WHERE pack IN (SELECT row FROM pack WHERE size < 0);"
	    "DELETE FROM frame WHERE pack IN (SELECT row FROM pack WHERE size < 0);"
	    "DELETE FROM pack WHERE size < 0", err);
}

int
catalog_drop_object(struct catalog *c, int kind, const struct digest *id, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_DROP_OBJECT,
	    "DELETE FROM object WHERE id = ? AND kind = ?", err);

	if (s == NULL)
		return -1;
	bind_digest(s, 1, id);
	bind_int(s, 2, kind);
	return catalog_run(c, s, err);
}

int
catalog_count_objects(struct catalog *c, int kind, uint64_t *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_COUNT_OBJECTS,
	    "SELECT count(*) FROM object WHERE kind = ?", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_int(s, 1, kind);
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*out = column_u64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
catalog_drop_unplaced(struct catalog *c, struct error *err)
{
	return catalog_execute(c, "CREATE TEMP TABLE dropped AS SELECT m.row AS row FROM message m "
	    "JOIN summary s ON s.row = m.row WHERE m.state IN (0, 3) AND NOT EXISTS "
	    "(SELECT 1 FROM object o WHERE o.id = s.id AND o.kind = 0);"
	    "DELETE FROM summary WHERE row IN (SELECT row FROM dropped);"
	    "DELETE FROM message WHERE row IN (SELECT row FROM dropped);"
	    "DROP TABLE dropped", err);
}
