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

/* ---- Tags ---- */

static void
tags_merge(struct buf *out, struct slice tags)
{
	struct slice line, have, rest;
	bool found;

	while (slice_line(&tags, &line)) {
		rest = buf_slice(out);
		found = false;
		while (!found && slice_line(&rest, &have))
			found = slice_equal(have, line);
		if (!found)
			buf_add(out, line);
	}
}

/* A tag as it is compared: folded, or as it stands where nothing is left of
 * it ("$%"). */
static void
add_folded_tag(struct catalog *c, struct slice tag, struct buf *out)
{
	if (tokenizer_fold(c->tokenizer, tag, out) == 0)
		buf_add(out, tag);
}

static int
add_tagset(struct catalog *c, int64_t *row, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_ADD_TAGSET,
	    "INSERT INTO tagset (tags, folded) VALUES (?, ?)", err);
	struct slice rest = buf_slice(&c->tags), line;

	if (s == NULL)
		return -1;
	/* "\nwork\nto do\n": a tag is found with its line ends. */
	buf_clear(&c->folded);
	buf_add_byte(&c->folded, '\n');
	while (slice_line(&rest, &line)) {
		add_folded_tag(c, slice_chomp(line), &c->folded);
		buf_add_byte(&c->folded, '\n');
	}
	bind_text(s, 1, buf_slice(&c->tags));
	bind_text(s, 2, buf_slice(&c->folded));
	if (catalog_run(c, s, err) < 0)
		return -1;
	*row = sqlite3_last_insert_rowid(c->db);
	return 0;
}

/* The row that stands for these tags; 0 for none. */
int
catalog_tagset_row(struct catalog *c, const struct tags *tags, int64_t *row, struct error *err)
{
	sqlite3_stmt *s;
	size_t i;
	int rc;

	*row = 0;
	if (tags == NULL || tags->n == 0)
		return 0;
	buf_clear(&c->tags);
	for (i = 0; i < tags->n; i++) {
		buf_add(&c->tags, tags->items[i]);
		buf_add_byte(&c->tags, '\n');
	}
	if (c->last_tagset != 0 && slice_equal(buf_slice(&c->tags), buf_slice(&c->last_tags))) {
		*row = c->last_tagset;
		return 0;
	}
	s = catalog_use(c, SQL_FIND_TAGSET, "SELECT row FROM tagset WHERE tags = ?", err);
	if (s == NULL)
		return -1;
	bind_text(s, 1, buf_slice(&c->tags));
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*row = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	if (rc < 0 || (rc == 0 && add_tagset(c, row, err) < 0))
		return -1;
	buf_set(&c->last_tags, buf_slice(&c->tags));
	c->last_tagset = *row;
	return 0;
}

