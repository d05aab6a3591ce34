/* SPDX-License-Identifier: MIT */
#include "cmd/messages.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "cmd/table.h"
#include "core/base/json.h"

/* What one run lists. */
struct listing {
	struct session *session;
	const char *at;
	bool gone;              /* mailboxes that are no longer there, too */
	struct catalog_snapshot snapshot;
	/* Snapshots that mailboxes were last seen in; read when one is wanted. */
	VEC(struct catalog_snapshot) snapshots;
};

/* The snapshot of that row: the one asked for, or an earlier one that a
 * mailbox that is gone was last seen in.  NULL: no such. */
static const struct catalog_snapshot *
snapshot_of(struct listing *l, int64_t row, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_snapshot one, *kept;
	size_t i;

	if (row == l->snapshot.row)
		return &l->snapshot;
	if (l->snapshots.n == 0 &&
	    catalog_snapshots(l->session->job->catalog, &rows, err) == 0) {
		while (catalog_next_snapshot(rows, &one, err) == 1) {
			kept = vec_push(&l->snapshots);
			kept->row = one.row;
			kept->id = arena_string(&l->session->arena, one.id);
			kept->time = one.time;
		}
	}
	catalog_rows_close(rows);
	for (i = 0; i < l->snapshots.n; i++)
		if (l->snapshots.items[i].row == row)
			return &l->snapshots.items[i];
	return NULL;
}

