/* SPDX-License-Identifier: MIT */
#include "backends/targets/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/targets/remote.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Any of the places that the program rclone knows.  It is started anew for
 * each call, without a shell, and gives no sign of what it does: what it may
 * take is left to its own time limits.
 */
#define IDENTITY "archive.json"
#define SAID_MAX ((size_t)16 * KIB)     /* of what it says on standard error */
#define LIST_MAX (512u * MIB)
#define ARGUMENTS_MAX 24

struct rclone {
	struct remote remote;
	const char *place;              /* "REMOTE:path", no "/" at the end */
};

extern char **environ;

static struct rclone *
rclone_of(struct remote *r)
{
	return (struct rclone *)(void *)((char *)r - offsetof(struct rclone, remote));
}

/* ---- The program ---- */

/* What one run came to. */
struct run {
	int status;                     /* its exit status */
	struct buf out, said;
};

static void
run_free(struct run *run)
{
	buf_free(&run->out);
	buf_free(&run->said);
}

static int
start(char *const *arguments, pid_t *pid, int *out, int *said, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int pipes[2] = { -1, -1 }, words[2] = { -1, -1 }, number;
	sigset_t set;

	if (pipe2(pipes, O_CLOEXEC) < 0 || pipe2(words, O_CLOEXEC) < 0) {
		fail_errno(err, "pipe");
		file_close(pipes[0]);
		file_close(pipes[1]);
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, words[1], STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &set);
	number = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	file_close(pipes[1]);
	file_close(words[1]);
	*out = pipes[0];
	*said = words[0];
	if (number == 0)
		return 0;
	file_close(pipes[0]);
	file_close(words[0]);
	if (number == ENOENT)
		return fail(err, ERR_UNREACHABLE, "the program rclone is not installed");
	errno = number;
	return fail_errno(err, "rclone: start");
}

/* Take what there is; false at the end. */
static bool
take(int fd, struct buf *out, uint64_t most, bool *too_long)
{
	unsigned char piece[64 * KIB];
	struct error ignored;
	int64_t got = file_read(fd, piece, sizeof(piece), &ignored);

	if (got <= 0)
		return false;
	if ((uint64_t)got > most - out->n)
		*too_long = true;
	else
		buf_add_bytes(out, piece, (size_t)got);
	return true;
}

/* The last thing it said, without the date in front. */
static void
add_last_words(const struct buf *said, struct buf *out)
{
	struct slice rest = buf_slice(said), line, last = SLICE_EMPTY;

	while (slice_line(&rest, &line))
		if (slice_trim(line).n > 0)
			last = slice_trim(line);
	if (last.n > 20 && last.p[4] == '/' && last.p[7] == '/' && last.p[10] == ' ')
		last = slice_from(last, 20);
	buf_add(out, slice_sub(last, 0, 300));
}

static int
collect(struct run *run, pid_t pid, int out, int said, uint64_t most, struct error *err)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = said, .events = POLLIN } };
	bool too_long = false, words_too_long = false;
	int status = 0;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].fd >= 0 && fds[0].revents != 0 && !take(out, &run->out, most, &too_long))
			fds[0].fd = -1;
		if (fds[1].fd >= 0 && fds[1].revents != 0 &&
		    !take(said, &run->said, SAID_MAX, &words_too_long))
			fds[1].fd = -1;
		if (too_long)
			kill(pid, SIGTERM);
	}
	file_close(out);
	file_close(said);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (too_long)
		return fail(err, ERR_CORRUPT, "it gives more bytes than were asked for");
	if (!WIFEXITED(status))
		return fail(err, ERR_SYSTEM, "rclone died of signal %d", WTERMSIG(status));
	run->status = WEXITSTATUS(status);
	return 0;
}

#define STATUS_NO_DIRECTORY 3
#define STATUS_NO_FILE 4
#define STATUS_AGAIN 5

/*
 * Run rclone with these arguments, the last of which are names: behind "--".
 * 1: done; 0: what was named is not there; -1.
 */
static int
rclone_run(struct rclone *rc, const char *const *options, const char *const *names, uint64_t most,
    struct run *run, struct error *err)
{
	const uint64_t rate = remote_world()->rate;
	struct arena a = ARENA_EMPTY;
	const char *arguments[ARGUMENTS_MAX] = { "rclone" };
	struct buf why = BUF_EMPTY;
	size_t n = 1;
	int out, said, result = -1;
	pid_t pid;

