/* SPDX-License-Identifier: MIT */
#include "core/job/prune.h"

#include <inttypes.h>

#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define THRESHOLD 50

static void
print_json(const struct prune_request *request, const struct prune_result *r)
{
	const struct prune_numbers *n = &r->numbers;
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_integer(&line, "packs", (int64_t)n->packs);
	json_integer(&line, "bytes", (int64_t)n->bytes);
	json_integer(&line, "unneeded_packs", (int64_t)n->dead_packs);
	json_integer(&line, "unneeded_bytes", (int64_t)n->dead_bytes);
	json_integer(&line, "repacked_packs", (int64_t)n->thin_packs);
	json_integer(&line, "repacked_bytes", (int64_t)n->thin_bytes);
	json_integer(&line, "new_packs", (int64_t)n->new_packs);
	json_integer(&line, "new_bytes", (int64_t)n->new_bytes);
	json_integer(&line, "freed", (int64_t)r->freed);
	json_integer(&line, "damaged_packs", (int64_t)n->damaged_packs);
	json_integer(&line, "lost", (int64_t)n->lost_objects);
	json_bool(&line, "dry_run", request->dry_run);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print(const struct prune_request *request, const struct prune_result *r)
{
	const struct prune_numbers *n = &r->numbers;
	const char *would = request->dry_run ? " would be" : "";
	struct buf line = BUF_EMPTY;

	add_count(&line, n->dead_packs, "pack");
	buf_add_string(&line, " of ");
	text_add_size(&line, n->dead_bytes);
	buf_add_format(&line, "%s removed, ", would);
	add_count(&line, n->thin_packs, "pack");
	buf_add_string(&line, " of ");
	text_add_size(&line, n->thin_bytes);
	buf_add_format(&line, "%s made anew", would);
	if (n->small_packs > 0)
		buf_add_format(&line, ", %" PRIu64 " of them small ones", n->small_packs);
	buf_add_byte(&line, '.');
	output_line(&line);
	if (!request->dry_run) {
		text_add_size(&line, r->freed);
		buf_add_string(&line, " freed; ");
		text_add_size(&line, n->bytes - r->freed);
		buf_add_string(&line, " are left.");
		output_line(&line);
	}
	buf_free(&line);
}

static int
prune(struct session *s, const struct prune_request *request)
{
	struct prune_result result;
	struct error err = ERROR_NONE;
	struct buf size = BUF_EMPTY;
	int status = session_open(s, JOB_TEND);

	if (status != STATUS_DONE)
		return status;
	s->job->settings.interrupted = interrupt_watch();
	if (job_prune(s->job, request, &result, &err) < 0) {
		session_say_notices(s);
		if (result.freed > 0) {
			text_add_size(&size, result.freed);
			say("%s were freed before this:", buf_text(&size));
			buf_free(&size);
		}
		return say_error(&err);
	}
	session_say_notices(s);
	if (result.numbers.damaged_packs > 0) {
		say("%" PRIu64 " damaged packs were left alone; run \"mailcask repair\"",
		    result.numbers.damaged_packs);
		status = STATUS_DAMAGED;
	}
	if (s->json)
		print_json(request, &result);
	else if (!s->quiet)
		print(request, &result);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct prune_request request = { .threshold = THRESHOLD };
	uint64_t threshold = THRESHOLD;
	int status;
	const struct option options[] = {
		{ .name = "threshold", .value = "PERCENT",
		    .help = "make a pack anew when less of it is needed; default: 50",
		    .number = &threshold },
		{ .name = "dry-run", .help = "only say what would be done", .on = &request.dry_run },
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
	if (threshold > 100) {
		status = usage_error(verb, "--threshold needs a number from 0 to 100");
		goto out;
	}
	request.threshold = (unsigned)threshold;
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = prune(&s, &request);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_prune = {
	.name = "prune",
	.arguments = "",
	.summary = "free the space of what no backup needs any more",
	.about = "Packs that hold nothing needed are removed first, so that a full disk is no\n"
	    "hindrance; packs that hold little, and small ones, are put together in new ones.\n"
	    "A run may be stopped at any moment, and others may read meanwhile.\n",
	.examples = "mailcask prune\n"
	    "mailcask prune --threshold 80 --dry-run\n",
	.run = run,
};
