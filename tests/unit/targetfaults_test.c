/* SPDX-License-Identifier: MIT */
#include "core/port/target.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backends/registry.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "tests/t.h"

/*
 * What S3 and WebDAV targets make of servers and lines that fail: each fault
 * of tests/targets/faulty.py, once so that another attempt goes well, and for
 * ever.  No call may give other bytes than were put, or wait without end.
 */
extern char **environ;

static const char *port;

static const char *
variable(const char *name)
{
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0 || strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
		return "key";
	return NULL;
}

static int64_t
seconds(void)
{
	return (int64_t)time(NULL);
}

static void
plan(const char *text)
{
	struct error err = ERROR_NONE;

	T(file_replace(t_path("plan"), 0600, slice_string(text), &err) == 0, "%s", err.text);
}

#define BYTES "the bytes that were put, as they have to come back"
#define FOR_EVER "1000"

static const char *
spooled(void)
{
	struct error err = ERROR_NONE;

	T(file_replace(t_path("spooled"), 0600, SLICE_OF(BYTES), &err) == 0, "%s", err.text);
	return t_path("spooled");
}

/* -1, or how many bytes came; only those that were put may. */
static int
get(struct target *t, uint64_t at, uint64_t n, struct error *err)
{
	struct buf out = BUF_EMPTY;
	int rc = t->ops->get(t, "packs/aa/a", at, n, &out, err);

	if (rc == 0) {
		T(slice_equal(buf_slice(&out), slice_sub(slice_from(SLICE_OF(BYTES), (size_t)at), 0,
		    (size_t)n)), "other bytes: %.*s", (int)out.n, buf_text(&out));
		rc = (int)out.n;
	} else {
		T(out.n == 0, "%zu bytes with an error", out.n);
	}
	buf_free(&out);
	return rc;
}

/* Faults that a read has to get over, or has to name. */
static void
reading(struct target *t)
{
	static const struct {
		const char *fault;
		bool passes;            /* as often as there are attempts is too often */
		enum error_code code;
	} cases[] = {
		{ "500 2", true, ERR_NONE },
		{ "503 2", true, ERR_NONE },
		{ "500 " FOR_EVER, false, ERR_UNREACHABLE },
		{ "cut 2 7", true, ERR_NONE },
		{ "cut 2 0", true, ERR_NONE },
		{ "cut " FOR_EVER " 7", false, ERR_UNREACHABLE },
		{ "hang-up 2", true, ERR_NONE },
		{ "hang-up " FOR_EVER, false, ERR_UNREACHABLE },
		{ "garbage 2", true, ERR_NONE },
		{ "slow 1 0.3", true, ERR_NONE },
		{ "whole 1", true, ERR_NONE },
		{ "shifted 1", false, ERR_CORRUPT },
		{ "longer 1", false, ERR_CORRUPT },
		{ "403 1", false, ERR_UNREACHABLE },
		{ "401 1", false, ERR_UNREACHABLE },
		{ "400 1", false, ERR_SYSTEM },
		{ "redirect 1 1", false, ERR_SYSTEM },
	};
	struct error err;
	size_t i;
	int got;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(cases[i].fault);
		error_clear(&err);
		got = get(t, 4, 10, &err);
		if (cases[i].passes)
			T(got == 10, "%s: %s: %d %s", t->ops->scheme, cases[i].fault, err.code, err.text);
		else
			T(got < 0 && err.code == cases[i].code && strstr(err.text, "packs/aa/a") != NULL,
			    "%s: %s: %d %d %s", t->ops->scheme, cases[i].fault, got, err.code, err.text);
		plan("none 0");
		T(get(t, 0, 1000, &err) == (int)strlen(BYTES), "%s: after %s: %s", t->ops->scheme,
		    cases[i].fault, err.text);
	}
}

/* A bit flipped on the way is seen by whoever knows the digest; here it is
 * seen that the call does not. */
