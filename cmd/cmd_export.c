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
export(struct session *s, const struct export_request *request)
{
	struct restore_result result = { .snapshot = NULL };
	struct error err = ERROR_NONE;
	int status;

	mail_init();
	status = session_open(s, JOB_READ);
	if (status != 0)
		return status;
	s->job->settings.interrupted = interrupt_watch();
	if (job_export(s->job, request, &result, &err) < 0) {
		session_say_notices(s);
		status = say_error(&err);
	} else {
		session_say_notices(s);
		status = print_restored(s, &result, request->to);
	}
	restore_result_free(&result);
	return status;
}

static int
check_request(const struct verb *verb, const struct export_request *r)
{
	if (!r->to)
		return usage_error(verb, "say where to: --to FILE or DIR");
	if (r->query && r->word_count > 0)
		return usage_error(verb, "a query and --mailbox exclude each other; a query can say "
		    "folder:NAME");
	if (!r->query && r->word_count == 0)
		return usage_error(verb, "say what: a query, or --mailbox");
	if (r->format && !writer_named(&session_ports, r->format))
		return usage_error(verb, "there is no format \"%s\" to write: mbox, maildir, mh "
		    "or eml", r->format);
	return STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct export_request request = { .wrap = registry_wrap };
	struct words words = VEC_EMPTY, mailboxes = VEC_EMPTY;
	struct buf query = BUF_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "to", .value = "FILE-or-DIR",
		    .help = "a new directory, or a file: .mbox .zip .tar.zst .tar.gz .tar",
		    .text = &request.to },
		{ .name = "format", .value = "FORMAT",
		    .help = "mbox maildir mh eml emlx evolution kmail; default: mbox or eml", .text = &request.format },
		{ .name = "mailbox", .value = "MAILBOX",
		    .help = "whole mailboxes in place of a query; several are possible",
		    .list = &mailboxes },
		{ .name = "at", .value = "WHEN",
		    .help = "as of a date, a time or a snapshot; default: the newest",
		    .text = &request.at },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	add_words(&query, &words);
	request.query = words.n ? buf_text(&query) : NULL;
	request.words = mailboxes.items;
	request.word_count = mailboxes.n;
	status = check_request(verb, &request);
	if (status != STATUS_DONE)
		goto out;
	request.to = session_absolute(&s, request.to);
	s.settings.want_text = request.query != NULL;
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = export(&s, &request);

out:
	session_close(&s);
	buf_free(&query);
	vec_free(&mailboxes);
	vec_free(&words);
	return status;
}

const struct verb verb_export = {
	.name = "export",
	.arguments = "QUERY...",
	.summary = "write the messages that a query finds as mbox, Maildir, MH, eml, zip or tar",
	.about = "The query is that of search.  Nothing that exists is replaced, and nothing stands at\n"
	    "its place before it is whole: run it again after an interruption.\n",
	.examples = "mailcask export from:anna date:2024 --to anna.mbox\n"
	    "mailcask export has:attachment invoice --to invoices.zip\n"
	    "mailcask export --mailbox Invoices --format maildir --to ~/Invoices\n",
	.dash_words = true,
	.run = run,
};