	for (; *options != NULL; options++)
		arguments[n++] = *options;
	arguments[n++] = "--retries=1";
	arguments[n++] = "--low-level-retries=5";
	arguments[n++] = arena_format(&a, "--contimeout=%ums", remote_connect_ms());
	arguments[n++] = arena_format(&a, "--timeout=%us", REMOTE_SILENCE_MS / 1000);
	if (rate > 0)
		arguments[n++] = arena_format(&a, "--bwlimit=%" PRIu64 "B", rate);
	arguments[n++] = "--";
	for (; *names != NULL; names++)
		arguments[n++] = *names;
	arguments[n] = NULL;
	memset(run, 0, sizeof(*run));
	/* posix_spawn() takes them as char *, and leaves them alone. */
	if (start((char *const *)(uintptr_t)arguments, &pid, &out, &said, err) < 0 ||
	    collect(run, pid, out, said, most, err) < 0)
		goto out;
	if (run->status == 0) {
		result = 1;
	} else if (run->status == STATUS_NO_DIRECTORY || run->status == STATUS_NO_FILE) {
		result = 0;
	} else {
		add_last_words(&run->said, &why);
		fail(err, ERR_SYSTEM, "rclone: %s", buf_text(&why));
		if (run->status == STATUS_AGAIN)
			remote_again(&rc->remote, err);
	}

out:
	buf_free(&why);
	arena_free(&a);
	return result;
}

static const char *
place_of(struct rclone *rc, struct arena *a, const char *name)
{
	size_t n = strlen(rc->place);

	if (name[0] == '\0')
		return rc->place;
	return arena_format(a, rc->place[n - 1] == ':' ? "%s%s" : "%s/%s", rc->place, name);
}

/* A command with one name. */
static int
run_on(struct rclone *rc, const char *const *options, const char *name, uint64_t most,
    struct run *run, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const char *const names[] = { place_of(rc, &a, name), NULL };
	int result = rclone_run(rc, options, names, most, run, err);

	arena_free(&a);
	return result;
}

/* ---- The calls ---- */

static int
rclone_stat(struct remote *r, const char *name, uint64_t *size, struct error *err)
{
	static const char *const options[] = { "lsjson", "--stat", "--no-modtime", "--no-mimetype",
		NULL };
	struct json *doc = NULL;
	struct run run;
	int found = run_on(rclone_of(r), options, name, MIB, &run, err), rc = -1;

	if (found == 0)
		fail(err, ERR_NOT_FOUND, "not found");
	if (found <= 0)
		goto out;
	if (json_parse(buf_slice(&run.out), &doc, err) < 0) {
		fail(err, ERR_CORRUPT, "rclone's answer makes no sense");
		goto out;
	}
	if (json_get_bool(doc, "IsDir")) {
		fail(err, ERR_NOT_FOUND, "a directory is there");
		goto out;
	}
	if (json_get_integer(doc, "Size") < 0) {
		fail(err, ERR_CORRUPT, "its size is not known there");
		goto out;
	}
	*size = (uint64_t)json_get_integer(doc, "Size");
	rc = 0;

out:
	json_free(doc);
	run_free(&run);
	return rc;
}

static int
rclone_get(struct remote *r, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct error why;
	struct run run;
	uint64_t size, most = n < INT64_MAX ? n : INT64_MAX;
	const char *const options[] = { "cat", arena_format(&a, "--offset=%" PRIu64, at),
		arena_format(&a, "--count=%" PRIu64, most), NULL };
	int found, rc = -1;

	if (n == 0) {
		rc = rclone_stat(r, name, &size, err);
		goto out;
	}
	found = run_on(rclone_of(r), options, name, most, &run, err);
	if (found > 0 && run.out.n == n)
		rc = 0;
	else if (found == 0)
		fail(err, ERR_NOT_FOUND, "not found");
	why = *err;
	/* Fewer are right at the end only; and it is not the same everywhere what
	 * a range behind the end is. */
	if (rc < 0 && found != 0 && !r->again && rclone_stat(r, name, &size, err) == 0) {
		if (run.out.n == (at >= size ? 0 : size - at))
			rc = 0;
		else if (found < 0)
			*err = why;
		else
			fail(err, ERR_CORRUPT, "%zu bytes come of a file of %" PRIu64, run.out.n, size);
	}
	if (rc == 0)
		buf_take(out, &run.out);
	run_free(&run);

out:
	arena_free(&a);
	return rc;
}

static int
list_into(struct rclone *rc, const char *const *options, const char *prefix, struct error *err)
{
	const struct json *item;
	struct json *doc = NULL;
	struct buf name = BUF_EMPTY;
	struct run run;
	int found = run_on(rc, options, prefix, LIST_MAX, &run, err);
	size_t i;

	if (found > 0 && json_parse(buf_slice(&run.out), &doc, err) < 0)
		found = fail(err, ERR_CORRUPT, "rclone's answer makes no sense");
	for (i = 0; found > 0 && i < json_length(doc); i++) {
		item = json_item(doc, i);
		buf_clear(&name);
		if (prefix[0] != '\0')
			buf_add_format(&name, "%s/", prefix);
		buf_add(&name, json_get_string(item, "Path"));
		if (json_get_integer(item, "Size") >= 0 || json_get_bool(item, "IsDir"))
			remote_found(&rc->remote, buf_slice(&name), json_get_bool(item, "IsDir") ? 0 :
			    (uint64_t)json_get_integer(item, "Size"));
	}
	json_free(doc);
	buf_free(&name);
	run_free(&run);
	return found;
}

