/* SPDX-License-Identifier: MIT */
#include "backends/formats/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/formats/confined_internal.h"
#include "backends/formats/confinedfence.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/text.h"

/* No message is longer, and nothing that a file holds comes to so many times
 * its size: a child that sends more has been taken over. */
#define MESSAGE_SENT_MAX ((uint64_t)4 << 30)
#define SENT_BASE ((uint64_t)1 << 30)
#define SENT_TIMES 64u

struct confined {
	pid_t pid;              /* 0: none, or waited for */
	int fd;                 /* -1: bytes */
	struct slice bytes;
	int silence_ms;
	unsigned fences;
	bool has_begun, ended;
	uint64_t item, next_index;
	uint64_t sent, sent_max, message_sent;
	bool in_message;
	struct buf record;
	struct slice data;      /* of a D record, not yet handed out */
	struct arena arena;
	struct buf text;
};

/* ---- Starting ---- */

/* Away from 0, 1 and 2, which will be the child's. */
static int
lift(int fd, struct error *err)
{
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (lifted < 0)
		fail_errno(err, "duplicate a descriptor");
	file_close(fd);
	return lifted;
}

static int
spawn(int file, int pipe_end, const char *parser, uint64_t key, uint64_t first, pid_t *pid)
{
	char *empty[] = { NULL };
	char *words[6] = { mem_string("mailcask"), mem_string(CONFINED_ARGUMENT),
		mem_string(parser), mem_format("%" PRIu64, key), mem_format("%" PRIu64, first), NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	size_t i;
	int number;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attributes);
	/* A group of its own: an interrupt from the terminal is ours to deal with. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETPGROUP);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attributes, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	/* An empty environment: ours may hold passwords. */
	number = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, words, empty);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	for (i = 0; i < 5; i++)
		mem_free(words[i]);
	return number;
}

static struct confined *
open_any(int fd, struct slice bytes)
{
	struct confined *c = mem_alloc(sizeof(*c));

	c->fd = fd;
	c->bytes = bytes;
	c->silence_ms = CONFINED_SILENCE_MS;
	c->item = CONFINED_NO_INDEX;
	c->sent_max = SENT_BASE;
	return c;
}

struct confined *
confined_open_bytes(struct slice bytes)
{
	return open_any(-1, bytes);
}

/* Takes file, in any case. */
static int
open_file(int file, const char *parser, uint64_t key, uint64_t first, struct confined **out,
    struct error *err)
{
	int ends[2] = { -1, -1 }, rc = -1;
	struct file_meta meta;
	struct confined *c;
	pid_t pid;

	if ((file = lift(file, err)) < 0 || file_stat_fd(file, &meta, err) < 0)
		goto out;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail_errno(err, "pipe");
		goto out;
	}
	if ((ends[0] = lift(ends[0], err)) < 0 || (ends[1] = lift(ends[1], err)) < 0)
		goto out;
	errno = spawn(file, ends[1], parser, key, first, &pid);
	if (errno != 0) {
		fail_errno(err, "start a reader");
		goto out;
	}
	c = open_any(ends[0], SLICE_EMPTY);
	ends[0] = -1;
	c->pid = pid;
	c->sent_max += meta.size < UINT64_MAX / (2 * SENT_TIMES) ? meta.size * SENT_TIMES : 0;
	*out = c;
	rc = 0;

out:
	file_close(file);
	file_close(ends[0]);
	file_close(ends[1]);
	return rc;
}

int
confined_open(const char *path, const char *parser, uint64_t key, uint64_t first,
    struct confined **out, struct error *err)
{
	int file;

	if (!confined_program_serves)
		return fail(err, ERR_SYSTEM, "this program cannot start a reader");
	if (file_open_read(path, &file, err) < 0)
		return -1;
	return open_file(file, parser, key, first, out, err);
}

int
confined_open_memory(struct slice bytes, const char *parser, uint64_t key, uint64_t first,
    struct confined **out, struct error *err)
{
	int file;

	if (!confined_program_serves)
		return fail(err, ERR_SYSTEM, "this program cannot start a reader");
	file = memfd_create("mailcask", MFD_CLOEXEC);
	if (file < 0)
		return fail_errno(err, "a file in memory");
	if (file_write(file, bytes, err) < 0) {
		file_close(file);
		return -1;
	}
	return open_file(file, parser, key, first, out, err);
}

void
confined_set_silence(struct confined *c, int milliseconds)
{
	c->silence_ms = milliseconds;
}

/* ---- Ending ---- */

/* Wait for the child, which is at its end or made to be; its status or -1. */
static int
wait_for(struct confined *c, bool stop)
{
	int status = -1;

	if (c->pid <= 0)
		return -1;
	if (stop)
		kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = -1;
			break;
		}
	}
	c->pid = 0;
	return status;
}

