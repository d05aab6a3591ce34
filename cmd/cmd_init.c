/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/path.h"

static int
make(struct session *s)
{
	struct error err = ERROR_NONE;
	struct buf line = BUF_EMPTY;

	if (job_init(&s->settings, &session_ports, &err) < 0)
		return say_error(&err);
	buf_add_string(&line, "Made an archive at ");
	add_shown(&line, s->settings.archive_url ? s->settings.archive_url :
	    path_join(&s->arena, s->settings.data_directory, "archive"));
	if (!s->quiet)
		output_line(&line);
	buf_free(&line);
	return STATUS_DONE;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct words words = VEC_EMPTY;
	struct error err = ERROR_NONE;
	const char *codec = "zstd";
	int status;
	const struct option options[] = {
		{ .name = "codec", .value = "zstd|gzip",
		    .help = "how to compress; gzip is for the oldest tools", .text = &codec },
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
	if (words.n == 1)
		s.archive_option = words.items[0];
	if (codec_parse(codec, &s.settings.codec, &err) < 0) {
		usage_error(verb, "%s", err.text);
		goto out;
	}
	status = session_begin(&s);
	if (status == 0)
		status = make(&s);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_init = {
	.name = "init",
	.arguments = "[PATH-or-URL]",
	.summary = "make an archive; the one in the data directory makes itself",
	.about = "A place for an archive has to be empty or not there yet.  No other command makes\n"
	    "one, so a disk that is not mounted never fills the directory it belongs on.\n",
	.examples = "mailcask init /media/disk/mail-archive\n"
	    "mailcask init --codec gzip /srv/mail-archive\n",
	.run = run,
};
