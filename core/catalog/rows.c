/* SPDX-License-Identifier: MIT */
#include <sqlite3.h>

#include "core/base/mem.h"
#include "core/catalog/catalog.h"
#include "core/catalog/catalog_internal.h"

sqlite3_stmt *
catalog_take(struct catalog *c, enum catalog_sql which, const char *text, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, which, text, err);

	c->sql[which] = NULL;
	return s;
}

static void
give_back(struct catalog *c, enum catalog_sql which, sqlite3_stmt *s)
{
	if (which == SQL_COUNT || c->sql[which] != NULL) {
		sqlite3_finalize(s);
		return;
	}
	/* Bound bytes may be gone by the time it is used again. */
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	c->sql[which] = s;
}

struct catalog_rows *
rows_open(struct catalog *c, sqlite3_stmt *main, enum catalog_sql slot)
{
	struct catalog_rows *r = mem_alloc(sizeof(*r));

	if (slot == SQL_PLACES)
		c->known.users++;
	else if (c->known.users == 0)
		known_clear(&c->known);
	r->c = c;
	r->main = main;
	r->main_slot = slot;
	return r;
}

int
rows_step(struct catalog_rows *r, struct error *err)
{
	int rc;

	if (r->done)
		return 0;
	rc = catalog_step(r->c, r->main, err);
	r->done = rc != 1;
	return rc;
}

void
catalog_rows_close(struct catalog_rows *r)
{
	if (r == NULL)
		return;
	if (r->main_slot == SQL_PLACES)
		r->c->known.users--;
	give_back(r->c, r->main_slot, r->main);
	if (r->summary != NULL)
		give_back(r->c, SQL_SUMMARY, r->summary);
	vec_free(&r->stays);
	buf_free(&r->tags);
	mem_free(r);
}

/* Step to the summary of a message: 1, 0, -1.  The statement is r's while r
 * is open, for its strings are handed out. */
static int
step_summary(struct catalog_rows *r, int64_t row, struct error *err)
{
	if (r->summary == NULL)
		r->summary = catalog_take(r->c, SQL_SUMMARY, "SELECT id, sender, recipients, subject, "
		    "message_id, files FROM summary WHERE row = ?", err);
	if (r->summary == NULL)
		return -1;
	sqlite3_reset(r->summary);
	bind_int(r->summary, 1, row);
	return catalog_step(r->c, r->summary, err);
}

