/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "cmd/age.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/pushing.h"
#include "cmd/session.h"
#include "core/base/json.h"

static bool
is_of_archive(const struct session *s, const struct copy *c)
{
	return strcmp(c->archive, archive_id(s->job->archive)) == 0;
}

static bool
has_newest(const struct copy *c, const struct catalog_snapshot *head)
{
	return c->snapshot != NULL && strcmp(c->snapshot, head->id) == 0;
}

static void
print_targets(struct session *s, const struct copies *all, const struct catalog_snapshot *head)
{
	const struct copy *c;
	struct buf line = BUF_EMPTY;
	size_t i;

	for (i = 0; i < all->items.n; i++) {
		c = &all->items.items[i];
		if (!is_of_archive(s, c))
			continue;
		buf_add_string(&line, "Target ");
		add_shown(&line, c->url);
		if (c->pushed == 0) {
			buf_add_string(&line, ": not filled yet.");
		} else {
			buf_add_string(&line, has_newest(c, head) ? ": has all, filled " :
			    ": lacks what is newer, filled ");
			age_add(&line, s->settings.now - c->pushed);
			buf_add_byte(&line, '.');
		}
		output_line(&line);
	}
	buf_free(&line);
}

static void
json_targets(struct session *s, struct buf *line, const struct copies *all,
    const struct catalog_snapshot *head)
{
	const struct copy *c;
	size_t i;

	json_open(line, "targets", '[');
	for (i = 0; i < all->items.n; i++) {
		c = &all->items.items[i];
		if (!is_of_archive(s, c))
			continue;
		json_open(line, NULL, '{');
		copy_json(line, c);
		if (c->pushed != 0)
			json_integer(line, "age", s->settings.now - c->pushed);
		else
			json_null(line, "age");
		json_bool(line, "current", has_newest(c, head));
		json_close(line, '}');
	}
	json_close(line, ']');
}

static void
print(struct session *s, const struct copies *all, const struct catalog_snapshot *head, int64_t age)
{
	struct buf line = BUF_EMPTY;

	if (s->json) {
		json_open(&line, NULL, '{');
		json_text(&line, "snapshot", head->id);
		json_time(&line, "time", head->time);
		json_integer(&line, "age", age);
		json_integer(&line, "failed", (int64_t)head->failed);
		json_text(&line, "alarm", head->alarm);
		if (all->items.n > 0)
			json_targets(s, &line, all, head);
		json_close(&line, '}');
		output_json(&line);
	} else {
		buf_add_string(&line, "The newest backup is ");
		add_shown(&line, head->id);
		buf_add_string(&line, ", ");
		age_add(&line, age);
		buf_add_format(&line, ": %" PRIu64 " messages in %" PRIu64 " mailboxes.",
		    head->seen, head->mailboxes);
		output_line(&line);
		if (head->alarm) {
			buf_add_string(&line, "Mail had disappeared: ");
			add_shown(&line, head->alarm);
			output_line(&line);
		}
		print_targets(s, all, head);
	}
	buf_free(&line);
}

static int
tell(struct session *s, const struct copies *all, const char *max_age_text, int64_t max_age)
{
	struct error err = ERROR_NONE;
	struct catalog_snapshot head;
	const struct copy *c;
	int64_t age;
	int status = STATUS_DONE;
	size_t i;

	if (job_snapshot(s->job, NULL, &s->arena, &head, &err) < 0)
		return say_error(&err);
	age = s->settings.now - head.time;
	if (!s->quiet)
		print(s, all, &head, age);
	if (max_age_text && age > max_age) {
		say("the newest backup, %s, is older than %s", head.id, max_age_text);
		return STATUS_FAILED;
	}
	/* How old it is nobody knows then, and it would seem young for long. */
	if (max_age_text && age < -max_age) {
		say("the newest backup, %s, lies in the future: a clock is wrong", head.id);
		return STATUS_FAILED;
	}
	for (i = 0; i < all->items.n && max_age_text; i++) {
		c = &all->items.items[i];
		if (!is_of_archive(s, c) || has_newest(c, &head) ||
		    s->settings.now - (c->pushed != 0 ? c->pushed : c->added) <= max_age)
			continue;
		say("the target %s has not been filled for longer than %s", c->url, max_age_text);
		status = STATUS_ABSENT;
	}
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct copies all = COPIES_EMPTY;
	struct error err = ERROR_NONE;
	const char *max_age_text = NULL;
	int64_t max_age = 0;
	int status;
	const struct option options[] = {
		{ .name = "max-age", .value = "AGE",
		    .help = "exit status 1 when the newest backup is older, 5 for a target: 36h",
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
	if (max_age_text && !age_parse(max_age_text, &max_age)) {
		status = usage_error(verb, "--max-age needs a number and a unit, such as 36h or 2d, "
		    "not \"%s\"", max_age_text);
		goto out;
	}
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = copies_read(s.settings.data_directory, &all, &err) < 0 ? say_error(&err) :
		    tell(&s, &all, max_age_text, max_age);

out:
	copies_free(&all);
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary = "show how old the newest backup is, and how fresh the targets are",
	.about = "",
	.examples = "mailcask status\n"
	    "mailcask status --quiet --max-age 36h\n",
	.run = run,
};
