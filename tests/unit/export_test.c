/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include "core/job/locate.h"
#include "tests/unit/world.h"

#define MESSAGES 40

static void
make_mail(void)
{
	struct buf b = BUF_EMPTY;
	const struct location where[] = {
		{ .client = "mutt", .account = "a", .format = "mbox", .layout = "plain",
		    .path = world_path("mail/a"), .supported = true },
		{ .client = "mutt", .account = "b", .format = "mbox", .layout = "plain",
		    .path = world_path("mail/b"), .supported = true },
	};

	/* Half of the second is in the first too. */
	world_mbox(&b, 0, MESSAGES, "\n");
	world_write(where[0].path, buf_slice(&b), 0600);
	buf_clear(&b);
	world_mbox(&b, MESSAGES / 2, MESSAGES, "\n");
	world_write(where[1].path, buf_slice(&b), 0600);
	buf_free(&b);
	world_backup(where, 2);
}

static int
export(const struct export_request *request, struct restore_result *out, struct error *err)
{
	struct job *j = world_open(JOB_READ);
	int rc = job_export(j, request, out, err);

	job_close(j);
	return rc;
}

static size_t
export_well(const struct export_request *request)
{
	struct restore_result result;
	struct error err = ERROR_NONE;
	size_t messages;

	T(export(request, &result, &err) == 0, "%s: %s", request->to, err.text);
	T(result.failed.n == 0, "%s", result.failed.n ? result.failed.items[0].reason : "");
	messages = (size_t)result.messages;
	restore_result_free(&result);
	return messages;
}

static void
export_badly(const struct export_request *request, enum error_code code)
{
	struct restore_result result;
	struct error err = ERROR_NONE;

	T(export(request, &result, &err) < 0 && err.code == code, "%s: %d %s", request->to,
	    (int)err.code, err.text);
	restore_result_free(&result);
}

/* How many live messages there are among so many numbers. */
static size_t
live(unsigned from, unsigned n)
{
	size_t count = 0;
	unsigned i;

	for (i = from; i < from + n; i++)
		count += i % 16 != 9;
	return count;
}

/* Backing up what was exported stores no message anew: the round trip. */
static void
comes_round(const char *path, const char *format, size_t messages)
{
	/* Two writers have a layout of Maildirs each, which one reader knows. */
	bool is_maildir = strcmp(format, "evolution") == 0 || strcmp(format, "kmail") == 0;
	struct place place = { .where = { .client = "path", .account = path_base(path),
		.format = is_maildir ? "maildir" : format, .layout = "", .path = path, .supported = true } };
	const struct places places = { &place, 1, 1 };
	const struct backup_request request = { .places = &places };
	struct backup_result result = { .snapshot = NULL };
	struct error err = ERROR_NONE;
	struct job *j = world_open(JOB_WRITE);

	T(job_backup(j, &request, &result, &err) == 0, "%s: %s", path, err.text);
	T(result.failed.n == 0, "%s", result.failed.n ? result.failed.items[0].reason : "");
	T(result.seen == messages && result.saved == 0, "%s: %llu seen, %llu saved", format,
	    (unsigned long long)result.seen, (unsigned long long)result.saved);
	backup_result_free(&result);
	job_close(j);
}

static void
writes_every_format(void)
{
	const char *const formats[] = { "eml", "mbox", "maildir", "mh", "emlx", "evolution",
		"kmail" };
	const char *const words[] = { "mutt:a" };
	struct export_request request = { .words = words, .word_count = 1 };
	size_t i, n;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		request.to = world_path(formats[i]);
		request.format = formats[i];
		n = export_well(&request);
		T(n == live(0, MESSAGES), "%s: %zu messages", formats[i], n);
		comes_round(request.to, formats[i], n);
		export_badly(&request, ERR_EXISTS);
	}
}

/* What a query finds comes once, however many places it lies in. */
static void
writes_finds(void)
{
	const struct export_request all = { .query = "subject:message", .to = world_path("found") },
	    one = { .query = "from:s3 subject:message", .to = world_path("found.mbox") },
	    at = { .query = "x", .at = "2026-01-01", .to = world_path("at") };
	size_t n;

	/* Those that their client no longer shows are found too. */
	n = export_well(&all);
	T(n == MESSAGES + MESSAGES / 2, "each once: %zu", n);
	n = export_well(&one);
	T(n > 0 && n < MESSAGES, "%zu from one sender", n);
	T(world_tree(world_path("found.mbox")).files == 1, "one file");
	comes_round(one.to, "mbox", n);
	export_badly(&one, ERR_EXISTS);
	export_badly(&at, ERR_USAGE);
}

/* Several mailboxes into one file: each message once too. */
static void
writes_one_file(void)
{
	const char *const words[] = { "mutt" };
	const struct export_request request = { .words = words, .word_count = 1,
		.to = world_path("all.mbox") };
	size_t n = export_well(&request);

	T(n == live(0, MESSAGES + MESSAGES / 2), "each once: %zu", n);
	comes_round(request.to, "mbox", n);
}

static void
wraps(void)
{
	const char *const suffixes[] = { ".zip", ".tar.zst", ".tar.gz" };
	struct export_request request = { .query = "subject:message", .wrap = registry_wrap };
	struct buf name = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory d;
	size_t i, n;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		buf_clear(&name);
		buf_add_format(&name, "wrapped/x%s", suffixes[i]);
		request.to = world_path(buf_text(&name));
		file_make_directories(world_path("wrapped"), 0700, &err);
		n = export_well(&request);
		T(n == MESSAGES + MESSAGES / 2, "%s: %zu", suffixes[i], n);
		comes_round(request.to, "archive", n);
		export_badly(&request, ERR_EXISTS);
	}
	T(directory_read(world_path("wrapped"), false, &a, &d, &err) == 0, "%s", err.text);
	T(d.n == 3, "nothing but the files is left: %zu", d.n);
	arena_free(&a);
	buf_free(&name);
}

static void
refuses(void)
{
	const char *const words[] = { "nowhere" };
	const struct export_request format = { .query = "x", .format = "none", .to = world_path("none") },
	    mailbox = { .words = words, .word_count = 1, .to = world_path("no") };

	export_badly(&format, ERR_USAGE);
	export_badly(&mailbox, ERR_NOT_FOUND);
}

int
main(void)
{
	mail_init();
	make_mail();
	writes_finds();
	writes_one_file();
	wraps();
	writes_every_format();
	refuses();
	return t_done();
}