int
catalog_add_tagset(struct catalog *c, int64_t tagset, struct buf *out, struct error *err)
{
	sqlite3_stmt *s;
	int rc;

	if (tagset == 0)
		return 0;
	s = catalog_use(c, SQL_TAGSET, "SELECT tags FROM tagset WHERE row = ?", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, tagset);
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		tags_merge(out, slice_string(column_string(s, 0)));
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

/* ---- Mailboxes ---- */

static void
bind_folded(struct catalog *c, sqlite3_stmt *s, int i, const char *text, struct buf *folded)
{
	buf_clear(folded);
	tokenizer_fold(c->tokenizer, slice_string(text), folded);
	bind_text(s, i, buf_slice(folded));
}

/* Insert, or (row not 0) bring what does not identify it up to date. */
static int
write_mailbox(struct catalog *c, const struct catalog_mailbox *m, int64_t *row, struct error *err)
{
	struct buf name = BUF_EMPTY, client = BUF_EMPTY, account = BUF_EMPTY;
	sqlite3_stmt *s;
	int rc = -1;

	s = *row != 0
	    ? catalog_use(c, SQL_SET_MAILBOX, "UPDATE mailbox SET client = ?1, account = ?2, "
		"kind = ?3, format = ?4, layout = ?5, folded_name = ?6, folded_client = ?7, "
		"folded_account = ?8 WHERE row = ?9", err)
	    : catalog_use(c, SQL_ADD_MAILBOX, "INSERT INTO mailbox (client, account, kind, format, "
		"layout, folded_name, folded_client, folded_account, home, store, path, name) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", err);
	if (s == NULL)
		goto out;
	bind_string(s, 1, or_empty(m->client));
	bind_string(s, 2, or_empty(m->account));
	bind_string(s, 3, or_empty(m->kind));
	bind_string(s, 4, or_empty(m->format));
	bind_string(s, 5, or_empty(m->layout));
	bind_folded(c, s, 6, m->name, &name);
	bind_folded(c, s, 7, m->client, &client);
	bind_folded(c, s, 8, m->account, &account);
	if (*row != 0) {
		bind_int(s, 9, *row);
	} else {
		bind_string(s, 9, or_empty(m->home));
		bind_string(s, 10, or_empty(m->store));
		bind_string(s, 11, or_empty(m->path));
		bind_string(s, 12, or_empty(m->name));
	}
	if (catalog_run(c, s, err) < 0)
		goto out;
	if (*row == 0)
		*row = sqlite3_last_insert_rowid(c->db);
	rc = 0;
out:
	buf_free(&name);
	buf_free(&client);
	buf_free(&account);
	return rc;
}

int
catalog_mailbox_row(struct catalog *c, const struct catalog_mailbox *m, int64_t *row,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_FIND_MAILBOX, "SELECT row, client = ?5 AND "
	    "account = ?6 AND kind = ?7 AND format = ?8 AND layout = ?9 FROM mailbox "
	    "WHERE home = ?1 AND store = ?2 AND path = ?3 AND name = ?4", err);
	bool same = false;
	int rc;

	*row = 0;
	if (s == NULL)
		return -1;
	bind_string(s, 1, or_empty(m->home));
	bind_string(s, 2, or_empty(m->store));
	bind_string(s, 3, or_empty(m->path));
	bind_string(s, 4, or_empty(m->name));
	bind_string(s, 5, or_empty(m->client));
	bind_string(s, 6, or_empty(m->account));
	bind_string(s, 7, or_empty(m->kind));
	bind_string(s, 8, or_empty(m->format));
	bind_string(s, 9, or_empty(m->layout));
	rc = catalog_step(c, s, err);
	if (rc == 1) {
		*row = sqlite3_column_int64(s, 0);
		same = sqlite3_column_int64(s, 1) != 0;
		sqlite3_reset(s);
	}
	if (rc < 0)
		return -1;
	return same ? 0 : write_mailbox(c, m, row, err);
}

/* 1: the mailbox was in the snapshot before, *same tells whether it looked
 * as m (which may be NULL) says. */
static int
live_state(struct catalog *c, int64_t mailbox, const struct catalog_mailbox *m, bool *same,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_LIVE_STATE, "SELECT listing, messages, unread, bytes "
	    "FROM mailbox_state WHERE mailbox = ? AND gone = " LIVE_SQL, err);
	struct digest listing;
	int rc;

	if (s == NULL)
		return -1;
	bind_int(s, 1, mailbox);
	rc = catalog_step(c, s, err);
	if (rc != 1)
		return rc;
	*same = m != NULL && column_digest(s, 0, &listing) && digest_equal(&listing, &m->listing) &&
	    column_u64(s, 1) == m->messages && column_u64(s, 2) == m->unread &&
	    column_u64(s, 3) == m->bytes;
	sqlite3_reset(s);
	return 1;
}

static int
close_state(struct catalog *c, int64_t mailbox, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_CLOSE_STATE, "UPDATE OR REPLACE mailbox_state "
	    "SET gone = ? WHERE mailbox = ? AND gone = " LIVE_SQL, err);

	if (s == NULL)
		return -1;
	bind_int(s, 1, c->snapshot);
	bind_int(s, 2, mailbox);
	return catalog_run(c, s, err);
}

int
catalog_keep_mailbox(struct catalog *c, int64_t snapshot, int64_t mailbox, struct error *err)
{
	bool same;
	int rc;

	assert(snapshot == c->snapshot && c->mailbox == 0);
	rc = live_state(c, mailbox, NULL, &same, err);
	if (rc == 0)
		return fail(err, ERR_CORRUPT, "catalog %s: a mailbox that is kept was not in the "
		    "snapshot before", c->path);
	if (rc == 1)
		*vec_push(&c->named) = mailbox;
	return rc < 0 ? -1 : 0;
}

int
catalog_set_mailbox(struct catalog *c, int64_t snapshot, const struct catalog_mailbox *m,
    struct error *err)
{
	bool same = false;
	sqlite3_stmt *s;
	int rc;

	assert(snapshot == c->snapshot && c->mailbox == 0 && m->row != 0);
	rc = live_state(c, m->row, m, &same, err);
	if (rc < 0)
		return -1;
	if (!same) {
		if (rc == 1 && close_state(c, m->row, err) < 0)
			return -1;
		s = catalog_use(c, SQL_OPEN_STATE, "INSERT INTO mailbox_state "
		    "(mailbox, gone, first, listing, messages, unread, bytes) "
		    "VALUES (?, " LIVE_SQL ", ?, ?, ?, ?, ?)", err);
		if (s == NULL)
			return -1;
		bind_int(s, 1, m->row);
		bind_int(s, 2, snapshot);
		bind_digest(s, 3, &m->listing);
		bind_u64(s, 4, m->messages);
		bind_u64(s, 5, m->unread);
		bind_u64(s, 6, m->bytes);
		if (catalog_run(c, s, err) < 0)
			return -1;
	}
	*vec_push(&c->named) = m->row;
	c->mailbox = m->row;
	vec_clear(&c->placed);
	return 0;
}

