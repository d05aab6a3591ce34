/* SPDX-License-Identifier: MIT */
#include "core/job/backup.h"

#include <inttypes.h>
#include <time.h>

#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/pushing.h"
#include "cmd/session.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/mail/message.h"

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
json_failed(struct buf *line, const struct backup_result *r)
{
	size_t i;

	json_open(line, "failed", '[');
	for (i = 0; i < r->failed.n; i++) {
		json_open(line, NULL, '{');
		json_bytes(line, "path", slice_string(r->failed.items[i].path));
		json_text(line, "reason", r->failed.items[i].reason);
		json_close(line, '}');
	}
	json_close(line, ']');
}

static void
print_json(const struct backup_result *r, const struct pushing *p, double seconds)
{
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_text(&line, "snapshot", r->snapshot);
	json_integer(&line, "stores", (int64_t)r->stores);
	json_integer(&line, "mailboxes", (int64_t)r->mailboxes);
	json_integer(&line, "seen", (int64_t)r->seen);
	json_integer(&line, "saved", (int64_t)r->saved);
	json_integer(&line, "had", (int64_t)r->had);
	json_failed(&line, r);
	json_integer(&line, "bytes_read", (int64_t)r->bytes_read);
	json_integer(&line, "bytes_added", (int64_t)r->bytes_added);
	if (p->result.items.n > 0)
		pushing_json(p, &line);
	buf_add_format(&line, ",\"seconds\":%.3f", seconds);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print_summary(const struct backup_result *r, double seconds)
{
	struct buf line = BUF_EMPTY;

	buf_add_format(&line, "Seen %" PRIu64 " = saved %" PRIu64 " + had %" PRIu64
	    " + failed %" PRIu64 ", in ", r->seen, r->saved, r->had, r->failed_messages);
	buf_add_format(&line, "%" PRIu64 " %s of ", r->mailboxes,
	    r->mailboxes == 1 ? "mailbox" : "mailboxes");
	add_count(&line, r->stores, "store");
	buf_add_byte(&line, '.');
	output_line(&line);
	buf_add_string(&line, "Read ");
	text_add_size(&line, r->bytes_read);
	buf_add_string(&line, ", added ");
	text_add_size(&line, r->bytes_added);
	buf_add_format(&line, " in %.1f s.", seconds);
	output_line(&line);
	if (r->snapshot) {
		buf_add_string(&line, "Snapshot ");
		add_shown(&line, r->snapshot);
		output_line(&line);
	}
	buf_free(&line);
}

/* Whoever is told by mail wants to hear of what needs doing, and of nothing
 * else: --quiet leaves warnings out unless something else went wrong. */
static int
tell(struct session *s, const struct backup_result *r, const struct pushing *p, double seconds)
{
	int status = STATUS_DONE;
	size_t i;

	if (r->failed.n > 0 || r->failed_messages > 0)
		status = STATUS_PARTIAL;
	if (r->alarms.n > 0)
		status = STATUS_VANISHED;
	if (s->job->archive_lost) {
		status = STATUS_DAMAGED;
		say("%s; what it lacked of today's mail is saved again", s->job->archive_lost);
	}
	for (i = 0; i < r->failed.n; i++)
		say("not saved: %s: %s", r->failed.items[i].path, r->failed.items[i].reason);
	for (i = 0; i < r->alarms.n; i++)
		say("mail has disappeared: %s", r->alarms.items[i]);
	if (r->alarms.n > 0)
		say("earlier backups have it still: \"mailcask search is:deleted\" finds it, "
		    "\"mailcask restore --at SNAPSHOT\" gives it back");
	for (i = 0; i < r->warnings.n && (!s->quiet || status != STATUS_DONE); i++)
		say("warning: %s", r->warnings.items[i]);
	if (s->json)
		print_json(r, p, seconds);
	else if (!s->quiet)
		print_summary(r, seconds);
	return pushing_tell(p, s, status);
}

static int
no_mail(void)
{
	say("no mail was found; name a mailbox or a directory, or another --home");
	return STATUS_FAILED;
}

/* Without mail nothing is made, in whatever directory that would be. */
static bool
may_have_archive(struct session *s)
{
	return s->settings.archive_url ||
	    file_exists(path_join(&s->arena, s->settings.data_directory, "archive"));
}

/* Where there was mail before, finding none is an event to be kept. */
static bool
is_first(struct session *s, struct error *err)
{
	struct catalog_snapshot head;

	return catalog_head(s->job->catalog, &s->arena, &head, err) == 0;
}

/* Can nothing of what was named be read?  Then there is nothing to remember. */
static bool
all_failed(const struct places *places)
{
	size_t i;

	for (i = 0; i < places->n; i++) {
		if (places->items[i].error.code == ERR_NONE)
			return false;
	}
	for (i = 0; i < places->n; i++)
		say("%s", places->items[i].error.text);
	return places->n > 0;
}

static int
back_up(struct session *s, const struct homes *homes, const struct words *paths,
    uint64_t alarm_percent, struct pushing *p)
{
	struct backup_request request = {
		.homes = homes->items,
		.home_count = homes->n,
		.alarm_percent = (unsigned)alarm_percent,
	};
	struct backup_result result = { .snapshot = NULL };
	struct places places = VEC_EMPTY;
	struct error err = ERROR_NONE;
	double begun = seconds_now();
	int status, pushed;

	mail_init();
	if (job_locate(&session_ports, homes->items, homes->n, paths->items, paths->n, &s->arena,
	    &places, &err) < 0) {
		status = say_error(&err);
		goto out;
	}
	if (places.n == 0 && !may_have_archive(s)) {
		status = no_mail();
		goto out;
	}
	if (all_failed(&places)) {
		status = STATUS_FAILED;
		goto out;
	}
	status = pushing_open(p, s, JOB_WRITE, true);
	if (status != 0)
		goto out;
	if (places.n == 0 && is_first(s, &err)) {
		status = no_mail();
		goto out;
	}
	request.places = &places;
	s->job->settings.interrupted = interrupt_watch();
	if (job_backup(s->job, &request, &result, &err) < 0) {
		session_say_notices(s);
		status = say_error(&err);
		goto out;
	}
	session_say_notices(s);
	p->stand_in_snapshot = result.snapshot;
	pushed = pushing_run(p, s);
	status = tell(s, &result, p, seconds_now() - begun);
	if (pushed != 0 && (status == STATUS_DONE || pushed == STATUS_INTERRUPTED))
		status = pushed;

out:
	backup_result_free(&result);
	vec_free(&places);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words paths = VEC_EMPTY, home_words = VEC_EMPTY, roots = VEC_EMPTY;
	struct homes homes = VEC_EMPTY;
	struct pushing pushing = PUSHING_EMPTY;
	const char *codec = "zstd";
	struct error err = ERROR_NONE;
	uint64_t alarm_percent = 50;
	int status;
	const struct option options[] = {
		{ .name = "home", .value = "DIR",
		    .help = "back up this home instead of your own; several are possible",
		    .list = &home_words },
		{ .name = "root", .value = "DIR",
		    .help = "back up all homes of the system whose disk is mounted here",
		    .list = &roots },
		{ .name = "alarm-percent", .value = "N",
		    .help = "alarm when less than so much of a mailbox is left; default: 50",
		    .number = &alarm_percent },
		{ .name = "codec", .value = "zstd|gzip",
		    .help = "how to compress, where this run makes the archive", .text = &codec },
		OPTION_TRANSFERS(&pushing),
		OPTION_BANDWIDTH(&pushing),
		OPTION_MAX_AGE(&pushing),
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &paths, &status))
		goto out;
	if (alarm_percent > 100) {
		status = usage_error(verb, "--alarm-percent needs a number from 0 to 100");
		goto out;
	}
	if (codec_parse(codec, &s.settings.codec, &err) < 0) {
		status = usage_error(verb, "%s", err.text);
		goto out;
	}
	session_make_absolute(&s, &paths);
	status = pushing_settle(&pushing, verb);
	if (status == 0)
		status = session_begin(&s);
	if (status == 0)
		status = session_homes(&s, &home_words, &roots, &paths, &homes);
	if (status == 0)
		status = back_up(&s, &homes, &paths, alarm_percent, &pushing);

out:
	pushing_free(&pushing);
	session_close(&s);
	vec_free(&homes);
	vec_free(&home_words);
	vec_free(&roots);
	vec_free(&paths);
	return status;
}

const struct verb verb_backup = {
	.name = "backup",
	.arguments = "[PATH...]",
	.summary = "save what is new and remember what every mailbox looks like now",
	.about = "Without a PATH the mail of every client in your home is backed up.  A PATH is a\n"
	    "mailbox or a directory of any known format, recognised by looking at it; then only\n"
	    "those are.\n"
	    "Exit status 3: some items failed and are named.  4: mail has disappeared at the source.\n",
	.examples = "mailcask backup\n"
	    "mailcask backup --quiet\n"
	    "mailcask backup --archive /media/disk/mail-archive\n"
	    "mailcask backup ~/Downloads/old-mail.mbox.gz\n",
	.run = run,
};
