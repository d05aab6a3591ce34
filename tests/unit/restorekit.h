/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_RESTOREKIT_H
#define TESTS_UNIT_RESTOREKIT_H

#include "core/base/limits.h"
#include "core/job/restore.h"
#include "tests/unit/world.h"

/* A home with mail of several kinds, backed up, and what restore makes of it. */

UNUSED static const char *
home_path(const char *name)
{
	return path_join(&world_arena, world_path("home"), name);
}

UNUSED static void
write_mbox(const char *name, unsigned from, unsigned n, const char *eol, const char *tail)
{
	struct buf b = BUF_EMPTY;

	world_mbox(&b, from, n, eol);
	buf_add_string(&b, tail);
	world_write(home_path(name), buf_slice(&b), 0600);
	buf_free(&b);
}

/* Longer than what is held in memory. */
UNUSED static void
write_long_mbox(const char *name)
{
	struct buf b = BUF_EMPTY;
	unsigned i;

	world_mbox(&b, 9000, 2, "\n");
	buf_add_string(&b, "From - Mon Nov 23 12:00:00 2026\nX-Mozilla-Status: 0001\n"
	    "X-Mozilla-Status2: 00000000\nSubject: long\n\n");
	for (i = 0; b.n < MESSAGE_IN_MEMORY + 3 * MIB; i++)
		buf_add_format(&b, "%u %u %u %u\n", i, i * 2654435761u, i * 40503u, i ^ 0x5bd1e995u);
	buf_add_byte(&b, '\n');
	world_mbox(&b, 9100, 2, "\n");
	world_write(home_path(name), buf_slice(&b), 0644);
	buf_free(&b);
}

UNUSED static void
write_maildir(const char *name, unsigned n)
{
	struct buf b = BUF_EMPTY;
	char path[4096];
	unsigned i;

	for (i = 0; i < n; i++) {
		buf_clear(&b);
		world_message(&b, i, "\n");
		snprintf(path, sizeof(path), "%s/%s/%u.M%uP1.host%s", name, i % 10 ? "cur" : "new",
		    1600000000 + i, i, i % 10 ? i % 3 ? ":2,S" : ":2,FS" : "");
		world_write(home_path(path), buf_slice(&b), i % 7 ? 0600 : 0640);
	}
	buf_free(&b);
}

UNUSED static void
finish_maildir(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tmp", name);
	world_directory(home_path(path), 0700);
	snprintf(path, sizeof(path), "%s/cur", name);
	world_directory(home_path(path), 0750);
	snprintf(path, sizeof(path), "%s/new", name);
	world_directory(home_path(path), 0700);
	world_directory(home_path(name), 0711);
}

UNUSED static void
make_home(unsigned maildir_messages, bool with_long)
{
	const struct slice settings = SLICE_OF("user_pref(\"a\", 1);\n");

	write_mbox("Mail/Inbox", 0, 120, "\n", "");
	write_mbox("Mail/Sent", 60, 100, "\r\n", "");
	write_mbox("Mail/Lists/odd & name", 500, 9, "\n", "no newline at the end");
	world_write(home_path("Mail/Empty"), SLICE_EMPTY, 0600);
	if (with_long)
		write_long_mbox("Mail/Long");
	write_maildir("Maildir", maildir_messages);
	write_maildir("Maildir/.Archive.2019", 30);
	world_write(home_path(".client/prefs.js"), settings, 0640);
	world_write(home_path(".client/sub/abook.dat"), SLICE_OF("addresses"), 0444);
	world_directory(home_path(".client/sub"), 0500);
	world_directory(home_path(".client"), 0755);
	finish_maildir("Maildir/.Archive.2019");
	finish_maildir("Maildir");
	world_directory(home_path("Mail/Lists"), 0700);
	world_directory(home_path("Mail"), 0755);
}

UNUSED static void
backup_home(void)
{
	struct companion settings = { home_path(".client"), "settings" };
	const struct location where[] = {
		{ .client = "mutt", .account = "one", .format = "mbox", .layout = "plain",
		    .path = home_path("Mail"), .home = world_path("home"), .supported = true,
		    .companions = &settings, .companion_count = 1 },
		{ .client = "maildir", .account = "", .format = "maildir", .layout = "maildir++",
		    .path = home_path("Maildir"), .home = world_path("home"), .supported = true },
	};

	world_backup(where, 2);
}

UNUSED static int
restore(const struct restore_request *request, struct restore_result *out, struct error *err)
{
	struct job *j = world_open(JOB_READ);
	int rc = job_restore(j, request, out, err);

	job_close(j);
	return rc;
}

UNUSED static const char *
first_failure(const struct restore_result *r)
{
	static char text[4096];

	if (r->failed.n == 0)
		return "none failed";
	snprintf(text, sizeof(text), "%s: %s: %s", r->failed.items[0].path,
	    r->failed.items[0].message, r->failed.items[0].reason);
	return text;
}

/* Restore and expect success. */
UNUSED static void
restore_well(const struct restore_request *request, struct restore_result *out)
{
	struct error err = ERROR_NONE;

	T(restore(request, out, &err) == 0, "restore: %s", err.text);
	T(out->failed.n == 0, "%zu failed: %s", out->failed.n, first_failure(out));
}

#endif
