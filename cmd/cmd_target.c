/* SPDX-License-Identifier: MIT */
#include "cmd/age.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/pushing.h"
#include "cmd/session.h"
#include "core/base/json.h"
#include "core/base/path.h"

/* A path is the same from wherever the next run starts. */
static const char *
settled_url(struct session *s, const char *word)
{
	return strchr(word, ':') ? word : session_absolute(s, word);
}

static int
add(struct session *s, struct copies *all, const char *word)
{
	struct error err = ERROR_NONE;
	struct buf line = BUF_EMPTY;
	struct copy *c;

	if (job_add_copy(s->job, settled_url(s, word), pushing_of(s), all, &c, &err) < 0)
		return say_error(&err);
	if (s->json) {
		json_open(&line, NULL, '{');
		copy_json(&line, c);
		json_close(&line, '}');
		output_json(&line);
	} else if (!s->quiet) {
		buf_add_string(&line, "Added ");
		add_shown(&line, c->url);
		buf_add_format(&line, " (%.8s).  \"mailcask push\" fills it now, every backup from "
		    "here on.", c->id);
		output_line(&line);
	}
	buf_free(&line);
	return STATUS_DONE;
}

static int
drop(struct session *s, struct copies *all, const char *word)
{
	struct error err = ERROR_NONE;

	/* As it was typed, an id, or a path from here. */
	if (job_remove_copy(s->job, word, all, &err) == 0)
		return STATUS_DONE;
	if (err.code == ERR_NOT_FOUND && settled_url(s, word) != word &&
	    job_remove_copy(s->job, settled_url(s, word), all, &err) == 0)
		return STATUS_DONE;
	return say_error(&err);
}

static int
list(struct session *s, const struct copies *all)
{
	const struct copy *c;
	struct buf line = BUF_EMPTY;
	size_t i;

	for (i = 0; i < all->items.n; i++) {
		c = &all->items.items[i];
		if (strcmp(c->archive, archive_id(s->job->archive)) != 0)
			continue;
		if (s->json) {
			json_open(&line, NULL, '{');
			copy_json(&line, c);
			json_close(&line, '}');
			output_json(&line);
			continue;
		}
		buf_add_format(&line, "%.8s  ", c->id);
		add_shown(&line, c->url);
		buf_add_string(&line, c->pushed == 0 ? "  not filled yet" : "  filled ");
		if (c->pushed != 0)
			age_add(&line, s->settings.now - c->pushed);
		output_line(&line);
	}
	buf_free(&line);
	return STATUS_DONE;
}

enum doing { ADD, LIST, REMOVE, NOTHING };

static enum doing
understand(const struct words *words)
{
	static const char *const names[] = { "add", "list", "remove" };
	int i;

	for (i = 0; i < NOTHING && words->n > 0; i++)
		if (strcmp(words->items[0], names[i]) == 0)
			return words->n == (i == LIST ? 1 : 2) ? (enum doing)i : NOTHING;
	return NOTHING;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct copies all = COPIES_EMPTY;
	struct words words = VEC_EMPTY;
	struct error err = ERROR_NONE;
	enum doing doing;
	int status;
	const struct option options[] = {
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	doing = understand(&words);
	if (doing == NOTHING) {
		status = usage_error(verb, "say \"add URL\", \"list\", or \"remove TARGET\"");
		goto out;
	}
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, doing == LIST ? JOB_READ : JOB_TEND);
	if (status == 0 && copies_read(s.settings.data_directory, &all, &err) < 0)
		status = say_error(&err);
	if (status == 0)
		status = doing == ADD ? add(&s, &all, words.items[1]) :
		    doing == REMOVE ? drop(&s, &all, words.items[1]) : list(&s, &all);

out:
	copies_free(&all);
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_target = {
	.name = "target",
	.arguments = "add PATH-or-URL | list | remove TARGET",
	.summary = "where else copies of the archive lie",
	.about = "Each target holds a complete copy, from which everything comes back.  Disks that take\n"
	    "turns at one place are added one by one; each is known by an id of its own.  remove\n"
	    "forgets a target and leaves its files alone.\n",
	.examples = "mailcask target add /media/disk/mail-copy\n"
	    "mailcask target add sftp://nas/srv/mail-copy\n"
	    "mailcask target list\n"
	    "mailcask target remove sftp://nas/srv/mail-copy\n",
	.run = run,
};
