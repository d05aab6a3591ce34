/* SPDX-License-Identifier: MIT */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "backends/registry.h"
#include "cmd/keys.h"
#include "cmd/meter.h"
#include "cmd/options.h"
#include "core/job/job.h"

/*
 * What one run of the program was told: the options that verbs share, the
 * environment, the clock.  Start with SESSION_EMPTY, put the options below
 * into the verb's table, and after options_parse() call session_begin(); then
 * session_open() where the verb needs the archive.  session_close() at the end.
 */
struct session {
	const char *archive_option, *data_option;
	bool json, quiet;
	struct keys keys;       /* its file and command are options */
	struct environment environment;
	struct job_settings settings;
	struct job *job;
	struct meter meter;
	struct arena arena;     /* as long as the run */
};

#define SESSION_EMPTY { .archive_option = NULL }

#define OPTION_ARCHIVE(s) { .name = "archive", .value = "PATH-or-URL", \
	.help = "the archive; default: one in the data directory", \
	.text = &(s)->archive_option }
#define OPTION_DATA(s) { .name = "data", .value = "DIR", \
	.help = "the data directory; default: ~/.local/share/mailcask", \
	.text = &(s)->data_option }
#define OPTION_IDENTITY(s) { .name = "identity", .value = "FILE", \
	.help = "the key of an encrypted archive", \
	.text = &(s)->keys.file }, \
	{ .name = "identity-command", .value = "COMMAND", \
	.help = "a command for the shell that prints it", .text = &(s)->keys.command }
#define OPTION_JSON(s) { .name = "json", \
	.help = "print JSON, one object a line", .on = &(s)->json }

/* Settings out of options, environment and clock.  0, or the exit status
 * when that failed (it has been said). */
int session_begin(struct session *s);
/* Open archive and catalog; 0 or the exit status. */
int session_open(struct session *s, enum job_mode mode);
/* The same for what another function of core/job gave when it opened s->job. */
int session_opened(struct session *s, int rc, struct error *err);
/* Say what the job has to tell; each notice is said once. */
void session_say_notices(struct session *s);
void session_close(struct session *s);

extern const struct ports session_ports;

/*
 * The homes that options and environment name: those below homes and roots;
 * where neither is given, the person's own, unless paths say enough by
 * themselves.  A path that is a home, or a disk of homes, is moved from paths
 * to these.  Strings live in the session's arena; vec_free() the list.
 */
int session_homes(struct session *s, const struct words *homes, const struct words *roots,
    struct words *paths, struct homes *out);
/* path from the root, by text only. */
const char *session_absolute(struct session *s, const char *path);
void session_make_absolute(struct session *s, struct words *paths);

#endif
