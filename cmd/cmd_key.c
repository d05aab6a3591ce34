/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "cmd/identityfile.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "cmd/sheet.h"
#include "core/archive/headers.h"
#include "core/archive/identity.h"
#include "core/base/json.h"
#include "core/base/path.h"
#include "core/base/secret.h"
#include "core/job/trust.h"

#define LINE_LENGTH 128u

struct wishes {
	bool passphrase;
};

/* ---- Making one ---- */

static int
ask_new_passphrase(struct buf *out, struct error *err)
{
	struct buf again = BUF_EMPTY;
	int rc = keys_ask("new passphrase", out, err);

	if (rc == 0)
		rc = keys_ask("the same once more", &again, err);
	if (rc == 0 && !slice_equal(buf_slice(out), buf_slice(&again)))
		rc = fail(err, ERR_KEY, "these are two");
	secret_free(&again);
	return rc;
}

static int
write_identity(struct session *s, const struct wishes *w, const struct age_identity *id,
    const char *path, struct error *err)
{
	struct buf passphrase = BUF_EMPTY;
	int rc = w->passphrase ? ask_new_passphrase(&passphrase, err) : 0;

	if (rc == 0)
		rc = identityfile_write(session_absolute(s, path), id, buf_slice(&passphrase), "", err);
	secret_free(&passphrase);
	return rc;
}

