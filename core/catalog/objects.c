/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

int
catalog_add_pack(struct catalog *c, const struct digest *pack, uint64_t size, int64_t *row,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_PACK, "INSERT INTO pack (id, size) VALUES (?, ?) "
	    "ON CONFLICT (id) DO UPDATE SET size = excluded.size RETURNING row", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_digest(s, 1, pack);
	bind_u64(s, 2, size);
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*row = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
catalog_add_frame(struct catalog *c, int64_t pack_row, uint32_t frame, uint64_t at, uint64_t n,
    uint64_t plain, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_FRAME,
	    "INSERT OR REPLACE INTO frame (pack, frame, at, n, plain) VALUES (?, ?, ?, ?, ?)", err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, pack_row);
	bind_int(s, 2, frame);
	bind_u64(s, 3, at);
	bind_u64(s, 4, n);
	bind_u64(s, 5, plain);
	return catalog_run(c, s, err);
}

/* An object that lies in two packs is looked for in the one told of last. */
int
catalog_add_object(struct catalog *c, int kind, const struct digest *id, bool is_recipe,
    int64_t pack_row, uint32_t frame, uint64_t at, uint64_t n, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_OBJECT,
	    "INSERT OR REPLACE INTO object (id, kind, pack, frame, at, n, recipe) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?)", err);

	if (s == NULL)
		return -1;
	bind_digest(s, 1, id);
	bind_int(s, 2, kind);
	bind_int(s, 3, pack_row);
	bind_int(s, 4, frame);
	bind_u64(s, 5, at);
	bind_u64(s, 6, n);
	bind_int(s, 7, is_recipe);
	return catalog_run(c, s, err);
}

int
catalog_find_object(struct catalog *c, int kind, const struct digest *id,
    struct catalog_place *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FIND_OBJECT,
	    "SELECT p.id, f.at, f.n, f.plain, o.at, o.n, o.recipe FROM object o "
	    "CROSS JOIN pack p ON p.row = o.pack "
	    "CROSS JOIN frame f ON f.pack = o.pack AND f.frame = o.frame "
	    "WHERE o.id = ? AND o.kind = ?", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_digest(s, 1, id);
	bind_int(s, 2, kind);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	if (!column_digest(s, 0, &out->pack))
		rc = fail(err, ERR_CORRUPT, "catalog %s: bad row of an object", c->path);
	out->frame_at = column_u64(s, 1);
	out->frame_n = column_u64(s, 2);
	out->frame_plain = column_u64(s, 3);
	out->at = column_u64(s, 4);
	out->n = column_u64(s, 5);
	out->is_recipe = sqlite3_column_int64(s, 6) != 0;
	sqlite3_reset(s);
	return rc;
}

int
catalog_has_name(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HAS_NAME, "SELECT 1 FROM name WHERE name = ?", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_string(s, 1, name);
	rc = catalog_step(c, s, err);
	if (rc == 1)
		sqlite3_reset(s);
	return rc;
}

int
catalog_add_name(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_NAME,
	    "INSERT OR IGNORE INTO name (name, released) VALUES (?, 0)", err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, name);
	return catalog_run(c, s, err);
}

int
catalog_step_name(struct catalog *c, sqlite3_stmt *s, struct buf *name, struct error *err)
{
	struct buf next = BUF_EMPTY;
	int rc;

	if (s == NULL)
		return -1;
	bind_string(s, 1, buf_text(name));
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		buf_add_string(&next, column_string(s, 0));
		sqlite3_reset(s);
		buf_take(name, &next);
	}
	buf_free(&next);
	return rc;
}

int
catalog_name_after(struct catalog *c, struct buf *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_NAME_AFTER,
	    "SELECT name FROM name WHERE name > ? AND released = 0 ORDER BY name LIMIT 1", err);

	return catalog_step_name(c, s, name, err);
}
