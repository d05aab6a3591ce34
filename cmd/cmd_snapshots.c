/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "cmd/table.h"
#include "core/base/json.h"

static void
print_json(const struct catalog_snapshot *snapshot)
{
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_text(&line, "snapshot", snapshot->id);
	json_time(&line, "time", snapshot->time);
	json_text(&line, "host", snapshot->host);
	json_text(&line, "user", snapshot->user);
	json_integer(&line, "mailboxes", (int64_t)snapshot->mailboxes);
	json_integer(&line, "seen", (int64_t)snapshot->seen);
	json_integer(&line, "saved", (int64_t)snapshot->saved);
	json_integer(&line, "had", (int64_t)snapshot->had);
	json_integer(&line, "failed", (int64_t)snapshot->failed);
	json_text(&line, "alarm", snapshot->alarm);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
add_row(struct table *t, const struct catalog_snapshot *snapshot)
{
	struct buf cell = BUF_EMPTY;

	table_string(t, snapshot->id);
	add_local_time(&cell, snapshot->time);
	table_cell(t, &cell);
	table_string(t, snapshot->host);
	table_number(t, snapshot->mailboxes);
	table_number(t, snapshot->seen);
	table_number(t, snapshot->saved);
	table_number(t, snapshot->failed);
	table_string(t, snapshot->alarm);
	buf_free(&cell);
}

static int
list(struct session *s)
{
	static const struct column columns[] = {
		{ "snapshot", COLUMN_PLAIN }, { "time", COLUMN_PLAIN },
		{ "host", COLUMN_FLEXIBLE }, { "mailboxes", COLUMN_NUMBER },
		{ "messages", COLUMN_NUMBER }, { "new", COLUMN_NUMBER },
		{ "failed", COLUMN_NUMBER }, { "alarm", COLUMN_FLEXIBLE },
		{ NULL, COLUMN_PLAIN }
	};
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct catalog_snapshot snapshot;
	struct table table;
	int more = -1;

	table_open(&table, columns);
	if (catalog_snapshots(s->job->catalog, &rows, &err) < 0)
		goto out;
	while ((more = catalog_next_snapshot(rows, &snapshot, &err)) == 1) {
		if (s->json)
			print_json(&snapshot);
		else
			add_row(&table, &snapshot);
	}

out:
	table_close(&table);
	catalog_rows_close(rows);
	return more < 0 ? say_error(&err) : STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	int status;
	const struct option options[] = {
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n > 0) {
		status = usage_error(verb, "it takes no \"%s\"", words.items[0]);
		goto out;
	}
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = list(&s);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_snapshots = {
	.name = "snapshots",
	.arguments = "",
	.summary = "show the backups there are",
	.about = "The first column, or the beginning of it, is what --at takes.\n",
	.examples = "mailcask snapshots\n",
	.run = run,
};