static int
make(struct session *s, const struct wishes *w, const char *path)
{
	struct age_identity id;
	struct error err = ERROR_NONE;
	struct buf line = BUF_EMPTY;
	int rc;

	secret_guard();
	age_identity_make(&id);
	rc = write_identity(s, w, &id, path, &err);
	if (rc == 0) {
		age_recipient_add(&line, &id.recipient);
		output_line(&line);
	}
	if (rc == 0 && !s->quiet)
		identityfile_tell(path);
	secret_wipe(&id, sizeof(id));
	buf_free(&line);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

/* The lines of a recovery sheet, as they are typed. */
static bool
take_lines(struct buf *letters)
{
	char line[LINE_LENGTH];
	bool is_person = isatty(STDIN_FILENO), good = true;
	unsigned number = 1;

	while (number <= SHEET_LINES && good) {
		if (is_person)
			fprintf(stderr, "%u: ", number);
		if (!fgets(line, sizeof(line), stdin)) {
			say("line %u is missing", number);
			good = false;
		} else if (sheet_take_line(slice_string(line), number, letters)) {
			number++;
		} else {
			say("line %u is mistyped%s", number, is_person ? ": once more, please" : "");
			good = is_person;
		}
	}
	secret_wipe(line, sizeof(line));
	return good;
}

static int
enter(struct session *s, const struct wishes *w, const char *path)
{
	struct age_identity id;
	struct error err = ERROR_NONE;
	struct buf letters = BUF_EMPTY;
	int status = STATUS_KEY;

	secret_guard();
	buf_reserve(&letters, LINE_LENGTH);
	setvbuf(stdin, NULL, _IONBF, 0);
	if (isatty(STDIN_FILENO))
		say_plain(SLICE_OF("The lines of the recovery sheet, please:\n"));
	if (!take_lines(&letters))
		goto out;
	if (!sheet_identity(buf_slice(&letters), &id)) {
		say("together these lines are no identity");
		goto out;
	}
	status = write_identity(s, w, &id, path, &err) < 0 ? say_error(&err) : STATUS_DONE;
	secret_wipe(&id, sizeof(id));
	if (status == STATUS_DONE && !s->quiet)
		identityfile_tell(path);

out:
	secret_free(&letters);
	return status;
}

/* ---- The recipients of an archive ---- */

static int
open_encrypted(struct session *s, enum job_mode mode)
{
	int status = session_open(s, mode);

	if (status != STATUS_DONE || archive_is_encrypted(s->job->archive))
		return status;
	say("the archive is not encrypted, and stays so: \"mailcask init --encrypt\" makes one that "
	    "is");
	return STATUS_USAGE;
}

static bool
is_among(const struct age_recipient *r, const struct age_recipient *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (age_recipient_equal(r, &all[i]))
			return true;
	return false;
}

static void
show_one(struct session *s, const struct age_recipient *r, bool is_first, bool is_used)
{
	struct buf line = BUF_EMPTY, text = BUF_EMPTY;

	age_recipient_add(&text, r);
	if (s->json) {
		json_open(&line, NULL, '{');
		json_text(&line, "recipient", buf_text(&text));
		json_bool(&line, "first", is_first);
		json_bool(&line, "used", is_used);
		json_close(&line, '}');
		output_json(&line);
	} else {
		buf_add(&line, buf_slice(&text));
		buf_add_string(&line, !is_used ? "  not any more: reads what is older" : !is_first ?
		    "  added: reads what is newer, and what key add gave it" : "");
		output_line(&line);
	}
	buf_free(&text);
	buf_free(&line);
}

static int
show(struct session *s)
{
	const struct identity *identity;
	const struct recipients *used;
	int status = open_encrypted(s, JOB_READ);
	size_t i;

	if (status != STATUS_DONE)
		return status;
	identity = archive_identity(s->job->archive);
	used = archive_recipients(s->job->archive);
	for (i = 0; i < used->n; i++)
		show_one(s, &used->items[i], is_among(&used->items[i], identity->recipients,
		    identity->recipient_count), true);
	for (i = 0; i < identity->recipient_count; i++)
		if (!is_among(&identity->recipients[i], used->items, used->n))
			show_one(s, &identity->recipients[i], true, false);
	return STATUS_DONE;
}

/* The recipient that is named, and the archive open to be written to. */
static int
begin_change(struct session *s, const char *word, struct age_recipient *out)
{
	if (!age_recipient_parse(slice_string(word), out)) {
		say("\"%s\" is no recipient of age (age1...), or is mistyped", word);
		return STATUS_USAGE;
	}
	return open_encrypted(s, JOB_TEND);
}

static int
set_recipients(struct session *s, const struct recipients *to)
{
	struct error err = ERROR_NONE;

	return trust_set(s->job, to, &err) < 0 ? say_error(&err) : STATUS_DONE;
}

/* Without the identity only what is written from now on is for the new key. */
static int
open_the_old(struct session *s, const struct age_recipient *added, bool *done)
{
	const struct recipients to = { (struct age_recipient *)(uintptr_t)added, 1, 1 };
	const char *spool = s->job->target->spool ? NULL :
	    path_join(&s->arena, s->settings.data_directory, "spool");
	struct error err = ERROR_NONE;
	size_t count, missed;

	*done = archive_unlock(s->job->archive, &err) == 0;
	if (!*done && (err.code != ERR_KEY || s->settings.keys_are_given))
		return say_error(&err);
	if (!*done)
		return STATUS_DONE;
	if (archive_rewrap(s->job->archive, &to, spool, s->settings.progress, &count, &missed,
	    &err) < 0)
		return say_error(&err);
	meter_close(&s->meter);
	if (missed > 0)
		say("%zu files do not open with this identity, and not with the new one", missed);
	return missed > 0 ? STATUS_PARTIAL : STATUS_DONE;
}

static int
add(struct session *s, const char *word)
{
	struct recipients to = VEC_EMPTY;
	const struct recipients *used;
	struct age_recipient added;
	bool done = false;
	size_t i;
	int status = begin_change(s, word, &added), set;

	if (status != STATUS_DONE)
		return status;
	used = archive_recipients(s->job->archive);
	if (used->n == AGE_RECIPIENTS_MAX) {
		say("%u recipients are the most", AGE_RECIPIENTS_MAX);
		return STATUS_USAGE;
	}
	status = open_the_old(s, &added, &done);
	if (status != STATUS_DONE && status != STATUS_PARTIAL)
		return status;
	for (i = 0; i < used->n; i++)
		*vec_push(&to) = used->items[i];
	if (!is_among(&added, used->items, used->n))
		*vec_push(&to) = added;
	set = set_recipients(s, &to);
	vec_free(&to);
	if (set != STATUS_DONE)
		return set;
	if (!s->quiet)
		output_text(done ? SLICE_OF("Added: it reads what is in the archive, and what this "
		    "computer adds.\n") : SLICE_OF("Added: it reads what this computer adds from now "
		    "on. For what is there already,\nthe same again with --identity FILE.\n"));
	return status;
}

static int
drop(struct session *s, const char *word)
{
	struct recipients to = VEC_EMPTY;
	const struct recipients *used;
	struct age_recipient dropped;
	size_t i;
	int status = begin_change(s, word, &dropped);

	if (status != STATUS_DONE)
		return status;
	used = archive_recipients(s->job->archive);
	for (i = 0; i < used->n; i++)
		if (!age_recipient_equal(&used->items[i], &dropped))
			*vec_push(&to) = used->items[i];
	if (to.n == used->n || to.n == 0) {
		say(to.n == 0 ? "it is the only one, and nobody could read what is added" :
		    "this computer does not encrypt to it");
		status = STATUS_USAGE;
	} else {
		status = set_recipients(s, &to);
	}
	vec_free(&to);
	if (status == STATUS_DONE && !s->quiet)
		output_text(SLICE_OF("Removed: it does not read what this computer adds from now on. What is "
		    "in the archive\nalready it reads as before: that cannot be taken back.\n"));
	return status;
}

static int
trust(struct session *s)
{
	const struct identity *identity;
	struct error err = ERROR_NONE;
	int status = session_opened(s, job_open_archive(&s->settings, &session_ports, &s->job, &err),
	    &err);
	size_t i;

	if (status != STATUS_DONE)
		return status;
	identity = archive_identity(s->job->archive);
	if (!identity->is_whole) {
		say("archive.json is damaged");
		return STATUS_DAMAGED;
	}
	if (trust_accept(s->job, &err) < 0)
		return say_error(&err);
	if (s->quiet)
		return STATUS_DONE;
	output_text(identity->is_encrypted ? SLICE_OF("From now on this computer encrypts to\n") :
	    SLICE_OF("From now on this computer takes this archive for the right one. It is not "
	    "encrypted.\n"));
	for (i = 0; i < identity->recipient_count; i++)
		show_one(s, &identity->recipients[i], true, true);
	return STATUS_DONE;
}

/* ---- The command line ---- */

static int
dispatch(const struct verb *verb, struct session *s, const struct wishes *w,
    const struct words *words)
{
	const char *what = words->n > 0 ? words->items[0] : "", *on = words->n == 2 ?
	    words->items[1] : NULL;

	if (words->n == 1 && strcmp(what, "show") == 0)
		return show(s);
	if (words->n == 1 && strcmp(what, "trust") == 0)
		return trust(s);
	if (on && strcmp(what, "make") == 0)
		return make(s, w, on);
	if (on && strcmp(what, "enter") == 0)
		return enter(s, w, on);
	if (on && strcmp(what, "add") == 0)
		return add(s, on);
	if (on && strcmp(what, "remove") == 0)
		return drop(s, on);
	return usage_error(verb, "it takes one of: show, make FILE, enter FILE, add RECIPIENT, "
	    "remove RECIPIENT, trust");
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct wishes wishes = { false };
	int status;
	const struct option options[] = {
		{ .name = "passphrase", .help = "make, enter: ask for one that the file then wants",
		    .on = &wishes.passphrase },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	status = session_begin(&s);
	if (status == 0)
		status = dispatch(verb, &s, &wishes, &words);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_key = {
	.name = "key",
	.arguments = "ACTION [FILE or RECIPIENT]",
	.summary = "keys of an encrypted archive",
	.about = "show     whom this computer encrypts to\n"
	    "make     a new key, into FILE, and a recovery sheet into FILE.sheet\n"
	    "enter    type the lines of a recovery sheet, and have the key in FILE\n"
	    "add      encrypt to RECIPIENT (age1...) as well; with --identity what is in the archive\n"
	    "         already is opened to it too\n"
	    "remove   do so no more; what is in the archive already stays open to it\n"
	    "trust    take the archive for the right one, after it was refused as another\n",
	.examples = "mailcask key show\n"
	    "mailcask key make ~/second.txt\n"
	    "mailcask key add age1u8tg... --identity ~/first.txt\n",
	.run = run,
};
