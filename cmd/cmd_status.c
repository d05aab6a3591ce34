/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"

/* "36h", "90m", "2d", "1w" in seconds; false when it is none. */
static bool
parse_age(const char *text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	struct slice s = slice_string(text);
	uint64_t n;
	size_t i;

	if (s.n < 2 || !slice_number(slice_sub(s, 0, s.n - 1), 1000000, &n))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (s.p[s.n - 1] == (unsigned char)units[i].unit) {
			*out = (int64_t)n * units[i].seconds;
			return true;
		}
	}
	return false;
}

static void
add_age(struct buf *out, int64_t seconds)
{
	if (seconds < 0)
		buf_add_string(out, "in the future, by this clock");
	else if (seconds < 2 * 3600)
		buf_add_format(out, "%" PRId64 " minutes ago", seconds / 60);
	else if (seconds < 2 * 86400)
		buf_add_format(out, "%" PRId64 " hours ago", seconds / 3600);
	else
		buf_add_format(out, "%" PRId64 " days ago", seconds / 86400);
}

static void
print(struct session *s, const struct catalog_snapshot *head, int64_t age)
{
	struct buf line = BUF_EMPTY;

	if (s->json) {
		json_open(&line, NULL, '{');
		json_text(&line, "snapshot", head->id);
		json_time(&line, "time", head->time);
		json_integer(&line, "age", age);
		json_integer(&line, "failed", (int64_t)head->failed);
		json_text(&line, "alarm", head->alarm);
		json_close(&line, '}');
		output_json(&line);
	} else {
		buf_add_string(&line, "The newest backup is ");
		add_shown(&line, head->id);
		buf_add_string(&line, ", ");
		add_age(&line, age);
		buf_add_format(&line, ": %" PRIu64 " messages in %" PRIu64 " mailboxes.",
		    head->seen, head->mailboxes);
		output_line(&line);
		if (head->alarm) {
			buf_add_string(&line, "Mail had disappeared: ");
			add_shown(&line, head->alarm);
			output_line(&line);
		}
	}
	buf_free(&line);
}

static int
tell(struct session *s, const char *max_age_text, int64_t max_age)
{
	struct error err = ERROR_NONE;
	struct catalog_snapshot head;
	int64_t age;

	if (job_snapshot(s->job, NULL, &s->arena, &head, &err) < 0)
		return say_error(&err);
	age = s->settings.now - head.time;
	if (!s->quiet)
		print(s, &head, age);
	if (max_age_text && age > max_age) {
		say("the newest backup, %s, is older than %s", head.id, max_age_text);
		return STATUS_FAILED;
	}
	/* How old it is nobody knows then, and it would seem young for long. */
	if (max_age_text && age < -max_age) {
		say("the newest backup, %s, lies in the future: a clock is wrong", head.id);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	const char *max_age_text = NULL;
	int64_t max_age = 0;
	int status;
	const struct option options[] = {
		{ .name = "max-age", .value = "AGE",
		    .help = "exit status 1 when the newest backup is older: 36h, 90m, 2d, 1w",
		    .text = &max_age_text },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing when all is well", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n > 0) {
		status = usage_error(verb, "it takes no \"%s\"", words.items[0]);
		goto out;
	}
	if (max_age_text && !parse_age(max_age_text, &max_age)) {
		status = usage_error(verb, "--max-age needs a number and a unit, such as 36h or 2d, "
		    "not \"%s\"", max_age_text);
		goto out;
	}
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = tell(&s, max_age_text, max_age);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary = "show how old the newest backup is",
	.about = "",
	.examples = "mailcask status\n"
	    "mailcask status --quiet --max-age 36h\n",
	.run = run,
};
