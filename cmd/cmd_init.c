/* SPDX-License-Identifier: MIT */
#include "cmd/identityfile.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/path.h"
#include "core/base/secret.h"

struct wishes {
	bool encrypt;
	struct words recipients;
	struct age_identity id;         /* of an encrypted archive that names none */
	const char *file;               /* where it was written; NULL: nowhere */
};

static const char *
place_of(struct session *s)
{
	return s->settings.archive_url ? s->settings.archive_url :
	    path_join(&s->arena, s->settings.data_directory, "archive");
}

/* The identity lies in its file before there is an archive that needs it. */
static int
make_identity(struct session *s, struct wishes *w, struct error *err)
{
	const char *file;

	secret_guard();
	age_identity_make(&w->id);
	file = s->keys.file ? session_absolute(s, s->keys.file) : identityfile_place(s, &w->id);
	if (!file)
		return fail(err, ERR_USAGE, "there is no home directory to keep the key in; say where "
		    "with --identity FILE");
	if (identityfile_write(file, &w->id, SLICE_EMPTY, place_of(s), err) < 0)
		return -1;
	w->file = file;
	*vec_push(&s->settings.recipients) = w->id.recipient;
	return 0;
}

static int
take_recipients(struct session *s, const struct wishes *w, struct error *err)
{
	size_t i;

	if (w->recipients.n > AGE_RECIPIENTS_MAX)
		return fail(err, ERR_USAGE, "%u recipients are the most", AGE_RECIPIENTS_MAX);
	for (i = 0; i < w->recipients.n; i++)
		if (!age_recipient_parse(slice_string(w->recipients.items[i]),
		    vec_push(&s->settings.recipients)))
			return fail(err, ERR_USAGE, "\"%s\" is no recipient of age (age1...), or is "
			    "mistyped", w->recipients.items[i]);
	return 0;
}

static void
tell(struct session *s, const struct wishes *w)
{
	struct buf line = BUF_EMPTY;

	buf_add_string(&line, w->encrypt ? "Made an encrypted archive at " : "Made an archive at ");
	add_shown(&line, place_of(s));
	output_line(&line);
	if (w->file)
		identityfile_tell(w->file);
	buf_free(&line);
}

static int
make(struct session *s, struct wishes *w)
{
	struct error err = ERROR_NONE;
	int rc = take_recipients(s, w, &err);

	if (rc == 0)
		rc = job_init_check(&s->settings, &session_ports, &err);
	if (rc == 0 && w->encrypt && w->recipients.n == 0)
		rc = make_identity(s, w, &err);
	if (rc == 0)
		rc = job_init(&s->settings, &session_ports, &err);
	if (rc < 0 && w->file)
		say("no archive was made; the key in %s is of no use", w->file);
	if (rc == 0 && !s->quiet)
		tell(s, w);
	secret_wipe(&w->id, sizeof(w->id));
	vec_free(&s->settings.recipients);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct wishes wishes = { .recipients = VEC_EMPTY };
	struct words words = VEC_EMPTY;
	struct error err = ERROR_NONE;
	const char *codec = "zstd";
	int status;
	const struct option options[] = {
		{ .name = "codec", .value = "zstd|gzip",
		    .help = "how to compress; gzip is for the oldest tools", .text = &codec },
		{ .name = "encrypt", .help = "make a key, and an archive that takes it to be read",
		    .on = &wishes.encrypt },
		{ .name = "recipient", .value = "age1...",
		    .help = "encrypt to this key, which is there already; several are possible",
		    .list = &wishes.recipients },
		{ .name = "identity", .value = "FILE",
		    .help = "where the new key is written; default: in ~/.config/mailcask",
		    .text = &s.keys.file },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	status = STATUS_USAGE;
	if (words.n > 1) {
		usage_error(verb, "one archive at a time");
		goto out;
	}
	if (words.n == 1 && s.archive_option) {
		usage_error(verb, "the archive is named twice");
		goto out;
	}
	if (s.keys.file && (!wishes.encrypt || wishes.recipients.n > 0)) {
		usage_error(verb, "--identity says where a new key goes, and none is made%s",
		    wishes.encrypt ? "" : " without --encrypt");
		goto out;
	}
	if (words.n == 1)
		s.archive_option = words.items[0];
	if (codec_parse(codec, &s.settings.codec, &err) < 0) {
		usage_error(verb, "%s", err.text);
		goto out;
	}
	wishes.encrypt = wishes.encrypt || wishes.recipients.n > 0;
	status = session_begin(&s);
	if (status == 0)
		status = make(&s, &wishes);

out:
	session_close(&s);
	vec_free(&words);
	vec_free(&wishes.recipients);
	return status;
}

const struct verb verb_init = {
	.name = "init",
	.arguments = "[PATH-or-URL]",
	.summary = "make an archive; the one in the data directory makes itself",
	.about = "A place for an archive has to be empty or not there yet.  No other command makes\n"
	    "one, so a disk that is not mounted never fills the directory it belongs on.\n"
	    "With --encrypt nobody reads the archive without the key that is made, and a recovery\n"
	    "sheet to be printed is written beside it.\n",
	.examples = "mailcask init /media/disk/mail-archive\n"
	    "mailcask init --codec gzip /srv/mail-archive\n"
	    "mailcask init --encrypt /media/disk/mail-archive\n",
	.run = run,
};