/* ---- Placements ---- */

int
catalog_place(struct catalog *c, const struct digest *message, unsigned flags,
    const struct tags *tags, struct error *err)
{
	char hex[DIGEST_HEX + 1];
	struct placed *p;
	int64_t row, tagset;
	int rc;

	assert(c->mailbox != 0);
	rc = catalog_message_row(c, message, &row, err);
	if (rc == 0) {
		digest_hex(message, hex);
		return fail(err, ERR_NOT_FOUND, "catalog %s: no message %s", c->path, hex);
	}
	if (rc < 0 || catalog_tagset_row(c, tags, &tagset, err) < 0)
		return -1;
	p = vec_push(&c->placed);
	p->message = row;
	p->flags = flags & FLAG_ALL;
	p->tagset = tagset;
	p->n = 1;
	return 0;
}

/* By what lies there, and with which flags and tags: the order of the key. */
static int
compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	if (x->flags != y->flags)
		return x->flags < y->flags ? -1 : 1;
	return x->tagset < y->tagset ? -1 : x->tagset > y->tagset;
}

/* Sort, and make one of equal ones. */
static void
count_placed(struct catalog *c)
{
	struct placed *p = c->placed.items;
	size_t i, n = 0;

	if (c->placed.n == 0)
		return;
	qsort(p, c->placed.n, sizeof(*p), compare_placed);
	for (i = 1; i < c->placed.n; i++) {
		if (compare_placed(&p[n], &p[i]) == 0)
			p[n].n++;
		else
			p[++n] = p[i];
	}
	c->placed.n = n + 1;
}

struct placed_list {
	struct placed *items;
	size_t n, cap;
};

/*
 * Walk the open rows beside what lies there now, both sorted.  Rows that are
 * no more go to closed; of what lies there now, n becomes 0 where a row says
 * so already.
 */
static int
compare_with_open(struct catalog *c, int64_t mailbox, struct placed_list *closed,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_LIVE_PLACEMENTS, "SELECT message, flags, tagset, n "
	    "FROM placement WHERE mailbox = ? AND gone = " LIVE_SQL
	    " ORDER BY message, flags, tagset", err);
	struct placed *now = c->placed.items, *end = now != NULL ? now + c->placed.n : NULL;
	struct placed open;
	int rc, order;

	if (s == NULL)
		return -1;
	bind_int(s, 1, mailbox);
	while ((rc = catalog_step(c, s, err)) == 1) {
		open.message = sqlite3_column_int64(s, 0);
		open.flags = sqlite3_column_int64(s, 1);
		open.tagset = sqlite3_column_int64(s, 2);
		open.n = sqlite3_column_int64(s, 3);
		order = 1;
		while (now < end && (order = compare_placed(now, &open)) < 0)
			now++;
		if (now < end && order == 0 && now->n == open.n)
			now->n = 0;
		else
			*vec_push(closed) = open;
	}
	return rc;
}

static int
close_placements(struct catalog *c, int64_t mailbox, const struct placed_list *closed,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_CLOSE_PLACEMENT, "UPDATE OR REPLACE placement "
	    "SET gone = ?1 WHERE mailbox = ?2 AND gone = " LIVE_SQL
	    " AND message = ?3 AND flags = ?4 AND tagset = ?5", err);
	size_t i;

	if (s == NULL)
		return -1;
	bind_int(s, 1, c->snapshot);
	bind_int(s, 2, mailbox);
	for (i = 0; i < closed->n; i++) {
		bind_int(s, 3, closed->items[i].message);
		bind_int(s, 4, closed->items[i].flags);
		bind_int(s, 5, closed->items[i].tagset);
		if (catalog_run(c, s, err) < 0)
			return -1;
	}
	return 0;
}

/* New rows, and with them what the messages show: they live now, and to the
 * flags of other places these come. */