static int
rclone_list(struct remote *r, const char *prefix, struct error *err)
{
	static const char *const options[] = { "lsjson", "-R", "--files-only", "--no-modtime",
		"--no-mimetype", NULL };
	struct arena a = ARENA_EMPTY;
	struct slice below = slice_string(prefix);
	int found;

	if (slice_ends(below, "/"))
		below.n--;
	found = list_into(rclone_of(r), options, arena_string_of(&a, below), err);
	arena_free(&a);
	return found < 0 ? -1 : 0;
}

static int
rclone_remove(struct remote *r, const char *name, struct error *err)
{
	static const char *const options[] = { "deletefile", NULL };
	struct run run;
	uint64_t size;
	int rc;

	/* Its status for what is not there is that of any failure. */
	if (rclone_stat(r, name, &size, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	rc = run_on(rclone_of(r), options, name, MIB, &run, err);
	run_free(&run);
	return rc < 0 ? -1 : 0;
}

/* Not every place makes a file whole or not at all; a rename does. */
static int
rclone_put(struct remote *r, const char *name, const char *path, struct error *err)
{
	static const char *const copy[] = { "copyto", "--no-check-dest", NULL };
	static const char *const move[] = { "moveto", "--no-check-dest", NULL };
	struct rclone *rc = rclone_of(r);
	struct arena a = ARENA_EMPTY;
	struct error ignored;
	struct file_meta meta;
	struct run run;
	const char *temporary = remote_temporary(r, &a);
	const char *const there[] = { path, place_of(rc, &a, temporary), NULL };
	const char *const final[] = { place_of(rc, &a, temporary), place_of(rc, &a, name), NULL };
	uint64_t size;
	int done = -1;

	if (rclone_stat(r, name, &size, err) == 0)
		fail(err, ERR_EXISTS, "%s: is there already", name);
	else if (err->code == ERR_NOT_FOUND && file_stat(path, &meta, err) == 0) {
		done = rclone_run(rc, copy, there, MIB, &run, err);
		run_free(&run);
		if (done > 0) {
			done = rclone_run(rc, move, final, MIB, &run, err);
			run_free(&run);
		}
		if (done == 0)
			fail(err, ERR_SYSTEM, "%s: rclone finds no such file or directory", name);
		if (done <= 0)
			rclone_remove(r, temporary, &ignored);
	}
	arena_free(&a);
	return done > 0 ? 0 : -1;
}

/* ---- Open and close ---- */

static int
rclone_connect(struct remote *r, struct error *err)
{
	(void)r;
	(void)err;
	return 0;
}

static void
rclone_disconnect(struct remote *r)
{
	(void)r;
}

static void
rclone_close(struct remote *r)
{
	mem_free(rclone_of(r));
}

static int
must_be_free(struct rclone *rc, struct error *err)
{
	static const char *const options[] = { "lsjson", "--no-modtime", "--no-mimetype", NULL };
	struct remote *r = &rc->remote;
	struct arena a = ARENA_EMPTY;
	size_t i;
	int found;

	r->found.arena = &a;
	found = list_into(rc, options, "", err);
	for (i = 0; found > 0 && i < r->found.n; i++)
		if (!remote_is_leftover(slice_string(r->found.items[i].name)))
			found = fail(err, ERR_EXISTS, "there are other files here");
	vec_free(&r->found);
	arena_free(&a);
	return found < 0 ? fail_in(err, "%s", r->target.url) : 0;
}

static int
rclone_look(struct remote *r, bool create, struct error *err)
{
	uint64_t size;

	if (rclone_stat(r, IDENTITY, &size, err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND)
		return create ? must_be_free(rclone_of(r), err) : remote_no_archive(r, err);
	err->code = ERR_UNREACHABLE;
	return fail_in(err, "%s", r->target.url);
}

static const struct remote_ops rclone_ops = {
	.connect = rclone_connect,
	.look = rclone_look,
	.put = rclone_put,
	.get = rclone_get,
	.stat = rclone_stat,
	.list = rclone_list,
	.remove = rclone_remove,
	.disconnect = rclone_disconnect,
	.close = rclone_close,
};

static int
rclone_open(const char *url, bool create, struct target **out, struct error *err)
{
	const char *place = url + strlen("rclone:"), *colon = strchr(place, ':');
	struct rclone *rc;
	size_t n;

	/* ":backend,key=value:path" would hold keys for all to see. */
	if (colon == NULL || colon == place || place[0] == '-')
		return fail(err, ERR_USAGE, "%s: not like rclone:REMOTE:path, with a remote that "
		    "\"rclone config\" has made", url);
	rc = mem_alloc(sizeof(*rc));
	remote_init(&rc->remote, &target_rclone, &rclone_ops);
	rc->remote.target.url = arena_string(&rc->remote.strings, url);
	for (n = strlen(place); n > 1 && place[n - 1] == '/' && place[n - 2] != ':'; n--)
		;
	rc->place = arena_string_of(&rc->remote.strings, slice_of(place, n));
	return remote_open(&rc->remote, create, out, err);
}

const struct target_ops target_rclone = {
	.scheme = "rclone",
	.open = rclone_open,
	REMOTE_OPS
};
