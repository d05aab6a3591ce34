/* SPDX-License-Identifier: MIT */
#include "core/job/repair.h"

#include <inttypes.h>

#include "cmd/damage.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"

static void
print_json(const struct repair_result *r)
{
	struct buf line = BUF_EMPTY;
	size_t i;

	json_open(&line, NULL, '{');
	json_integer(&line, "fetched", (int64_t)r->done.fetched);
	json_integer(&line, "quarantined", (int64_t)r->done.quarantined);
	json_integer(&line, "salvaged", (int64_t)r->done.salvaged);
	json_open(&line, "done", '[');
	for (i = 0; i < r->done.deeds.n; i++) {
		json_open(&line, NULL, '{');
		json_text(&line, "file", r->done.deeds.items[i].file);
		json_text(&line, "what", r->done.deeds.items[i].what);
		json_close(&line, '}');
	}
	json_close(&line, ']');
	json_damage(&line, &r->left);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print(const struct repair_result *r)
{
	struct buf line = BUF_EMPTY;
	size_t i;

	for (i = 0; i < r->done.deeds.n; i++) {
		buf_add_string(&line, "mended: ");
		add_shown(&line, r->done.deeds.items[i].file);
		buf_add_string(&line, ": ");
		add_shown(&line, r->done.deeds.items[i].what);
		output_line(&line);
	}
	print_damage(&r->left);
	if (r->done.deeds.n == 0 && r->left.damaged.n == 0)
		buf_add_string(&line, "Every byte is good: there is nothing to mend.");
	else if (r->left.damaged.n == 0)
		buf_add_string(&line, "Nothing that a backup needs is lost.");
	else
		buf_add_format(&line, "%zu losses are left.", r->left.damaged.n);
	output_line(&line);
	buf_free(&line);
}

static int
repair(struct session *s, const struct repair_request *request)
{
	struct repair_result result;
	struct error err = ERROR_NONE;
	int status = session_opened(s, repair_open(&s->settings, &session_ports, request, &result,
	    &s->job, &err), &err);

	if (status == STATUS_DONE && job_repair(s->job, request, &result, &err) < 0)
		status = say_error(&err);
	session_say_notices(s);
	if (status == STATUS_DONE && result.left.damaged.n > 0) {
		status = STATUS_DAMAGED;
		say("what a mail store still has of it the next \"mailcask backup\" stores again; "
		    "another copy of the archive can be named with --from");
	}
	if (s->json)
		print_json(&result);
	else if (!s->quiet || status != STATUS_DONE)
		print(&result);
	repair_result_free(&result);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY, from = VEC_EMPTY;
	struct repair_request request;
	int status;
	const struct option options[] = {
		{ .name = "from", .value = "PATH-or-URL",
		    .help = "a copy to fetch from, besides those added with \"target add\"",
		    .list = &from },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n > 0) {
		status = usage_error(verb, "it takes no \"%s\"", words.items[0]);
		goto out;
	}
	request = (struct repair_request){ from.items, from.n };
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = repair(&s, &request);

out:
	session_close(&s);
	vec_free(&words);
	vec_free(&from);
	return status;
}

const struct verb verb_repair = {
	.name = "repair",
	.arguments = "",
	.summary = "mend a damaged archive, and name what cannot be mended",
	.about = "Every byte is read.  Damaged files are set aside below quarantine/, never thrown\n"
	    "away; what is good in them is kept, and what another copy has is fetched from there:\n"
	    "one that was added with \"mailcask target add\", or named.\n"
	    "Exit status 6: something that a backup needs is lost, and named.\n",
	.examples = "mailcask repair\n"
	    "mailcask repair --from /media/disk/mail-archive\n",
	.run = run,
};
