/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/catalog/catalog_internal.h"

/*
 * Messages lie in few mailboxes and were seen in few snapshots: both are
 * looked up once for all rows of an answer.  Asking SQLite for them with
 * each message was a fifth of the instructions of a search.
 */
void
known_clear(struct known *k)
{
	map_clear(&k->mailbox_rows);
	map_clear(&k->snapshot_rows);
	vec_clear(&k->mailboxes);
	vec_clear(&k->snapshots);
	arena_reset(&k->arena);
}

void
known_free(struct known *k)
{
	map_free(&k->mailbox_rows);
	map_free(&k->snapshot_rows);
	vec_free(&k->mailboxes);
	vec_free(&k->snapshots);
	arena_free(&k->arena);
}

static struct slice
key_of(const int64_t *row)
{
	return slice_of(row, sizeof(*row));
}

int
known_mailbox(struct catalog *c, int64_t row, size_t *out, struct error *err)
{
	struct known *k = &c->known;
	struct known_mailbox *m;
	sqlite3_stmt *s;
	uint64_t at;
	int rc;

	if (map_get(&k->mailbox_rows, key_of(&row), &at)) {
		*out = (size_t)at;
		return 0;
	}
	s = catalog_use(c, SQL_MAILBOX_NAMES,
	    "SELECT client, account, name FROM mailbox WHERE row = ?", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, row);
	rc = catalog_step(c, s, err);
	if (rc == 0)
		return fail(err, ERR_CORRUPT, "catalog %s: no mailbox %lld", c->path,
		    (long long)row);
	if (rc < 0)
		return -1;
	*out = k->mailboxes.n;
	m = vec_push(&k->mailboxes);
	m->client = arena_string(&k->arena, column_string(s, 0));
	m->account = arena_string(&k->arena, column_string(s, 1));
	m->name = arena_string(&k->arena, column_string(s, 2));
	sqlite3_reset(s);
	map_put(&k->mailbox_rows, key_of(&row), *out);
	return 0;
}

int
known_snapshot(struct catalog *c, int64_t most, struct known_snapshot *out, struct error *err)
{
	struct known *k = &c->known;
	sqlite3_stmt *s;
	uint64_t at;
	int rc;

	if (map_get(&k->snapshot_rows, key_of(&most), &at)) {
		*out = k->snapshots.items[at];
		return 0;
	}
	s = catalog_use(c, SQL_SNAPSHOT_UP_TO,
	    "SELECT row, time FROM snapshot WHERE row <= ? ORDER BY row DESC LIMIT 1", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, most);
	rc = catalog_step(c, s, err);
	if (rc < 0)
		return -1;
	*out = (struct known_snapshot){ 0, 0 };
	if (rc == 1) {
		out->row = sqlite3_column_int64(s, 0);
		out->time = sqlite3_column_int64(s, 1);
		sqlite3_reset(s);
	}
	map_put(&k->snapshot_rows, key_of(&most), k->snapshots.n);
	*vec_push(&k->snapshots) = *out;
	return 0;
}