/* The newest snapshot for 0. */
static int
snapshot_or_newest(struct catalog *c, int64_t *snapshot, struct error *err)
{
	sqlite3_stmt *s;
	int rc;

	if (*snapshot != 0)
		return 0;
	s = catalog_use(c, SQL_NEWEST, "SELECT max(row) FROM snapshot WHERE forgotten = 0", err);
	rc = s == NULL ? -1 : catalog_step(c, s, err);
	if (rc == 1) {
		*snapshot = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

/* ---- Mailboxes ---- */

int
catalog_mailboxes(struct catalog *c, int64_t snapshot, bool gone, struct catalog_rows **out,
    struct error *err)
{
	sqlite3_stmt *s;

	*out = NULL;
	if (snapshot_or_newest(c, &snapshot, err) < 0)
		return -1;
	s = catalog_take(c, SQL_MAILBOXES,
	    "SELECT b.row, b.client, b.account, b.kind, b.format, b.layout, b.home, b.store, "
	    "b.path, b.name, s.listing, s.messages, s.unread, s.bytes, "
	    "CASE WHEN s.gone > ?1 THEN ?1 ELSE (SELECT max(row) FROM snapshot WHERE row < s.gone) END, "
	    "count(*) OVER (PARTITION BY b.client, b.account, b.name) > 1 FROM mailbox_state s JOIN mailbox b ON b.row = s.mailbox "
	    "WHERE s.first <= ?1 AND (s.gone > ?1 OR (?2 AND s.gone = "
	    "(SELECT max(t.gone) FROM mailbox_state t WHERE t.mailbox = s.mailbox AND t.first <= ?1))) "
	    "ORDER BY b.client, b.account, b.name, b.row", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, snapshot);
	bind_int(s, 2, gone);
	*out = rows_open(c, s, SQL_MAILBOXES);
	return 0;
}

int
catalog_next_mailbox(struct catalog_rows *r, struct catalog_mailbox *out, struct error *err)
{
	sqlite3_stmt *s = r->main;
	int rc = rows_step(r, err);

	if (rc != 1)
		return rc;
	out->row = sqlite3_column_int64(s, 0);
	out->client = column_string(s, 1);
	out->account = column_string(s, 2);
	out->kind = column_string(s, 3);
	out->format = column_string(s, 4);
	out->layout = column_string(s, 5);
	out->home = column_string(s, 6);
	out->store = column_string(s, 7);
	out->path = column_string(s, 8);
	out->name = column_string(s, 9);
	if (!column_digest(s, 10, &out->listing))
		return fail(err, ERR_CORRUPT, "catalog %s: bad row of a mailbox", r->c->path);
	out->messages = column_u64(s, 11);
	out->unread = column_u64(s, 12);
	out->bytes = column_u64(s, 13);
	out->snapshot = sqlite3_column_int64(s, 14);
	out->has_twin = sqlite3_column_int64(s, 15) != 0;
	return 1;
}

/* ---- Messages ---- */

int
catalog_messages(struct catalog *c, int64_t mailbox, int64_t snapshot,
    struct catalog_rows **out, struct error *err)
{
	sqlite3_stmt *s;

	*out = NULL;
	if (snapshot_or_newest(c, &snapshot, err) < 0)
		return -1;
	s = catalog_take(c, SQL_MESSAGES, "SELECT m.row, m.date, m.bytes, p.flags, m.state, "
	    "p.tagset, p.n FROM placement p CROSS JOIN message m ON m.row = p.message "
	    "WHERE p.mailbox = ?1 AND p.gone > ?2 AND p.first <= ?2 ORDER BY m.date, m.row", err);
	if (s == NULL)
		return -1;
	bind_int(s, 1, mailbox);
	bind_int(s, 2, snapshot);
	*out = rows_open(c, s, SQL_MESSAGES);
	(*out)->of_mailbox = true;
	return 0;
}

/* The tags of the placement, or of all that count. */
static int
find_tags(struct catalog_rows *r, int64_t row, struct error *err)
{
	buf_clear(&r->tags);
	if (r->of_mailbox)
		return catalog_add_tagset(r->c, sqlite3_column_int64(r->main, 5), &r->tags, err);
	if (((unsigned)sqlite3_column_int64(r->main, 3) & FLAG_HAS_TAGS) == 0)
		return 0;
	return catalog_add_tags(r->c, row, &r->tags, err);
}

int
catalog_next_message(struct catalog_rows *r, struct catalog_found *out, struct error *err)
{
	sqlite3_stmt *s;
	int rc;

	if (r->repeat > 0) {
		r->repeat--;
	} else {
		rc = rows_step(r, err);
		if (rc != 1)
			return rc;
		if (r->of_mailbox)
			r->repeat = sqlite3_column_int64(r->main, 6) - 1;
	}
	out->row = sqlite3_column_int64(r->main, 0);
	out->date = sqlite3_column_int64(r->main, 1);
	out->bytes = column_u64(r->main, 2);
	out->flags = (unsigned)sqlite3_column_int64(r->main, 3) & FLAG_ALL;
	out->deleted = sqlite3_column_int64(r->main, 4) == MESSAGE_GONE;
	if (find_tags(r, out->row, err) < 0)
		return -1;
	out->tags = buf_text(&r->tags);
	rc = step_summary(r, out->row, err);
	if (rc < 0)
		return -1;
	s = r->summary;
	if (rc == 0 || !column_digest(s, 0, &out->id))
		return fail(err, ERR_CORRUPT, "catalog %s: bad row of a message", r->c->path);
	out->from = column_string(s, 1);
	out->to = column_string(s, 2);
	out->subject = column_string(s, 3);
	out->message_id = column_string(s, 4);
	out->attachments = column_string(s, 5);
	return 1;
}

/* ---- One message ---- */

/* The digests that begin with these hexadecimal digits, as a range. */
static bool
digest_range(struct slice hex, struct digest *low, struct digest *high)
{
	char digits[DIGEST_HEX];
	size_t i;

	if (hex.n < 8 || hex.n > DIGEST_HEX)
		return false;
	for (i = 0; i < hex.n; i++)
		digits[i] = (char)(hex.p[i] >= 'A' && hex.p[i] <= 'F' ? hex.p[i] + 32 : hex.p[i]);
	memset(digits + hex.n, '0', DIGEST_HEX - hex.n);
	if (!digest_parse(slice_of(digits, DIGEST_HEX), low))
		return false;
	memset(digits + hex.n, 'f', DIGEST_HEX - hex.n);
	return digest_parse(slice_of(digits, DIGEST_HEX), high);
}

static int
messages_named(struct catalog *c, const struct digest *low, const struct digest *high,
    struct slice message_id, struct catalog_rows **out, struct error *err)
{
	sqlite3_stmt *s = catalog_take(c, SQL_MESSAGES_NAMED,
	    "SELECT row, date, bytes, flags, state FROM message m WHERE " IS_FOUND_SQL " AND row IN "
	    "(SELECT row FROM summary WHERE id BETWEEN ?1 AND ?2 "
	    "UNION SELECT row FROM summary WHERE message_id = ?3) ORDER BY date, row", err);

	*out = NULL;
	if (s == NULL)
		return -1;
	if (low != NULL) {
		bind_digest_copy(s, 1, low);
		bind_digest_copy(s, 2, high);
	}
	if (message_id.n > 0)
		bind_text_copy(s, 3, message_id);
	*out = rows_open(c, s, SQL_MESSAGES_NAMED);
	return 0;
}

int
catalog_find_message(struct catalog *c, struct slice name, struct catalog_rows **out,
    struct error *err)
{
	struct digest low, high;
	bool is_hex;

	name = slice_trim(name);
	if (name.n >= 2 && name.p[0] == '<' && name.p[name.n - 1] == '>')
		name = slice_sub(name, 1, name.n - 2);
	is_hex = digest_range(name, &low, &high);
	return messages_named(c, is_hex ? &low : NULL, &high, name, out, err);
}

int
catalog_message_of(struct catalog *c, const struct digest *id, struct catalog_found *out,
    struct catalog_rows **keep, struct error *err)
{
	if (messages_named(c, id, id, SLICE_EMPTY, keep, err) < 0)
		return -1;
	return catalog_next_message(*keep, out, err);
}

/* ---- Where one lies ---- */

static int
add_stay(struct catalog_rows *r, struct error *err)
{
	struct stay *stay = vec_push(&r->stays);
	struct known_snapshot first, last;

	stay->mailbox = sqlite3_column_int64(r->main, 0);
	stay->gone = sqlite3_column_int64(r->main, 1);
	stay->flags = (unsigned)sqlite3_column_int64(r->main, 2) & FLAG_ALL;
	stay->tagset = sqlite3_column_int64(r->main, 3);
	if (known_mailbox(r->c, stay->mailbox, &stay->known, err) < 0 ||
	    known_snapshot(r->c, sqlite3_column_int64(r->main, 4), &first, err) < 0 ||
	    known_snapshot(r->c, stay->gone - 1, &last, err) < 0)
		return -1;
	stay->first_seen = first.time;
	stay->last_seen = last.time;
	stay->snapshot = last.row;
	return 0;
}

/*
 * The placements of a message are few: they are read at once, so that the
 * rows of one mailbox can be made one.
 */
int
catalog_places(struct catalog *c, int64_t message, struct catalog_rows **out, struct error *err)
{
	sqlite3_stmt *s = catalog_take(c, SQL_PLACES, "SELECT mailbox, gone, flags, tagset, first "
	    "FROM placement WHERE message = ? ORDER BY mailbox, gone", err);
	struct catalog_rows *r;
	int rc;

	*out = NULL;
	if (s == NULL)
		return -1;
	bind_int(s, 1, message);
	r = rows_open(c, s, SQL_PLACES);
	while ((rc = rows_step(r, err)) == 1 && (rc = add_stay(r, err)) == 0)
		;
	if (rc < 0) {
		catalog_rows_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* The stays in one mailbox come in the order of their ends: those that end
 * with the last of them tell flags and tags. */
int
catalog_next_place(struct catalog_rows *r, struct catalog_whereabouts *out, struct error *err)
{
	const struct stay *stay = &r->stays.items[r->stay], *last = stay;
	const struct stay *end = r->stays.items + r->stays.n;
	const struct known_mailbox *mailbox;

	if (r->stay == r->stays.n)
		return 0;
	while (last + 1 < end && last[1].mailbox == stay->mailbox)
		last++;
	out->mailbox = stay->mailbox;
	mailbox = &r->c->known.mailboxes.items[stay->known];
	out->client = mailbox->client;
	out->account = mailbox->account;
	out->name = mailbox->name;
	out->first_seen = stay->first_seen;
	out->last_seen = last->last_seen;
	out->snapshot = last->snapshot;
	out->deleted = last->gone != LIVE;
	out->flags = 0;
	buf_clear(&r->tags);
	for (; stay <= last; stay++) {
		if (stay->first_seen < out->first_seen)
			out->first_seen = stay->first_seen;
		if (stay->gone != last->gone)
			continue;
		out->flags |= stay->flags;
		if (catalog_add_tagset(r->c, stay->tagset, &r->tags, err) < 0)
			return -1;
	}
	out->tags = buf_text(&r->tags);
	r->stay = (size_t)(stay - r->stays.items);
	return 1;
}

int
catalog_totals(struct catalog *c, uint64_t *messages, uint64_t *objects, uint64_t *untexted,
    struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_TOTALS, "SELECT (SELECT count(*) FROM message), "
	    "(SELECT count(*) FROM object), (SELECT count(*) FROM message WHERE texted = 0)", err);
	int rc = s == NULL ? -1 : catalog_step(c, s, err);

	if (rc != 1)
		return -1;
	*messages = column_u64(s, 0);
	*objects = column_u64(s, 1);
	*untexted = column_u64(s, 2);
	sqlite3_reset(s);
	return 0;
}
