/* SPDX-License-Identifier: MIT */
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/pushing.h"
#include "cmd/session.h"
#include "core/base/json.h"

/* The copy that a word names, by its id, the beginning of it, or its URL. */
static int
choose(struct pushing *p, struct session *s, const char *word)
{
	const struct copy *c;
	size_t i;

	for (i = 0; i < p->all.items.n; i++) {
		c = &p->all.items.items[i];
		if (strcmp(c->archive, archive_id(s->job->archive)) == 0 &&
		    (strcmp(c->url, word) == 0 || strncmp(c->id, word, strlen(word)) == 0))
			p->only = arena_string(&s->arena, c->id);
	}
	if (p->only)
		return 0;
	say("%s: no target of this archive; \"mailcask target list\" names them", word);
	return STATUS_FAILED;
}

static int
push(struct pushing *p, struct session *s, const char *word)
{
	struct buf line = BUF_EMPTY;
	size_t i, away = 0;
	int status = word ? choose(p, s, word) : 0;

	s->job->settings.interrupted = interrupt_watch();
	p->is_patient = true;
	if (status == 0)
		status = pushing_run(p, s);
	if (status != 0)
		return status;
	if (p->result.items.n == 0) {
		say("this archive has no other target; \"mailcask target add\" makes one");
		return STATUS_FAILED;
	}
	status = pushing_tell(p, s, STATUS_DONE);
	for (i = 0; i < p->result.items.n; i++) {
		if (p->result.items.items[i].state != PUSH_AWAY)
			continue;
		away++;
		say("%s: %s", p->result.items.items[i].copy->url, p->result.items.items[i].reason);
	}
	if (away == p->result.items.n)
		status = STATUS_ABSENT;
	if (s->json) {
		json_open(&line, NULL, '{');
		pushing_json(p, &line);
		json_close(&line, '}');
		output_json(&line);
	}
	buf_free(&line);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct pushing p = PUSHING_EMPTY;
	struct words words = VEC_EMPTY;
	int status;
	const struct option options[] = {
		OPTION_TRANSFERS(&p),
		OPTION_BANDWIDTH(&p),
		OPTION_MAX_AGE(&p),
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n > 1) {
		status = usage_error(verb, "one target, or all of them");
		goto out;
	}
	status = pushing_settle(&p, verb);
	if (status == 0)
		status = session_begin(&s);
	if (status == 0)
		status = pushing_open(&p, &s, JOB_TEND, false);
	if (status == 0)
		status = push(&p, &s, words.n > 0 ? words.items[0] : NULL);

out:
	pushing_free(&p);
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_push = {
	.name = "push",
	.arguments = "[TARGET]",
	.summary = "give the other targets what they lack",
	.about = "Without a TARGET all of them.  backup does the same at its end; this is for a disk\n"
	    "that was in a drawer, or a run of its own over a slow line.\n",
	.examples = "mailcask push\n"
	    "mailcask push /media/disk/mail-copy\n"
	    "mailcask push --bandwidth 500k --quiet\n",
	.run = run,
};
