/* SPDX-License-Identifier: MIT */
#include "core/job/verify.h"

#include <inttypes.h>

#include "cmd/damage.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"
#include "core/base/text.h"

static void
print_json(const struct verify_result *r)
{
	struct buf line = BUF_EMPTY;

	json_open(&line, NULL, '{');
	json_integer(&line, "objects", (int64_t)r->objects);
	json_integer(&line, "bytes", (int64_t)r->bytes);
	if (r->names_only)
		json_bool(&line, "contents", false);
	json_damage(&line, r);
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print_summary(const struct verify_result *r, struct check_share share)
{
	struct buf line = BUF_EMPTY;

	if (!r->names_only) {
		add_count(&line, r->objects, "object");
		buf_add_string(&line, " of ");
	}
	text_add_size(&line, r->bytes);
	buf_add_string(&line, " in ");
	add_count(&line, r->packs, "pack");
	buf_add_string(&line, ", ");
	add_count(&line, r->snapshots, "snapshot");
	buf_add_string(&line, ": ");
	if (r->damaged.n)
		buf_add_format(&line, "%zu damaged.", r->damaged.n);
	else if (share.of > 1)
		buf_add_format(&line, "all there; of share %u of %u every byte is good.",
		    share.number, share.of);
	else if (r->names_only)
		buf_add_string(&line, share.of ? "every file is the one it was." : "all there that is "
		    "named; --read-data reads every byte.");
	else
		buf_add_string(&line, share.of ? "every byte is good." :
		    "all there; --read-data reads every byte.");
	output_line(&line);
	buf_free(&line);
}

static int
check(struct session *s, struct check_share share)
{
	struct verify_result result = { .objects = 0 };
	struct error err = ERROR_NONE;
	int status;

	status = session_opened(s, verify_open(&s->settings, &session_ports, &s->job, &err), &err);
	if (status != STATUS_DONE)
		return status;
	if (job_verify(s->job, share, &result, &err) < 0) {
		session_say_notices(s);
		status = say_error(&err);
		goto out;
	}
	session_say_notices(s);
	if (result.catalog && !s->quiet)
		say("the catalog (it is made again from the archive): %s", result.catalog);
	if (result.damaged.n)
		status = STATUS_DAMAGED;
	if (result.names_only && !s->quiet)
		say("the archive is encrypted, and there is no identity: its files were compared with "
		    "their names, and not looked into");
	if (s->json) {
		print_json(&result);
		goto out;
	}
	print_damage(&result);
	if (!s->quiet || status != STATUS_DONE)
		print_summary(&result, share);

out:
	verify_result_free(&result);
	return status;
}

#define SHARES_MAX 1000000
#define DAY (24 * 60 * 60)

/*
 * "3/7", or "5%": of a per cent tonight's share, so that a hundred divided by
 * it are the nights after which every pack was read.
 */
static bool
parse_share(const char *text, int64_t now, struct check_share *out)
{
	struct slice s = slice_string(text), below;
	size_t slash = slice_find(s, 0, '/');
	uint64_t number, of;

	if (slash < s.n) {
		below = slice_from(s, slash + 1);
		if (!slice_number(slice_sub(s, 0, slash), SHARES_MAX, &number) ||
		    !slice_number(below, SHARES_MAX, &of) || number < 1 || number > of)
			return false;
	} else {
		if (!slice_ends(s, "%") || !slice_number(slice_sub(s, 0, s.n - 1), 100, &of) ||
		    of < 1)
			return false;
		of = (100 + of - 1) / of;
		number = (uint64_t)(now / DAY) % of + 1;
	}
	*out = (struct check_share){ (unsigned)number, (unsigned)of };
	return true;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct check_share share = CHECK_NOTHING;
	const char *share_text = NULL;
	bool read_data = false;
	int status;
	const struct option options[] = {
		{ .name = "read-data", .value = "[=N/M|=P%]",
		    .help = "read every byte; or of the Nth of M shares, or P per cent a night",
		    .on = &read_data, .text = &share_text },
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
	status = session_begin(&s);
	if (read_data)
		share = CHECK_ALL;
	if (status == 0 && share_text && !parse_share(share_text, s.settings.now, &share))
		status = usage_error(verb, "--read-data=%s is neither a share such as 3/7 nor a "
		    "part such as 5%%", share_text);
	if (status == 0)
		status = check(&s, share);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_check = {
	.name = "check",
	.arguments = "",
	.summary = "prove the archive, and say what damage costs in mail",
	.about = "Nothing is changed.  Exit status 6: the archive is damaged; what is hit is named.\n",
	.examples = "mailcask check\n"
	    "mailcask check --read-data\n"
	    "mailcask check --read-data=5%\n",
	.run = run,
};
