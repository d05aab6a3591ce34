/* SPDX-License-Identifier: MIT */
#include "backends/formats/akonadi.h"
#include "backends/formats/marks.h"
#include "core/base/sqlitefile.h"

/* Items are found again by the base of their file's name, which the client
 * makes unique. */
static int
take_words(struct sqlite_file *f, const char *sql, bool are_tags, struct marks *out,
    struct error *err)
{
	struct sqlite_query *q = NULL;
	struct mark *mark;
	struct slice word;
	int rc = sqlite_query_open(f, sql, &q, err);

	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		mark = marks_of(out, sqlite_query_bytes(q, 0));
		word = sqlite_query_bytes(q, 1);
		if (are_tags || !akonadi_flag(word, &mark->flags))
			tags_add(&mark->tags, &out->arena, word);
		rc = 0;
	}
	sqlite_query_close(q);
	return rc;
}

int
akonadi_marks_read(const char *database, struct marks *out, struct error *err)
{
	struct sqlite_file *f = NULL;
	int rc = -1;

	if (sqlite_file_open(database, &f, err) < 0)
		goto out;
	if (!akonadi_is_one(f)) {
		fail(err, ERR_FORMAT, "%s: this is no database of Akonadi that is known", database);
		goto out;
	}
	if (take_words(f, "SELECT i.remoteId, f.name FROM PimItemTable i "
	    "JOIN PimItemFlagRelation r ON r.PimItem_id = i.id "
	    "JOIN FlagTable f ON f.id = r.Flag_id WHERE i.remoteId IS NOT NULL", false, out, err) < 0)
		goto out;
	if (sqlite_file_has(f, "PimItemTagRelation", NULL) &&
	    take_words(f, "SELECT i.remoteId, t.gid FROM PimItemTable i "
	    "JOIN PimItemTagRelation r ON r.PimItem_id = i.id "
	    "JOIN TagTable t ON t.id = r.Tag_id WHERE i.remoteId IS NOT NULL", true, out, err) < 0)
		goto out;
	rc = sqlite_file_check(f, err);

out:
	sqlite_file_close(f);
	return rc;
}