static void
print_mailbox_json(struct listing *l, const struct catalog_mailbox *m, struct slice name,
    struct error *err)
{
	const struct catalog_snapshot *seen = snapshot_of(l, m->snapshot, err);
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_bytes(&line, "name", name);
	json_text(&line, "client", m->client);
	json_text(&line, "account", m->account);
	json_bytes(&line, "store", slice_string(m->store));
	json_mailbox(&line, "mailbox", m->name);
	json_text(&line, "format", m->format);
	json_integer(&line, "messages", (int64_t)m->messages);
	json_integer(&line, "unread", (int64_t)m->unread);
	json_integer(&line, "bytes", (int64_t)m->bytes);
	json_text(&line, "snapshot", seen ? seen->id : NULL);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
add_mailbox_row(struct listing *l, struct table *t, const struct catalog_mailbox *m,
    const char *name, struct error *err)
{
	const struct catalog_snapshot *seen;
	struct buf cell = BUF_EMPTY;

	table_string(t, name);
	table_number(t, m->messages);
	table_number(t, m->unread);
	table_size(t, m->bytes);
	if (l->gone) {
		seen = snapshot_of(l, m->snapshot, err);
		if (seen && seen->row != l->snapshot.row)
			add_local_date(&cell, seen->time);
		table_cell(t, &cell);
	}
	buf_free(&cell);
}

static int
list_mailboxes(struct listing *l, struct error *err)
{
	static const struct column columns[] = {
		{ "mailbox", COLUMN_FLEXIBLE }, { "messages", COLUMN_NUMBER },
		{ "unread", COLUMN_NUMBER }, { "size", COLUMN_NUMBER }, { NULL, COLUMN_PLAIN }
	};
	static const struct column columns_gone[] = {
		{ "mailbox", COLUMN_FLEXIBLE }, { "messages", COLUMN_NUMBER },
		{ "unread", COLUMN_NUMBER }, { "size", COLUMN_NUMBER },
		{ "last seen", COLUMN_PLAIN }, { NULL, COLUMN_PLAIN }
	};
	struct catalog_rows *rows = NULL;
	struct catalog_mailbox m;
	struct buf name = BUF_EMPTY;
	struct table table;
	int more = -1;

	table_open(&table, l->gone ? columns_gone : columns);
	if (catalog_mailboxes(l->session->job->catalog, l->snapshot.row, l->gone, &rows, err) < 0)
		goto out;
	while ((more = catalog_next_mailbox(rows, &m, err)) == 1) {
		buf_clear(&name);
		job_mailbox_own_name(&name, &m);
		if (l->session->json)
			print_mailbox_json(l, &m, buf_slice(&name), err);
		else
			add_mailbox_row(l, &table, &m, buf_text(&name), err);
	}

out:
	table_close(&table);
	catalog_rows_close(rows);
	buf_free(&name);
	return more;
}

static void
add_message_row(struct table *t, const struct catalog_found *m)
{
	struct buf cell = BUF_EMPTY;

	add_short_id(&cell, &m->id);
	table_cell(t, &cell);
	buf_clear(&cell);
	add_message_date(&cell, m);
	table_cell(t, &cell);
	table_string(t, m->from);
	table_string(t, m->subject);
	buf_clear(&cell);
	add_flags(&cell, m->flags);
	table_cell(t, &cell);
	buf_free(&cell);
}

/* Without --at, a mailbox that is gone is shown as it was last seen. */
static int
name_mailbox(struct listing *l, const char *words, struct mailbox_list *out, struct error *err)
{
	struct job *j = l->session->job;
	struct arena *a = &l->session->arena;

	if (job_mailboxes(j, words, l->snapshot.row, true, a, out, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND || l->at)
		return -1;
	error_clear(err);
	return job_mailboxes(j, words, 0, true, a, out, err);
}

static int
list_messages(struct listing *l, const char *words, struct error *err)
{
	static const struct column columns[] = {
		{ "id", COLUMN_PLAIN }, { "date", COLUMN_PLAIN }, { "from", COLUMN_FLEXIBLE },
		{ "subject", COLUMN_FLEXIBLE }, { "flags", COLUMN_PLAIN },
		{ NULL, COLUMN_PLAIN }
	};
	struct catalog *catalog = l->session->job->catalog;
	struct catalog_rows *rows = NULL;
	struct mailbox_list named;
	struct catalog_found m;
	struct buf line = BUF_EMPTY;
	struct table table;
	int more = -1;

	table_open(&table, columns);
	if (name_mailbox(l, words, &named, err) < 0)
		goto out;
	if (catalog_messages(catalog, named.items[0].row, named.items[0].snapshot, &rows, err) < 0)
		goto out;
	while ((more = catalog_next_message(rows, &m, err)) == 1) {
		if (!l->session->json) {
			add_message_row(&table, &m);
			continue;
		}
		json_open(&line, NULL, '{');
		if (json_message(&line, catalog, &m, err) < 0) {
			more = -1;
			break;
		}
		json_close(&line, '}');
		output_json(&line);
	}

out:
	table_close(&table);
	catalog_rows_close(rows);
	buf_free(&line);
	return more;
}

static int
list(struct listing *l, const char *words)
{
	struct error err = ERROR_NONE;
	int rc;

	if (job_snapshot(l->session->job, l->at, &l->session->arena, &l->snapshot, &err) < 0)
		return say_error(&err);
	rc = words ? list_messages(l, words, &err) : list_mailboxes(l, &err);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct listing listing = { .session = &s };
	struct words words = VEC_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "at", .value = "WHEN",
		    .help = "as of a date, a time or a snapshot; default: the newest",
		    .text = &listing.at },
		{ .name = "gone", .help = "also mailboxes that are no longer there",
		    .on = &listing.gone },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n > 1) {
		status = usage_error(verb, "one mailbox at a time; quote a name with blanks in it");
		goto out;
	}
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = list(&listing, words.n ? words.items[0] : NULL);

out:
	vec_free(&listing.snapshots);
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_list = {
	.name = "list",
	.arguments = "[MAILBOX]",
	.summary = "show the mailboxes, or the messages of one",
	.about = "MAILBOX is a name as this command prints it, the end of one that begins behind a \":\"\n"
	    "or a \"/\", or the path of the mailbox on disk.\n",
	.examples = "mailcask list\n"
	    "mailcask list --at 2026-05-03 Invoices\n"
	    "mailcask list --json\n",
	.run = run,
};