static int
nonsense(struct confined *c, struct error *err)
{
	c->ended = true;
	wait_for(c, true);
	return fail(err, ERR_FORMAT, "its reader went astray");
}

static int
stopped(struct confined *c, const char *why, struct error *err)
{
	c->ended = true;
	wait_for(c, true);
	return fail(err, ERR_FORMAT, "%s", why);
}

/* The pipe ended without the last record. */
static int
died(struct confined *c, struct error *err)
{
	int status = wait_for(c, false);

	c->ended = true;
	if (status == -1)
		return fail(err, ERR_FORMAT, "its reader ended too early");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return fail(err, ERR_FORMAT, "its reader was stopped: it asked the system for "
		    "what a reader has no need of");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return fail(err, ERR_FORMAT, "its reader was stopped: it took too long");
	if (WIFSIGNALED(status))
		return fail(err, ERR_FORMAT, "its reader crashed (signal %d)", WTERMSIG(status));
	return fail(err, ERR_FORMAT, "its reader gave up, probably for want of memory");
}

void
confined_close(struct confined *c)
{
	if (c == NULL)
		return;
	wait_for(c, true);
	file_close(c->fd);
	buf_free(&c->record);
	buf_free(&c->text);
	arena_free(&c->arena);
	mem_free(c);
}

/* ---- Records ---- */

/* 1, 0 at the end of the pipe (before the first byte), -1. */
static int
receive(struct confined *c, unsigned char *p, size_t n, struct error *err)
{
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };
	size_t have = 0;
	int64_t got;
	int rc;

	while (have < n) {
		if (c->fd < 0) {
			got = (int64_t)(c->bytes.n < n - have ? c->bytes.n : n - have);
			if (got > 0)
				memcpy(p + have, c->bytes.p, (size_t)got);
			c->bytes = slice_from(c->bytes, (size_t)got);
		} else {
			rc = (int)TEMP_FAILURE_RETRY(poll(&ready, 1, c->silence_ms));
			if (rc == 0)
				return stopped(c, "its reader was stopped: it made no progress", err);
			got = rc < 0 ? fail_errno(err, "poll") : file_read(c->fd, p + have, n - have, err);
		}
		if (got < 0)
			return -1;
		if (got == 0)
			return have == 0 ? 0 : died(c, err);
		have += (size_t)got;
	}
	return 1;
}

/* The next record: its type, its bytes in c->record; -1. */
static int
next_record(struct confined *c, struct error *err)
{
	unsigned char head[5];
	struct cursor at;
	uint32_t n;
	int rc;

	if (c->ended)
		return fail(err, ERR_FORMAT, "its reader has ended");
	rc = receive(c, head, sizeof(head), err);
	if (rc <= 0)
		return rc < 0 ? -1 : died(c, err);
	at = cursor_of(slice_of(head + 1, 4));
	n = cursor_le32(&at);
	if (n > CONFINED_RECORD_MAX)
		return nonsense(c, err);
	buf_clear(&c->record);
	if (n > 0) {
		rc = receive(c, buf_extend(&c->record, n), n, err);
		if (rc <= 0)
			return rc < 0 ? -1 : died(c, err);
	}
	c->sent += 5 + n;
	if (c->sent > c->sent_max)
		return nonsense(c, err);
	/* The greeting comes first, and only first. */
	if ((head[0] == 'H') == c->has_begun)
		return nonsense(c, err);
	return head[0];
}

/* A text of at most n bytes as valid UTF-8, in the arena. */
static struct slice
clean(struct confined *c, struct slice s)
{
	buf_clear(&c->text);
	text_add_utf8(&c->text, s);
	return arena_copy(&c->arena, buf_slice(&c->text));
}

static struct slice
take_short(struct confined *c, struct cursor *at)
{
	return clean(c, cursor_take(at, cursor_le16(at)));
}

static bool
take_mailbox(struct confined *c, struct cursor *at, struct confined_record *out)
{
	struct slice *components;
	size_t i;

	out->kind = CONFINED_MAILBOX;
	out->key = cursor_le64(at);
	out->messages = (int64_t)cursor_le64(at);
	out->depth = cursor_le16(at);
	if (out->depth == 0 || out->depth > CONFINED_DEPTH_MAX || out->key == CONFINED_NO_INDEX)
		return false;
	components = arena_alloc(&c->arena, out->depth * sizeof(*components));
	for (i = 0; i < out->depth; i++) {
		components[i] = take_short(c, at);
		if (components[i].n == 0)
			return false;
	}
	out->components = components;
	if (out->messages < -1)
		out->messages = -1;
	return !at->bad;
}

/* An item may be named once: those behind it have higher numbers. */
static bool
take_index(struct confined *c, struct cursor *at)
{
	uint64_t index = cursor_le64(at);

	if (at->bad || index == CONFINED_NO_INDEX || index < c->next_index)
		return false;
	if (c->item != CONFINED_NO_INDEX && index < c->item)
		return false;
	c->item = index;
	return true;
}

