/* SPDX-License-Identifier: MIT */
#include "core/job/forget.h"

#include <inttypes.h>

#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"
#include "core/base/map.h"
#include "core/base/text.h"

struct command {
	struct session *session;
	struct forget_request request;
	struct forget_result result;
};

/* ---- What is said ---- */

static void
add_why(struct buf *out, unsigned why, bool as_json)
{
	unsigned bit;
	bool any = false;

	for (bit = 1; bit <= why; bit <<= 1) {
		if ((why & bit) == 0)
			continue;
		if (as_json) {
			json_text(out, NULL, keep_word(bit));
		} else {
			buf_add_string(out, any ? ", " : "");
			buf_add_string(out, keep_word(bit));
		}
		any = true;
	}
}

static void
json_row(const struct forget_row *row)
{
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_text(&line, "snapshot", row->id);
	json_time(&line, "time", row->time);
	json_text(&line, "host", row->host);
	json_text(&line, "user", row->user);
	json_bool(&line, "kept", row->why != 0);
	json_open(&line, "why", '[');
	add_why(&line, row->why, true);
	json_close(&line, ']');
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print_row(const struct forget_row *row)
{
	struct buf line = BUF_EMPTY;

	buf_add_string(&line, row->why ? "keep    " : "forget  ");
	add_shown(&line, row->id);
	buf_add_string(&line, "  ");
	add_local_time(&line, row->time);
	if (row->why) {
		buf_add_string(&line, "  ");
		add_why(&line, row->why, false);
	}
	output_line(&line);
	buf_free(&line);
}

/* A message that would be in the archive no more. */
static void
print_message(struct command *c, const struct forget_message *m)
{
	struct catalog_rows *rows = NULL;
	struct catalog_found found;
	struct error ignored = ERROR_NONE;
	struct buf line = BUF_EMPTY;
	bool known = catalog_message_of(c->session->job->catalog, &m->id, &found, &rows,
	    &ignored) == 1;

	if (c->session->json) {
		json_open(&line, NULL, '{');
		json_digest(&line, "message", &m->id);
		json_text(&line, "mailbox", m->mailbox);
		json_time(&line, "last_seen", m->last_seen);
		json_text(&line, "from", known ? found.from : NULL);
		json_text(&line, "subject", known ? found.subject : NULL);
		json_close(&line, '}');
		output_json(&line);
	} else {
		buf_add_string(&line, "drop    ");
		add_local_date(&line, m->last_seen);
		buf_add_string(&line, "  ");
		add_shown(&line, m->mailbox);
		buf_add_string(&line, ": ");
		add_shown(&line, known ? found.subject : "");
		output_line(&line);
	}
	buf_free(&line);
	catalog_rows_close(rows);
}

/* One message may have lain in several mailboxes. */
static uint64_t
count_dropped(const struct forget_result *r)
{
	struct map seen = MAP_EMPTY;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < r->dropped.n; i++)
		n += map_put(&seen, digest_slice(&r->dropped.items[i].id), 1);
	map_free(&seen);
	return n;
}

static void
print_summary(struct command *c)
{
	const struct forget_result *r = &c->result;
	const char *would = c->request.dry_run ? "would be " : "";
	struct buf line = BUF_EMPTY;

	add_count(&line, r->forgotten, "backup");
	buf_add_format(&line, " %sforgotten, %zu kept", would, r->rows.n - (size_t)r->forgotten);
	if (r->kept_messages > 0) {
		buf_add_string(&line, "; ");
		add_count(&line, r->kept_messages, "message");
		buf_add_string(&line, " of them stay to be found");
	}
	if (r->dropped.n > 0) {
		buf_add_string(&line, "; ");
		add_count(&line, count_dropped(r), "message");
		buf_add_format(&line, " %sdropped", would);
	}
	buf_add_byte(&line, '.');
	output_line(&line);
	if (r->snapshot)
		output_text(SLICE_OF("\"mailcask prune\" frees the space.\n"));
	buf_free(&line);
}

