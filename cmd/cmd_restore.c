/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/restored.h"
#include "cmd/session.h"
#include "core/job/locate.h"
#include "core/mail/message.h"

static int
restore(struct session *s, const struct restore_request *request)
{
	struct restore_result result = { .snapshot = NULL };
	struct error err = ERROR_NONE;
	int status;

	/* Other formats want the sender and the subject. */
	if (request->format)
		mail_init();
	status = session_open(s, JOB_READ);
	if (status != 0)
		return status;
	s->job->settings.interrupted = interrupt_watch();
	if (job_restore(s->job, request, &result, &err) < 0) {
		session_say_notices(s);
		status = say_error(&err);
	} else {
		session_say_notices(s);
		status = print_restored(s, &result, request->to);
	}
	restore_result_free(&result);
	return status;
}

/* What makes no sense is said before anything is opened. */
static int
check_request(const struct verb *verb, const struct restore_request *r, bool in_place)
{
	if (!r->to && !in_place)
		return usage_error(verb, "say where to: --to DIR, or --in-place to put mail back "
		    "where its client will find it");
	if (r->to && in_place)
		return usage_error(verb, "--to and --in-place exclude each other");
	if (r->format && in_place)
		return usage_error(verb, "--in-place keeps the original layout; --format goes "
		    "with --to");
	if (r->format && !writer_named(&session_ports, r->format))
		return usage_error(verb, "there is no format \"%s\" to write: mbox, maildir, mh "
		    "or eml", r->format);
	return STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct restore_request request = { .words = NULL };
	struct words words = VEC_EMPTY;
	bool in_place = false;
	int status;
	const struct option options[] = {
		{ .name = "to", .value = "DIR",
		    .help = "write below this directory, which is made when it is missing",
		    .text = &request.to },
		{ .name = "in-place", .help = "put mail back where its client will find it",
		    .on = &in_place },
		{ .name = "at", .value = "WHEN",
		    .help = "as of a date, a time or a snapshot; default: the newest",
		    .text = &request.at },
		{ .name = "format", .value = "FORMAT",
		    .help = "mbox maildir mh eml emlx evolution kmail; default: as it lay",
		    .text = &request.format },
		{ .name = "overwrite", .help = "replace files that differ", .on = &request.overwrite },
		{ .name = "mail-only", .help = "leave address books, filters and settings out",
		    .on = &request.mail_only },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	status = check_request(verb, &request, in_place);
	if (status != STATUS_DONE)
		goto out;
	request.words = words.items;
	request.word_count = words.n;
	if (request.to)
		request.to = session_absolute(&s, request.to);
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = restore(&s, &request);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_restore = {
	.name = "restore",
	.arguments = "[STORE or MAILBOX...]",
	.summary = "give mail back: everything, stores or mailboxes, as of any backup",
	.about = "Nothing that exists is replaced unless --overwrite is given, and doing it again adds\n"
	    "nothing twice.  --to lays files out at their path below the home they were found in.\n"
	    "--in-place refuses while the client is running.  With --format the mailboxes appear when\n"
	    "all of them are written.  After an interruption run it again: it goes on, or with\n"
	    "--format clears away what it had begun and begins anew.\n",
	.examples = "mailcask restore --to ~/restored\n"
	    "mailcask restore Invoices --at 2026-05-03 --to ~/restored\n"
	    "mailcask restore thunderbird:anna@example.org --in-place\n"
	    "mailcask restore --format maildir --to ~/restored\n",
	.run = run,
};