static void
flipped(struct target *t)
{
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;

	plan("wrong 1");
	T(t->ops->get(t, "packs/aa/a", 0, 1000, &out, &err) == 0 && out.n == strlen(BYTES) &&
	    !slice_equal(buf_slice(&out), SLICE_OF(BYTES)), "%zu %s", out.n, err.text);
	buf_free(&out);
}

static void
writing(struct target *t)
{
	static const struct {
		const char *fault;
		bool passes;
		enum error_code code;
	} cases[] = {
		{ "500 2", true, ERR_NONE },
		{ "hang-up 2", true, ERR_NONE },
		{ "half 2", true, ERR_NONE },
		{ "lost 1", true, ERR_NONE },
		{ "half " FOR_EVER, false, ERR_UNREACHABLE },
		{ "500 " FOR_EVER, false, ERR_UNREACHABLE },
		{ "403 " FOR_EVER, false, ERR_UNREACHABLE },
		{ "redirect " FOR_EVER " 1", false, ERR_SYSTEM },
		{ "507 " FOR_EVER, false, ERR_NONE },
		{ "no-condition 1", true, ERR_NONE },
	};
	struct arena a = ARENA_EMPTY;
	struct error err;
	struct buf out = BUF_EMPTY;
	const char *name, *path = arena_string(&a, spooled());
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		name = arena_format(&a, "packs/bb/%zu", i);
		plan(cases[i].fault);
		error_clear(&err);
		rc = t->ops->put(t, name, path, false, &err);
		T((rc == 0) == cases[i].passes && (rc == 0 || cases[i].code == ERR_NONE ||
		    err.code == cases[i].code), "%s: put, %s: %d %d %s", t->ops->scheme,
		    cases[i].fault, rc, err.code, err.text);
		plan("none 0");
		/* Not there, or whole. */
		if (t->ops->get(t, name, 0, 1000, &out, &err) == 0)
			T(slice_equal(buf_slice(&out), SLICE_OF(BYTES)), "%s: %s: %zu bytes",
			    t->ops->scheme, cases[i].fault, out.n);
		else
			T(rc < 0 && err.code == ERR_NOT_FOUND &&
			    t->ops->put(t, name, path, false, &err) == 0, "%s: %s, again: %s",
			    t->ops->scheme, cases[i].fault, err.text);
		T(t->ops->put(t, name, path, false, &err) < 0 && err.code == ERR_EXISTS,
		    "%s: %s: create-only: %s", t->ops->scheme, cases[i].fault, err.text);
	}
	buf_free(&out);
	arena_free(&a);
}

static void
listing(struct target *t)
{
	static const struct {
		const char *fault;
		bool passes;
	} cases[] = { { "500 2", true }, { "hang-up 1", true }, { "short-list 1", true },
		{ "short-list " FOR_EVER, false }, { "foreign 1", true }, { "403 1", false } };
	struct arena a = ARENA_EMPTY;
	struct target_item *items;
	struct error err;
	size_t i, k, n, before = 0;
	int rc;

	plan("none 0");
	T(t->ops->list(t, "packs/", &a, &items, &before, &err) == 0 && before > 5, "%s", err.text);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(cases[i].fault);
		error_clear(&err);
		rc = t->ops->list(t, "packs/", &a, &items, &n, &err);
		T((rc == 0) == cases[i].passes, "%s: list, %s: %d %s", t->ops->scheme, cases[i].fault,
		    rc, err.text);
		if (rc < 0)
			continue;
		T(n == before, "%s: list, %s: %zu of %zu", t->ops->scheme, cases[i].fault, n, before);
		for (k = 0; k < n; k++)
			T(strncmp(items[k].name, "packs/", 6) == 0 && strstr(items[k].name, "..") == NULL,
			    "%s: %s", cases[i].fault, items[k].name);
	}
	plan("endless " FOR_EVER);
	if (strcmp(t->ops->scheme, "s3") == 0)
		T(t->ops->list(t, "packs/", &a, &items, &n, &err) < 0 && err.code == ERR_CORRUPT,
		    "a list without end: %s", err.text);
	plan("none 0");
	arena_free(&a);
}

