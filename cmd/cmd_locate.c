/* SPDX-License-Identifier: MIT */
#include "core/job/locate.h"

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "cmd/table.h"
#include "core/base/json.h"
#include "core/base/path.h"

static void
print_json(const struct place *p)
{
	const struct location *where = &p->where;
	bool is_read = where->supported && p->error.code == ERR_NONE;
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_text(&line, "client", where->client);
	json_text(&line, "account", where->account);
	json_text(&line, "format", where->format);
	json_bytes(&line, "path", slice_string(where->path));
	if (where->home)
		json_bytes(&line, "home", slice_string(where->home));
	else
		json_null(&line, "home");
	json_integer(&line, "mailboxes", (int64_t)p->mailboxes);
	if (p->messages >= 0 && is_read)
		json_integer(&line, "messages", p->messages);
	else
		json_null(&line, "messages");
	json_integer(&line, "bytes", (int64_t)p->bytes);
	json_bool(&line, "supported", is_read);
	if (!is_read)
		json_text(&line, "reason", where->supported ? p->error.text : where->reason);
	json_bool(&line, "running", where->running);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

/* What lies in the person's own home is shown below "~". */
static void
add_path(struct buf *cell, const struct session *s, const char *path)
{
	const char *below = s->environment.home ? path_below(path, s->environment.home) : NULL;

	if (below)
		buf_add_string(cell, below[0] ? "~/" : "~");
	add_shown(cell, below ? below : path);
}

static void
add_row(const struct session *s, struct table *t, const struct place *p)
{
	const struct location *where = &p->where;
	bool is_read = where->supported && p->error.code == ERR_NONE;
	struct buf cell = BUF_EMPTY;

	add_shown(&cell, where->client);
	if (where->running)
		buf_add_string(&cell, " (running)");
	table_cell(t, &cell);
	table_string(t, where->account);
	table_string(t, where->format);
	if (is_read) {
		table_number(t, p->mailboxes);
		buf_clear(&cell);
		if (p->messages >= 0)
			buf_add_u64(&cell, (uint64_t)p->messages);
		else
			buf_add_byte(&cell, '?');
		table_cell(t, &cell);
	} else {
		table_string(t, "-");
		table_string(t, "-");
	}
	table_size(t, p->bytes);
	buf_clear(&cell);
	add_path(&cell, s, where->path);
	if (!is_read) {
		buf_add_string(&cell, ": ");
		add_shown(&cell, where->supported ? p->error.text : where->reason);
	}
	table_cell(t, &cell);
	buf_free(&cell);
}

static int
locate(struct session *s, const struct homes *homes, const struct words *paths)
{
	static const struct column columns[] = {
		{ "client", COLUMN_PLAIN }, { "account", COLUMN_FLEXIBLE },
		{ "format", COLUMN_PLAIN }, { "mailboxes", COLUMN_NUMBER },
		{ "messages", COLUMN_NUMBER }, { "size", COLUMN_NUMBER },
		{ "path", COLUMN_PATH }, { NULL, COLUMN_PLAIN }
	};
	struct error err = ERROR_NONE;
	struct places places = VEC_EMPTY;
	struct table table;
	int status = STATUS_DONE;
	size_t i, failed = 0;

	table_open(&table, columns);
	if (job_locate(&session_ports, homes->items, homes->n, paths->items, paths->n, &s->arena,
	    &places, &err) < 0) {
		status = say_error(&err);
		goto out;
	}
	for (i = 0; i < places.n; i++) {
		failed += places.items[i].error.code != ERR_NONE;
		place_count(&session_ports, &places.items[i]);
		if (s->json)
			print_json(&places.items[i]);
		else
			add_row(s, &table, &places.items[i]);
	}
	if (failed > 0)
		status = failed < places.n ? STATUS_PARTIAL : STATUS_FAILED;
	if (places.n == 0 && !s->json)
		say("no mail was found");

out:
	table_close(&table);
	vec_free(&places);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words paths = VEC_EMPTY, home_words = VEC_EMPTY, roots = VEC_EMPTY;
	struct homes homes = VEC_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "home", .value = "DIR",
		    .help = "look in this home instead of your own; several are possible",
		    .list = &home_words },
		{ .name = "root", .value = "DIR",
		    .help = "look in all homes of the system whose disk is mounted here",
		    .list = &roots },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &paths, &status))
		goto out;
	session_make_absolute(&s, &paths);
	status = session_begin(&s);
	if (status == 0)
		status = session_homes(&s, &home_words, &roots, &paths, &homes);
	if (status == 0)
		status = locate(&s, &homes, &paths);

out:
	session_close(&s);
	vec_free(&homes);
	vec_free(&home_words);
	vec_free(&roots);
	vec_free(&paths);
	return status;
}

const struct verb verb_locate = {
	.name = "locate",
	.arguments = "[PATH...]",
	.summary = "show which mail is where: client, account, format, counts, path",
	.about = "A PATH is a mailbox or a directory of any known format, recognised by looking at it.\n"
	    "A \"?\" stands where only a full read would tell the number of messages.  Nothing is\n"
	    "written anywhere.\n",
	.examples = "mailcask locate\n"
	    "mailcask locate --root /media/old-disk --json\n"
	    "mailcask locate ~/Downloads/takeout.zip\n",
	.run = run,
};