static int
open_placements(struct catalog *c, int64_t mailbox, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_OPEN_PLACEMENT, "INSERT INTO placement "
	    "(mailbox, gone, message, flags, tagset, first, n) "
	    "VALUES (?, " LIVE_SQL ", ?, ?, ?, ?, ?)", err);
	sqlite3_stmt *m = catalog_use(c, SQL_MESSAGE_PLACED, "UPDATE message SET state = 1, "
	    "flags = CASE state WHEN 1 THEN flags | ?2 ELSE ?2 END WHERE row = ?1", err);
	const struct placed *p;
	size_t i;

	if (s == NULL || m == NULL)
		return -1;
	bind_int(s, 1, mailbox);
	bind_int(s, 5, c->snapshot);
	for (i = 0; i < c->placed.n; i++) {
		p = &c->placed.items[i];
		if (p->n == 0)
			continue;
		bind_int(s, 2, p->message);
		bind_int(s, 3, p->flags);
		bind_int(s, 4, p->tagset);
		bind_int(s, 6, p->n);
		bind_int(m, 1, p->message);
		bind_int(m, 2, p->flags | (p->tagset != 0 ? FLAG_HAS_TAGS : 0));
		if (catalog_run(c, s, err) < 0 || catalog_run(c, m, err) < 0)
			return -1;
	}
	return 0;
}

/* The row of the placements of a message that count is handed to each; see
 * catalog_add_tags(). */
static int
placements_of(struct catalog *c, int64_t message, int64_t *gone, unsigned *flags,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_MESSAGE_PLACEMENTS,
	    "SELECT gone, flags, tagset FROM placement WHERE message = ?", err);
	int64_t at;
	unsigned one;
	int rc;

	*gone = 0;
	*flags = 0;
	if (s == NULL)
		return -1;
	bind_int(s, 1, message);
	while ((rc = catalog_step(c, s, err)) == 1) {
		at = sqlite3_column_int64(s, 0);
		one = (unsigned)sqlite3_column_int64(s, 1) & FLAG_ALL;
		if (sqlite3_column_int64(s, 2) != 0)
			one |= FLAG_HAS_TAGS;
		if (at > *gone) {
			*gone = at;
			*flags = one;
		} else if (at == *gone) {
			*flags |= one;
		}
	}
	return rc;
}

int
catalog_add_tags(struct catalog *c, int64_t message, struct buf *out, struct error *err)
{
	VEC(int64_t) sets = VEC_EMPTY;
	int64_t gone = 0, at;
	sqlite3_stmt *s;
	size_t i;
	int rc = -1;

	s = catalog_use(c, SQL_MESSAGE_PLACEMENTS,
	    "SELECT gone, flags, tagset FROM placement WHERE message = ?", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, message);
	while ((rc = catalog_step(c, s, err)) == 1) {
		at = sqlite3_column_int64(s, 0);
		if (at > gone)
			vec_clear(&sets);
		if (at >= gone)
			*vec_push(&sets) = sqlite3_column_int64(s, 2);
		gone = at > gone ? at : gone;
	}
	for (i = 0; i < sets.n && rc == 0; i++)
		rc = catalog_add_tagset(c, sets.items[i], out, err);
	vec_free(&sets);
	return rc;
}

/* Messages that left a place: what they show is to be found anew. */
static int
show_anew(struct catalog *c, const struct placed_list *closed, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_MESSAGE_STATE,
	    "UPDATE message SET state = ?2, flags = ?3 WHERE row = ?1", err);
	unsigned flags;
	int64_t gone;
	size_t i;

	if (s == NULL)
		return -1;
	for (i = 0; i < closed->n; i++) {
		if (placements_of(c, closed->items[i].message, &gone, &flags, err) < 0)
			return -1;
		bind_int(s, 1, closed->items[i].message);
		bind_int(s, 2, gone == LIVE ? MESSAGE_LIVE : MESSAGE_GONE);
		bind_int(s, 3, flags);
		if (catalog_run(c, s, err) < 0)
			return -1;
	}
	return 0;
}

static int
write_difference(struct catalog *c, int64_t mailbox, struct error *err)
{
	struct placed_list closed = VEC_EMPTY;
	int rc = -1;

	count_placed(c);
	if (compare_with_open(c, mailbox, &closed, err) == 0 &&
	    close_placements(c, mailbox, &closed, err) == 0 &&
	    open_placements(c, mailbox, err) == 0 &&
	    show_anew(c, &closed, err) == 0)
		rc = 0;
	vec_free(&closed);
	vec_clear(&c->placed);
	return rc;
}

int
catalog_placed(struct catalog *c, struct error *err)
{
	int64_t mailbox = c->mailbox;

	assert(mailbox != 0);
	c->mailbox = 0;
	return write_difference(c, mailbox, err);
}

int
catalog_end_mailbox(struct catalog *c, int64_t mailbox, struct error *err)
{
	vec_clear(&c->placed);
	if (write_difference(c, mailbox, err) < 0)
		return -1;
	return close_state(c, mailbox, err);
}
