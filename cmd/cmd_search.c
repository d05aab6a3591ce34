/* SPDX-License-Identifier: MIT */
#include "core/catalog/search.h"

#include "cmd/messages.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "cmd/table.h"
#include "core/base/json.h"

/* The mailbox that a table has room for: one where the message lies, or the
 * last one where it lay, marked so. */
static int
add_where(struct buf *cell, struct catalog *c, const struct catalog_found *m, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_whereabouts place;
	int64_t last = 0;
	int more = -1;

	if (catalog_places(c, m->row, &rows, err) < 0)
		goto out;
	while ((more = catalog_next_place(rows, &place, err)) == 1) {
		if (place.deleted && place.last_seen <= last)
			continue;
		buf_clear(cell);
		if (place.deleted) {
			last = place.last_seen;
			buf_add_string(cell, "deleted ");
			add_local_date(cell, place.last_seen);
			buf_add_string(cell, ": ");
		}
		add_shown(cell, place.name);
		if (!place.deleted)
			break;
	}

out:
	catalog_rows_close(rows);
	return more < 0 ? -1 : 0;
}

static int
add_row(struct table *t, struct catalog *c, const struct catalog_found *m, struct error *err)
{
	struct buf cell = BUF_EMPTY;
	int rc;

	add_short_id(&cell, &m->id);
	table_cell(t, &cell);
	buf_clear(&cell);
	add_message_date(&cell, m);
	table_cell(t, &cell);
	buf_clear(&cell);
	rc = add_where(&cell, c, m, err);
	table_cell(t, &cell);
	table_string(t, m->from);
	table_string(t, m->subject);
	buf_free(&cell);
	return rc;
}

static int
search(struct session *s, struct slice query, const struct search_options *options)
{
	static const struct column columns[] = {
		{ "id", COLUMN_PLAIN }, { "date", COLUMN_PLAIN },
		{ "mailbox", COLUMN_FLEXIBLE }, { "from", COLUMN_FLEXIBLE },
		{ "subject", COLUMN_FLEXIBLE }, { NULL, COLUMN_PLAIN }
	};
	struct catalog *catalog = s->job->catalog;
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct buf line = BUF_EMPTY;
	struct catalog_found m;
	struct table table;
	int more = -1, rc = 0;

	table_open(&table, columns);
	if (catalog_search(catalog, query, options, &rows, &err) < 0)
		goto out;
	while (rc == 0 && (more = catalog_next_message(rows, &m, &err)) == 1) {
		if (!s->json) {
			rc = add_row(&table, catalog, &m, &err);
			continue;
		}
		json_open(&line, NULL, '{');
		rc = json_message(&line, catalog, &m, &err);
		json_close(&line, '}');
		if (rc == 0)
			output_json(&line);
	}

out:
	table_close(&table);
	catalog_rows_close(rows);
	buf_free(&line);
	return more < 0 || rc < 0 ? say_error(&err) : STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct search_options how = { .now = 0 };
	struct words words = VEC_EMPTY;
	struct buf query = BUF_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "limit", .value = "N", .help = "at most so many messages; default: all",
		    .number = &how.limit },
		{ .name = "oldest-first", .help = "default: the newest first",
		    .on = &how.oldest_first },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n == 0) {
		status = usage_error(verb, "say what to look for");
		goto out;
	}
	add_words(&query, &words);
	s.settings.want_text = true;
	s.keys.may_ask = true;
	status = session_begin(&s);
	how.now = s.settings.now;
	how.zone_minutes = s.settings.zone_minutes;
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = search(&s, buf_slice(&query), &how);

out:
	session_close(&s);
	buf_free(&query);
	vec_free(&words);
	return status;
}

const struct verb verb_search = {
	.name = "search",
	.arguments = "QUERY...",
	.summary = "find messages, those that were deleted since as well",
	.about =
	    "All words must be there; case and accents do not matter.\n\n"
	    "  word  wor*  \"a phrase\"  -not  a OR b  ( )\n"
	    "  from: to: subject: file:          in that field only\n"
	    "  folder: client: account: tag:     where the message lies\n"
	    "  is:unread is:flagged is:answered is:draft is:deleted is:forwarded is:seen\n"
	    "  has:attachment  larger:1M  smaller:10k  id:MESSAGE-ID\n"
	    "  date:2024-05  date:2024-01..2024-06  before:DATE  after:DATE  date:7d..\n",
	.examples = "mailcask search invoice from:anna date:2024\n"
	    "mailcask search 'subject:\"annual report\" has:attachment'\n"
	    "mailcask search is:deleted folder:inbox --json\n",
	.dash_words = true,
	.run = run,
};
