/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/base/limits.h"
#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

int
catalog_get_reading(struct catalog *c, struct slice key, bool want_memory, struct arena *a,
    struct catalog_reading *out, struct error *err)
{
	sqlite3_stmt *s;
	int rc;

	/* Two statements: memory may lie on a long chain of pages that is not
	 * to be walked for the state alone. */
	s = want_memory
	    ? catalog_use(c, SQL_READING, "SELECT low, high, memory FROM reading WHERE key = ?", err)
	    : catalog_use(c, SQL_READING_STATE, "SELECT low, high FROM reading WHERE key = ?", err);
	if (s == NULL)
		return -1;
	bind_blob(s, 1, key);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	out->state.low = (uint64_t)sqlite3_column_int64(s, 0);
	out->state.high = (uint64_t)sqlite3_column_int64(s, 1);
	out->memory = SLICE_EMPTY;
	if (want_memory) {
		const void *p = sqlite3_column_blob(s, 2);
		size_t n = (size_t)sqlite3_column_bytes(s, 2);

		if (p != NULL)
			out->memory = arena_copy(a, slice_of(p, n));
	}
	sqlite3_reset(s);
	return 1;
}

int
catalog_put_reading(struct catalog *c, struct slice key, const struct catalog_reading *r,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_PUT_READING,
	    "INSERT INTO reading (key, low, high, memory) VALUES (?, ?, ?, ?) "
	    "ON CONFLICT (key) DO UPDATE SET low = excluded.low, high = excluded.high, "
	    "memory = excluded.memory", err);

	if (s == NULL)
		return -1;
	if (key.n > PATH_LENGTH_MAX || r->memory.n > OBJECT_MAX)
		return fail(err, ERR_LIMIT, "catalog %s: reading is too long", c->path);
	bind_blob(s, 1, key);
	bind_int(s, 2, (int64_t)r->state.low);
	bind_int(s, 3, (int64_t)r->state.high);
	bind_blob(s, 4, r->memory);
	return catalog_run(c, s, err);
}

int
catalog_forget_readings(struct catalog *c, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FORGET_READINGS, "DELETE FROM reading", err);

	return s == NULL ? -1 : catalog_run(c, s, err);
}
