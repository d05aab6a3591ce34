/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* ---- Taking one in ---- */

int
catalog_begin_snapshot(struct catalog *c, const struct catalog_snapshot *s, int64_t *row,
    struct error *err)
{
	sqlite3_stmt *q = catalog_use(c, SQL_ADD_SNAPSHOT, "INSERT INTO snapshot "
	    "(id, time, host, user, seen, saved, had, failed, mailboxes, alarm, tip, forgotten) "
	    "VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, NULL, NULL, 0)", err);

	assert(c->snapshot == 0 && !sqlite3_get_autocommit(c->db));
	if (q == NULL)
		return -1;
	bind_string(q, 1, s->id);
	bind_int(q, 2, s->time);
	bind_string(q, 3, or_empty(s->host));
	bind_string(q, 4, or_empty(s->user));
	if (catalog_run(c, q, err) < 0)
		return -1;
	*row = c->snapshot = sqlite3_last_insert_rowid(c->db);
	vec_clear(&c->named);
	return 0;
}

static int
compare_rows(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The mailboxes of the snapshot before that were neither kept nor set. */
static int
not_named(struct catalog *c, int64_t **out, size_t *n, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_LIVE_STATES,
	    "SELECT mailbox FROM mailbox_state WHERE gone = " LIVE_SQL, err);
	VEC(int64_t) left = VEC_EMPTY;
	int64_t row;
	int rc;

	if (s == NULL)
		return -1;
	if (c->named.n > 0)
		qsort(c->named.items, c->named.n, sizeof(int64_t), compare_rows);
	while ((rc = catalog_step(c, s, err)) == 1) {
		row = sqlite3_column_int64(s, 0);
		if (c->named.n == 0 || bsearch(&row, c->named.items, c->named.n, sizeof(row),
		    compare_rows) == NULL)
			*vec_push(&left) = row;
	}
	*out = left.items;
	*n = left.n;
	return rc;
}

int
catalog_end_snapshot(struct catalog *c, const struct catalog_snapshot *s, struct error *err)
{
	int64_t *left = NULL;
	size_t i, n = 0;
	sqlite3_stmt *q;
	int rc = -1;

	assert(c->snapshot != 0 && c->mailbox == 0);
	if (not_named(c, &left, &n, err) < 0)
		goto out;
	for (i = 0; i < n; i++) {
		if (catalog_end_mailbox(c, left[i], err) < 0)
			goto out;
	}
	q = catalog_use(c, SQL_END_SNAPSHOT, "UPDATE snapshot SET seen = ?, saved = ?, had = ?, "
	    "failed = ?, mailboxes = ?, alarm = ? WHERE row = ?", err);
	if (q == NULL)
		goto out;
	bind_u64(q, 1, s->seen);
	bind_u64(q, 2, s->saved);
	bind_u64(q, 3, s->had);
	bind_u64(q, 4, s->failed);
	bind_u64(q, 5, s->mailboxes);
	bind_string(q, 6, s->alarm);
	bind_int(q, 7, c->snapshot);
	if (catalog_run(c, q, err) < 0)
		goto out;
	c->snapshot = 0;
	rc = 0;
out:
	mem_free(left);
	return rc;
}

/* ---- Finding one ---- */

#define SNAPSHOT_COLUMNS \
	"SELECT row, id, time, host, user, seen, saved, had, failed, mailboxes, alarm, " \
	"coalesce(tip, id) FROM snapshot WHERE forgotten = 0 "

static void
read_snapshot(sqlite3_stmt *s, struct catalog_snapshot *out)
{
	out->row = sqlite3_column_int64(s, 0);
	out->id = column_string(s, 1);
	out->time = sqlite3_column_int64(s, 2);
	out->host = column_string(s, 3);
	out->user = column_string(s, 4);
	out->seen = column_u64(s, 5);
	out->saved = column_u64(s, 6);
	out->had = column_u64(s, 7);
	out->failed = column_u64(s, 8);
	out->mailboxes = column_u64(s, 9);
	out->alarm = (const char *)sqlite3_column_text(s, 10);
	out->tip = column_string(s, 11);
}

/* The row of a statement that gives one; its strings go into the arena. */
static int
one_snapshot(struct catalog *c, sqlite3_stmt *s, struct arena *a, struct catalog_snapshot *out,
    struct error *err)
{
	int rc = catalog_step(c, s, err);

	if (rc != 1)
		return rc;
	read_snapshot(s, out);
	out->id = arena_string(a, out->id);
	out->host = arena_string(a, out->host);
	out->user = arena_string(a, out->user);
	out->alarm = arena_string(a, out->alarm);
	out->tip = arena_string(a, out->tip);
	sqlite3_reset(s);
	return 1;
}

int
catalog_head(struct catalog *c, struct arena *a, struct catalog_snapshot *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HEAD, SNAPSHOT_COLUMNS "ORDER BY row DESC LIMIT 1", err);

	return s == NULL ? -1 : one_snapshot(c, s, a, out, err);
}

int
catalog_find_snapshot(struct catalog *c, const char *id_prefix, struct arena *a,
    struct catalog_snapshot *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SNAPSHOT_PREFIX,
	    SNAPSHOT_COLUMNS "AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2", err);
	int rc;

	if (s == NULL)
		return -1;
	if (*id_prefix == '\0')
		return 0;
	bind_string(s, 1, id_prefix);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	/* Two begin so: neither is meant, unless the first is just that. */
	if (strcmp(column_string(s, 1), id_prefix) != 0) {
		rc = catalog_step(c, s, err);
		if (rc == 1)
			sqlite3_reset(s);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	sqlite3_reset(s);
	return one_snapshot(c, s, a, out, err);
}

int
catalog_snapshot_at(struct catalog *c, int64_t time, struct arena *a,
    struct catalog_snapshot *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SNAPSHOT_AT,
	    SNAPSHOT_COLUMNS "AND time <= ? ORDER BY time DESC, row DESC LIMIT 1", err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, time);
	return one_snapshot(c, s, a, out, err);
}

int
catalog_snapshots(struct catalog *c, struct catalog_rows **out, struct error *err)
{
	sqlite3_stmt *s = catalog_take(c, SQL_SNAPSHOTS, SNAPSHOT_COLUMNS "ORDER BY row", err);

	*out = s == NULL ? NULL : rows_open(c, s, SQL_SNAPSHOTS);
	return s == NULL ? -1 : 0;
}

int
catalog_next_snapshot(struct catalog_rows *r, struct catalog_snapshot *out, struct error *err)
{
	int rc = rows_step(r, err);

	if (rc == 1)
		read_snapshot(r->main, out);
	return rc;
}
