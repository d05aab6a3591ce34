/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/base/limits.h"
#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

int
catalog_add_seen(struct catalog *c, const char *id, const struct digest *digest,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_SEEN,
	    "INSERT OR IGNORE INTO seen (id, digest) VALUES (?, ?)", err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, id);
	bind_digest(s, 2, digest);
	return catalog_run(c, s, err);
}

int
catalog_seen(struct catalog *c, const char *id, struct digest *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SEEN, "SELECT digest FROM seen WHERE id = ?", err);
	int rc;

	if (s == NULL)
		return -1;
	bind_string(s, 1, id);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	if (!column_digest(s, 0, out))
		rc = fail(err, ERR_CORRUPT, "catalog %s: bad digest of a snapshot", c->path);
	sqlite3_reset(s);
	return rc;
}

int
catalog_seen_after(struct catalog *c, struct buf *id, struct digest *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SEEN_AFTER,
	    "SELECT s.id, s.digest FROM seen s JOIN name n ON n.name = s.id "
	    "WHERE s.id > ? AND n.released = 0 ORDER BY s.id LIMIT 1", err);
	struct buf next = BUF_EMPTY;
	int rc;

	if (s == NULL)
		return -1;
	bind_string(s, 1, buf_text(id));
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	buf_add_string(&next, column_string(s, 0));
	if (!column_digest(s, 1, out))
		rc = fail(err, ERR_CORRUPT, "catalog %s: bad digest of a snapshot", c->path);
	sqlite3_reset(s);
	buf_take(id, &next);
	return rc;
}

int
catalog_put_head(struct catalog *c, const char *id, struct slice document, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_CLEAR_HEAD, "DELETE FROM head", err);

	if (s == NULL || catalog_run(c, s, err) < 0)
		return -1;
	/* One that is longer is read from the archive, with the key. */
	if (document.n == 0 || document.n > OBJECT_MAX)
		return 0;
	s = catalog_use(c, SQL_PUT_HEAD, "INSERT INTO head (id, document) VALUES (?, ?)", err);
	if (s == NULL)
		return -1;
	bind_string(s, 1, id);
	bind_blob(s, 2, document);
	return catalog_run(c, s, err);
}

int
catalog_get_head(struct catalog *c, const char *id, struct buf *out, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HEAD_DOCUMENT, "SELECT document FROM head WHERE id = ?",
	    err);
	const void *p;
	int rc;

	buf_clear(out);
	if (s == NULL)
		return -1;
	bind_string(s, 1, id);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	p = sqlite3_column_blob(s, 0);
	if (p != NULL)
		buf_add_bytes(out, p, (size_t)sqlite3_column_bytes(s, 0));
	sqlite3_reset(s);
	return 1;
}

int
catalog_forget_name(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FORGET_NAME, "DELETE FROM name WHERE name = ?", err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, name);
	return catalog_run(c, s, err);
}

int
catalog_add_unread(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_UNREAD,
	    "INSERT OR IGNORE INTO unread (name) VALUES (?)", err);

	if (s == NULL)
		return -1;
	bind_string(s, 1, name);
	if (catalog_run(c, s, err) < 0)
		return -1;
	return sqlite3_changes(c->db) > 0;
}

int
catalog_has_unread(struct catalog *c, const char *name, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_HAS_UNREAD, "SELECT 1 FROM unread WHERE name = ?", err);
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
catalog_clear_unread(struct catalog *c, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_CLEAR_UNREAD, "DELETE FROM unread", err);

	return s == NULL ? -1 : catalog_run(c, s, err);
}
