/* SPDX-License-Identifier: MIT */
#include "cmd/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/secret.h"

#define LINE_MAX_BYTES 4096u
#define CONTROL_C 3
#define CONTROL_D 4

extern char **environ;

/* ---- The person ---- */

/* A line, byte by byte: what is behind it is not ours.  False: given up. */
static bool
read_line(int fd, struct buf *out)
{
	unsigned char c;
	ssize_t got;

	while (out->n < LINE_MAX_BYTES) {
		got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == CONTROL_C || c == CONTROL_D)
			return false;
		if (c == '\n' || c == '\r')
			return true;
		buf_add_byte(out, c);
	}
	return true;
}

int
keys_ask(const char *what, struct buf *out, struct error *err)
{
	struct termios as_it_was, quiet;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	bool good;

	buf_clear(out);
	if (fd < 0 || tcgetattr(fd, &as_it_was) < 0) {
		file_close(fd);
		return fail(err, ERR_KEY, "there is no terminal to ask for the %s", what);
	}
	buf_reserve(out, LINE_MAX_BYTES);
	quiet = as_it_was;
	/* Without signals: the terminal must get its echo back. */
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG | ICANON);
	quiet.c_cc[VMIN] = 1;
	quiet.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	dprintf(fd, "%s: ", what);
	good = read_line(fd, out);
	dprintf(fd, "\n");
	tcsetattr(fd, TCSAFLUSH, &as_it_was);
	file_close(fd);
	return good && out->n > 0 ? 0 : fail(err, ERR_KEY, "no %s was given", what);
}

/* ---- Files ---- */

static int
parse(const struct keys *k, const char *name, struct slice text, struct identities *out,
    struct error *err)
{
	struct buf passphrase = BUF_EMPTY, plain = BUF_EMPTY;
	int rc = -1;

	if (!keyfile_wants_passphrase(text)) {
		rc = keyfile_parse(text, out, err);
	} else if (!k->may_ask) {
		fail(err, ERR_KEY, "it wants a passphrase, and nobody is there to be asked");
	} else if (keys_ask("passphrase of the identity", &passphrase, err) == 0 &&
	    keyfile_decrypt(text, buf_slice(&passphrase), &plain, err) == 0) {
		rc = keyfile_parse(buf_slice(&plain), out, err);
	}
	secret_free(&passphrase);
	secret_free(&plain);
	return rc < 0 ? fail_in(err, "%s", name) : 0;
}

int
keys_read_file(const struct keys *k, const char *path, struct identities *out,
    struct error *err)
{
	struct buf text = BUF_EMPTY;
	int rc;

	secret_guard();
	buf_reserve(&text, KEYFILE_MAX + 1);
	rc = file_read_all(path, KEYFILE_MAX, &text, err);
	if (rc < 0)
		err->code = ERR_KEY;
	else
		rc = parse(k, path, buf_slice(&text), out, err);
	secret_free(&text);
	return rc;
}

/* All that lie in the configuration directory; one that is of no use does not
 * hide the others. */
static int
read_directory(const struct keys *k, struct identities *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory d;
	size_t i;
	int rc = 0;

	if (k->directory == NULL || !file_is_directory(k->directory))
		return 0;
	if (directory_read(k->directory, false, &a, &d, err) < 0)
		rc = -1;
	for (i = 0; rc == 0 && i < d.n; i++)
		if (slice_ends(slice_string(d.entries[i].name), ".txt") && keys_read_file(k,
		    path_join(&a, k->directory, d.entries[i].name), out, err) < 0)
			rc = out->n > 0 ? 0 : -1;
	arena_free(&a);
	return rc;
}

/* ---- A command ---- */

static int
start(const char *command, int *out, pid_t *pid, struct error *err)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	/* The prototype lacks a const that the standard promises. */
	rc = posix_spawn(pid, "/bin/sh", &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	file_close(ends[1]);
	*out = ends[0];
	if (rc == 0)
		return 0;
	file_close(ends[0]);
	errno = rc;
	return fail_errno(err, "/bin/sh");
}

static int
read_command(const struct keys *k, struct identities *out, struct error *err)
{
	struct buf text = BUF_EMPTY;
	int64_t got = 0;
	int fd = -1, status = 0, rc = -1;
	pid_t pid = -1;

	buf_reserve(&text, KEYFILE_MAX + 1);
	if (start(k->command, &fd, &pid, err) < 0)
		return -1;
	do {
		got = file_read(fd, text.p + text.n, KEYFILE_MAX - text.n, err);
		if (got > 0)
			buf_extend(&text, (size_t)got);
	} while (got > 0);
	file_close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (got < 0)
		;
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail(err, ERR_KEY, "the command for the identity failed");
	else
		rc = parse(k, "what the command for the identity prints", buf_slice(&text), out, err);
	secret_free(&text);
	return rc;
}

static int
ask_for_identity(struct identities *out, struct error *err)
{
	struct buf text = BUF_EMPTY;
	int rc = keys_ask("identity of the archive (AGE-SECRET-KEY-1...)", &text, err);

	if (rc == 0)
		rc = keyfile_parse(buf_slice(&text), out, err);
	secret_free(&text);
	return rc;
}

static int
fetch(struct key_source *source, const char *archive_id, struct identities *out,
    struct error *err)
{
	struct keys *k = (struct keys *)(void *)source;

	(void)archive_id;
	secret_guard();
	if (k->file != NULL)
		return keys_read_file(k, k->file, out, err);
	if (k->command != NULL)
		return read_command(k, out, err);
	if (read_directory(k, out, err) < 0)
		return -1;
	if (out->n > 0)
		return 0;
	if (k->may_ask && ask_for_identity(out, err) == 0)
		return 0;
	return fail(err, ERR_KEY, "the archive is encrypted: name its identity with --identity FILE");
}

void
keys_open(struct keys *k)
{
	k->source.fetch = fetch;
}