static bool
take_message(struct confined *c, struct cursor *at, struct confined_record *out)
{
	size_t i, n;

	out->kind = CONFINED_MESSAGE;
	if (!take_index(c, at))
		return false;
	out->index = c->item;
	out->flags = cursor_le32(at) & FLAG_ALL;
	out->date = (int64_t)cursor_le64(at);
	n = cursor_le16(at);
	for (i = 0; i < n && !at->bad; i++)
		tags_add(&out->tags, &c->arena, take_short(c, at));
	c->in_message = true;
	c->message_sent = 0;
	return !at->bad;
}

static bool
take_failed(struct confined *c, struct cursor *at, struct confined_record *out)
{
	out->kind = CONFINED_FAILED;
	out->index = cursor_le64(at);
	if (at->bad)
		return false;
	if (out->index != CONFINED_NO_INDEX) {
		if (out->index < c->next_index)
			return false;
		c->next_index = out->index + 1;
		c->item = CONFINED_NO_INDEX;
		c->in_message = false;
		c->data = SLICE_EMPTY;
	}
	out->text = clean(c, slice_sub(cursor_take(at, at->n), 0, 1000));
	return true;
}

static int
take_end(struct confined *c, struct error *err)
{
	struct slice text = clean(c, slice_sub(buf_slice(&c->record), 0, 1000));

	c->ended = true;
	wait_for(c, false);
	if (text.n > 0)
		return fail(err, ERR_FORMAT, "%.*s", (int)text.n, (const char *)text.p);
	return c->in_message ? fail(err, ERR_FORMAT, "its reader left a message unfinished") : 0;
}

/* A record between messages; 1: out is filled, 2: nothing to tell, 0, -1. */
static int
take_record(struct confined *c, int type, struct confined_record *out, struct error *err)
{
	struct cursor at = cursor_of(buf_slice(&c->record));
	bool good = true;
	int rc = 1;

	switch (type) {
	case 'H':
		c->fences = cursor_le32(&at);
		c->has_begun = true;
		good = !at.bad;
		rc = 2;
		break;
	case 'M':
		good = take_mailbox(c, &at, out);
		break;
	case 'S':
		good = take_index(c, &at);
		rc = 2;
		break;
	case 'I':
		good = take_message(c, &at, out);
		break;
	case 'F':
		good = take_failed(c, &at, out);
		break;
	case 'W':
		out->kind = CONFINED_WARNING;
		out->text = clean(c, slice_sub(buf_slice(&c->record), 0, 1000));
		break;
	case 'P':
		rc = 2;
		break;
	case 'Z':
		return take_end(c, err);
	default:
		good = false;
	}
	return good ? rc : nonsense(c, err);
}

int
confined_next(struct confined *c, struct confined_record *out, struct error *err)
{
	unsigned char passed[4096];
	int64_t got = 1;
	int type, rc = 2;

	while (c->in_message && got > 0)
		got = confined_read(c, passed, sizeof(passed), err);
	if (got < 0)
		return -1;
	while (rc == 2) {
		memset(out, 0, sizeof(*out));
		arena_reset(&c->arena);
		type = next_record(c, err);
		if (type < 0)
			return -1;
		rc = take_record(c, type, out, err);
	}
	return rc;
}

int64_t
confined_read(struct confined *c, void *p, size_t n, struct error *err)
{
	struct confined_record record;
	struct cursor at;
	int type;

	while (c->in_message && c->data.n == 0) {
		type = next_record(c, err);
		if (type < 0)
			return -1;
		at = cursor_of(buf_slice(&c->record));
		if (type == 'E') {
			c->in_message = false;
			c->next_index = c->item + 1;
			c->item = CONFINED_NO_INDEX;
		} else if (type == 'D') {
			c->data = buf_slice(&c->record);
			c->message_sent += c->data.n;
			if (c->message_sent > MESSAGE_SENT_MAX)
				return nonsense(c, err);
		} else if (type == 'F' && take_failed(c, &at, &record) &&
		    record.index != CONFINED_NO_INDEX) {
			/* The message turned out to be unreadable in its middle. */
			c->in_message = false;
			return fail(err, ERR_FORMAT, "%.*s", (int)record.text.n,
			    (const char *)record.text.p);
		} else if (type != 'P') {
			return nonsense(c, err);
		}
	}
	if (!c->in_message || n == 0)
		return 0;
	if (n > c->data.n)
		n = c->data.n;
	memcpy(p, c->data.p, n);
	c->data = slice_from(c->data, n);
	return (int64_t)n;
}

uint64_t
confined_item(const struct confined *c)
{
	return c->item;
}

bool
confined_has_ended(const struct confined *c)
{
	return c->ended;
}

bool
confined_is_fenced(const struct confined *c)
{
	return (c->fences & FENCE_SECCOMP) != 0;
}