static void
opening(const char *url)
{
	static const struct {
		const char *fault;
		bool passes;
	} cases[] = { { "500 1", true }, { "hang-up 1", true }, { "500 " FOR_EVER, false },
		{ "403 1", false }, { "redirect 1 1", false } };
	struct target *t;
	struct error err;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(cases[i].fault);
		error_clear(&err);
		rc = target_open(url, false, &t, &err);
		T((rc == 0) == cases[i].passes, "open, %s: %d %s", cases[i].fault, rc, err.text);
		if (rc == 0)
			t->ops->close(t);
		else
			T(strstr(err.text, "127.0.0.1") != NULL, "names the place: %s", err.text);
	}
	plan("none 0");
}

/* Of a file in several parts each may fail; none is left behind. */
static void
parts(const char *url)
{
	struct error err = ERROR_NONE;
	struct target *t;
	struct buf bytes = BUF_EMPTY, out = BUF_EMPTY;
	static const char *const faults[] = { "500 1", "half 1", "hang-up 1" };
	const char *path = t_path("large");
	struct arena a = ARENA_EMPTY;
	size_t i;

	for (i = 0; i < 12 * MIB + 5; i++)
		buf_add_byte(&bytes, (unsigned char)(i * 31 >> 5));
	T(file_replace(path, 0600, buf_slice(&bytes), &err) == 0, "%s", err.text);
	path = arena_string(&a, path);
	if (!T(target_open(url, false, &t, &err) == 0, "%s", err.text))
		return;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		plan(faults[i]);
		T(t->ops->put(t, arena_format(&a, "packs/cc/%zu", i), path, false, &err) == 0,
		    "%s: %s", faults[i], err.text);
		T(t->ops->get(t, arena_format(&a, "packs/cc/%zu", i), 0, 100 * MIB, &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), buf_slice(&bytes)), "%s: %zu bytes", faults[i], out.n);
	}
	plan("none 0");
	t->ops->close(t);
	buf_free(&bytes);
	buf_free(&out);
	arena_free(&a);
}

static pid_t
start_server(void)
{
	char *const arguments[] = { (char *)(uintptr_t)"python3",
		(char *)(uintptr_t)"tests/targets/faulty.py", (char *)(uintptr_t)t_path("port"),
		(char *)(uintptr_t)t_path("plan"), NULL };
	struct buf text = BUF_EMPTY;
	struct error err;
	pid_t pid;
	int tries;

	if (posix_spawnp(&pid, "python3", NULL, NULL, arguments, environ) != 0)
		return -1;
	for (tries = 0; tries < 600; tries++) {
		if (file_read_all(t_path("port"), 100, &text, &err) == 0)
			break;
		usleep(50000);
	}
	if (text.n > 0)
		buf_truncate(&text, text.n - 1);
	port = buf_detach(&text);
	return pid;
}

static void
run_all(const char *url, bool has_parts)
{
	struct target *t;
	struct error err = ERROR_NONE;

	plan("none 0");
	if (!T(target_open(url, true, &t, &err) == 0, "%s", err.text))
		return;
	T(t->ops->put(t, "archive.json", spooled(), false, &err) == 0 &&
	    t->ops->put(t, "packs/aa/a", spooled(), false, &err) == 0, "%s", err.text);
	reading(t);
	flipped(t);
	writing(t);
	listing(t);
	t->ops->close(t);
	opening(url);
	if (has_parts)
		parts(url);
}

int
main(void)
{
	const struct target_world world = { .variable = variable, .clock = seconds, .attempts = 4,
		.pause_ms = 2 };
	struct arena a = ARENA_EMPTY;
	pid_t pid = start_server();

	target_settle(&world);
	if (pid > 0 && T(port[0] != '\0', "the server did not start")) {
		run_all(arena_format(&a, "s3://mail/here?endpoint=http://127.0.0.1:%s&part=5", port),
		    true);
		run_all(arena_format(&a, "webdav://127.0.0.1:%s/here", port), false);
	}
	if (pid > 0) {
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	free((void *)(uintptr_t)port);
	arena_free(&a);
	return t_done();
}
