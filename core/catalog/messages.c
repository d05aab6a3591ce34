/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/base/limits.h"
#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

/* Columns of words, in this order. */
enum { WORDS_SUBJECT, WORDS_SENDER, WORDS_RECIPIENTS, WORDS_FILES, WORDS_BODY, WORDS_COLUMNS };

int
catalog_message_row(struct catalog *c, const struct digest *id, int64_t *row, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FIND_MESSAGE, "SELECT row FROM summary WHERE id = ?",
	    err);
	int rc;

	if (s == NULL)
		return -1;
	bind_digest(s, 1, id);
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*row = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc;
}

/* As catalog_has_message(), and its row. */
static int
find_message(struct catalog *c, const struct digest *id, int64_t *row, struct error *err)
{
	int rc = catalog_message_row(c, id, row, err);
	sqlite3_stmt *s;

	if (rc != 1)
		return rc;
	s = catalog_use(c, SQL_IS_TEXTED, "SELECT texted FROM message WHERE row = ?", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, *row);
	rc = catalog_step(c, s, err);
	if (rc == 0)
		return fail(err, ERR_CORRUPT, "catalog %s: a summary without message", c->path);
	if (rc == 1) {
		rc = sqlite3_column_int64(s, 0) != 0 ? 2 : 1;
		sqlite3_reset(s);
	}
	return rc;
}

int
catalog_has_message(struct catalog *c, const struct digest *id, struct error *err)
{
	int64_t row;

	return find_message(c, id, &row, err);
}

static int
add_words(struct catalog *c, int64_t row, const struct slice *columns, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_WORDS, "INSERT INTO words "
	    "(rowid, subject, sender, recipients, files, body) VALUES (?, ?, ?, ?, ?, ?)", err);
	int i;

	if (s == NULL)
		return -1;
	bind_int(s, 1, row);
	for (i = 0; i < WORDS_COLUMNS; i++)
		bind_text(s, i + 2, columns[i]);
	return catalog_run(c, s, err);
}

/*
 * Take the words of a summary out again: FTS5 without content wants to be
 * told what it was given, and that is what the summary has kept.
 */
static int
remove_words(struct catalog *c, int64_t row, struct error *err)
{
	sqlite3_stmt *old, *s;
	int rc, i;

	old = catalog_use(c, SQL_OLD_WORDS, "SELECT subject, sender, recipients || char(10) || cc, "
	    "files FROM summary WHERE row = ?", err);
	s = catalog_use(c, SQL_REMOVE_WORDS, "INSERT INTO words "
	    "(words, rowid, subject, sender, recipients, files, body) "
	    "VALUES ('delete', ?, ?, ?, ?, ?, '')", err);
	if (old == NULL || s == NULL)
		return -1;
	bind_int(old, 1, row);
	rc = catalog_step(c, old, err);
	if (rc != 1)
		return rc;
	bind_int(s, 1, row);
	for (i = 0; i < WORDS_BODY; i++)
		bind_value(s, i + 2, sqlite3_column_value(old, i));
	rc = catalog_run(c, s, err);
	sqlite3_reset(old);
	return rc;
}

static int
set_texted(struct catalog *c, int64_t row, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_SET_TEXTED,
	    "UPDATE message SET texted = 1 WHERE row = ?", err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, row);
	return catalog_run(c, s, err);
}

static int
add_message(struct catalog *c, const struct catalog_message *m, int64_t *row, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_MESSAGE,
	    "INSERT INTO message (date, bytes, files, flags, state, texted) "
	    "VALUES (?, ?, ?, 0, 0, ?)", err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, m->date);
	bind_u64(s, 2, m->bytes);
	bind_u64(s, 3, m->attachment_count);
	bind_int(s, 4, m->has_text);
	if (catalog_run(c, s, err) < 0)
		return -1;
	*row = sqlite3_last_insert_rowid(c->db);
	return 0;
}

static int
add_summary(struct catalog *c, int64_t row, const struct catalog_message *m, struct slice files,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_SUMMARY, "INSERT INTO summary "
	    "(row, id, message_id, sender, recipients, cc, subject, files) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, row);
	bind_digest(s, 2, &m->id);
	bind_text(s, 3, m->message_id);
	bind_text(s, 4, m->from);
	bind_text(s, 5, m->to);
	bind_text(s, 6, m->cc);
	bind_text(s, 7, m->subject);
	bind_text(s, 8, files);
	return catalog_run(c, s, err);
}

/* Names, each ended by LF; a LF inside one would make two of it. */
static void
join_files(const struct catalog_message *m, struct buf *out)
{
	size_t i, at;

	for (i = 0; i < m->attachment_count; i++) {
		at = out->n;
		buf_add(out, m->attachments[i]);
		for (; at < out->n; at++) {
			if (out->p[at] == '\n' || out->p[at] == '\0')
				out->p[at] = ' ';
		}
		buf_add_byte(out, '\n');
	}
}

int
catalog_add_message(struct catalog *c, const struct catalog_message *m, struct error *err)
{
	struct buf files = BUF_EMPTY, recipients = BUF_EMPTY;
	struct slice columns[WORDS_COLUMNS];
	int64_t row;
	int rc;

	rc = find_message(c, &m->id, &row, err);
	if (rc < 0 || rc == 2 || (rc == 1 && !m->has_text))
		return rc < 0 ? -1 : 0;
	join_files(m, &files);
	if (rc == 0) {
		rc = add_message(c, m, &row, err);
		if (rc == 0)
			rc = add_summary(c, row, m, buf_slice(&files), err);
	} else {
		rc = remove_words(c, row, err);
		if (rc == 0)
			rc = set_texted(c, row, err);
	}
	buf_add(&recipients, m->to);
	buf_add_byte(&recipients, '\n');
	buf_add(&recipients, m->cc);
	columns[WORDS_SUBJECT] = m->subject;
	columns[WORDS_SENDER] = m->from;
	columns[WORDS_RECIPIENTS] = buf_slice(&recipients);
	columns[WORDS_FILES] = buf_slice(&files);
	columns[WORDS_BODY] = m->has_text ? slice_sub(m->text, 0, INDEX_TEXT_MAX) : SLICE_EMPTY;
	if (rc == 0)
		rc = add_words(c, row, columns, err);
	buf_free(&files);
	buf_free(&recipients);
	return rc;
}

/* In the order of rows: FTS5 flushes what it gathered whenever a row comes
 * that is not behind the one before. */
int
catalog_untexted(struct catalog *c, struct digest *out, size_t n, size_t *count,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_UNTEXTED,
	    "SELECT s.id FROM message m CROSS JOIN summary s ON s.row = m.row "
	    "WHERE m.texted = 0 ORDER BY m.row LIMIT ?", err);
	int rc = 0;

	*count = 0;
	if (s == NULL)
		return -1;
	bind_u64(s, 1, n);
	while (*count < n && (rc = catalog_step(c, s, err)) == 1) {
		if (!column_digest(s, 0, &out[*count])) {
			rc = fail(err, ERR_CORRUPT, "catalog %s: bad row of a message", c->path);
			break;
		}
		++*count;
	}
	sqlite3_reset(s);
	return rc < 0 ? -1 : 0;
}
