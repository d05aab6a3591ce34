/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SQLITEKIT_H
#define TESTS_UNIT_SQLITEKIT_H

#include <sqlite3.h>

#include "tests/unit/formatkit.h"

/* Databases as clients write them; kit_sql() makes the file where it is not
 * there.  Statements are of our own, so that one that fails is a bug here. */
static inline sqlite3 *
kit_database(const char *relative)
{
	const char *path = kit_path(relative);
	sqlite3 *db = NULL;

	if (file_make_directories(path_parent(&kit.arena, path), 0700, &kit.err) < 0)
		T(false, "%s", kit.err.text);
	T(sqlite3_open(path, &db) == SQLITE_OK, "%s is made", relative);
	return db;
}

static inline void
kit_run(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	T(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql, why ? why : "");
	sqlite3_free(why);
}

static inline void
kit_sql(const char *relative, const char *sql)
{
	sqlite3 *db = kit_database(relative);

	kit_run(db, sql);
	sqlite3_close(db);
}

#endif