static void
tell(struct command *c)
{
	const struct forget_result *r = &c->result;
	struct buf line = BUF_EMPTY;
	size_t i;

	for (i = 0; i < r->rows.n; i++) {
		if (c->session->json)
			json_row(&r->rows.items[i]);
		else if (!c->session->quiet)
			print_row(&r->rows.items[i]);
	}
	for (i = 0; i < r->dropped.n && c->request.dry_run; i++)
		print_message(c, &r->dropped.items[i]);
	if (c->session->json) {
		json_open(&line, NULL, '{');
		json_integer(&line, "forgotten", (int64_t)r->forgotten);
		json_integer(&line, "kept", (int64_t)(r->rows.n - (size_t)r->forgotten));
		json_integer(&line, "kept_messages", (int64_t)r->kept_messages);
		json_integer(&line, "dropped_messages", (int64_t)count_dropped(r));
		json_bool(&line, "dry_run", c->request.dry_run);
		json_close(&line, '}');
		output_json(&line);
	} else if (!c->session->quiet) {
		print_summary(c);
	}
	buf_free(&line);
}

static int
forget(struct command *c)
{
	struct error err = ERROR_NONE;
	int status = session_open(c->session, JOB_TEND);

	if (status != STATUS_DONE)
		return status;
	c->session->job->settings.interrupted = interrupt_watch();
	if (job_forget(c->session->job, &c->request, &c->result, &err) < 0)
		status = say_error(&err);
	session_say_notices(c->session);
	if (status == STATUS_DONE)
		tell(c);
	forget_result_free(&c->result);
	return status;
}

/* ---- The command line ---- */

/* False: it has been said what is wrong. */
static bool
is_sensible(const struct verb *verb, struct command *c, const char *within, bool keep_messages)
{
	struct forget_request *r = &c->request;

	if (within && !keep_parse_span(within, &r->keep.within)) {
		usage_error(verb, "--keep-within needs a span such as 2y, 6m, 4w, 10d or 36h, "
		    "or 1y6m, not \"%s\"", within);
		return false;
	}
	r->keep.has_within = within != NULL;
	if (keep_messages && r->drop_messages) {
		usage_error(verb, "--keep-messages and --drop-messages say the opposite");
		return false;
	}
	if (!keep_has_rules(&r->keep) && r->id_count == 0 && !r->drop_messages) {
		usage_error(verb, "say what to keep, such as --keep-daily 30 --keep-monthly 24");
		return false;
	}
	return true;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct command c = { .session = &s };
	struct keep_rules *keep = &c.request.keep;
	const char *within = NULL;
	bool keep_messages = false;
	int status;
	const struct option options[] = {
		{ .name = "keep-last", .value = "N", .help = "keep the newest N backups",
		    .number = &keep->last },
		{ .name = "keep-hourly", .value = "N",
		    .help = "keep the newest backup of each of the newest N hours that have one",
		    .number = &keep->hourly },
		{ .name = "keep-daily", .value = "N", .help = "the same for days",
		    .number = &keep->daily },
		{ .name = "keep-weekly", .value = "N", .help = "the same for weeks",
		    .number = &keep->weekly },
		{ .name = "keep-monthly", .value = "N", .help = "the same for months",
		    .number = &keep->monthly },
		{ .name = "keep-yearly", .value = "N", .help = "the same for years",
		    .number = &keep->yearly },
		{ .name = "keep-within", .value = "SPAN",
		    .help = "keep what is not older than the newest by more: 2y, 6m, 4w, 10d, 36h",
		    .text = &within },
		{ .name = "keep-alarmed",
		    .help = "keep backups that found mail missing, and the one before each",
		    .on = &keep->alarmed },
		{ .name = "keep-messages",
		    .help = "mail in no backup any more stays to be found: the default",
		    .on = &keep_messages },
		{ .name = "drop-messages",
		    .help = "mail in no backup any more goes with the backups",
		    .on = &c.request.drop_messages },
		{ .name = "dry-run", .help = "only say what would go, and why the rest is kept",
		    .on = &c.request.dry_run },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	c.request.ids = words.items;
	c.request.id_count = words.n;
	status = STATUS_USAGE;
	if (!is_sensible(verb, &c, within, keep_messages))
		goto out;
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = forget(&c);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_forget = {
	.name = "forget",
	.arguments = "[SNAPSHOT...]",
	.summary = "let old backups go by rules, and keep the mail that was in them",
	.about = "A backup is kept when any rule keeps it; the newest always is.  The rules are\n"
	    "applied to each host and user apart, with hours and days of UTC and weeks that begin\n"
	    "on Monday.  Mail that was deleted long ago stays to be found, shown and exported,\n"
	    "unless --drop-messages is given.  Space becomes free with \"mailcask prune\".\n",
	.examples = "mailcask forget --keep-daily 30 --keep-monthly 24 --keep-yearly 10 --dry-run\n"
	    "mailcask forget --keep-within 1y --keep-alarmed\n"
	    "mailcask forget 2026-05-03T020004Z\n",
	.run = run,
};
