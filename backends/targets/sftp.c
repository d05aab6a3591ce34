/* SPDX-License-Identifier: MIT */
#include "backends/targets/targets.h"

#include <inttypes.h>

#include "backends/targets/remote.h"
#include "backends/targets/sftpfile.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define IDENTITY "archive.json"
#define TEMPORARY "tmp"
#define DEPTH_MAX 8u            /* of directories below the root; ours are two deep */
#define AT_A_TIME 32u           /* directories that are read together */
#define OPEN_FILES 4u           /* kept open, for neighbours are read one after the other */
#define STALE_SECONDS (2 * 86400)

/* A file that was read from lately. */
struct open_file {
	const char *name;       /* NULL: none */
	struct buf handle;
};

struct sftp {
	struct remote remote;
	struct remote_url url;
	const char *path;       /* on the server: "/srv/mail", or below its home */
	struct sshlink *link;
	struct sftpwire wire;
	struct open_file files[OPEN_FILES];
	unsigned next_file;
	bool has_swept;
};

static struct sftp *
sftp_of(struct remote *r)
{
	return (struct sftp *)(void *)((char *)r - offsetof(struct sftp, remote));
}

/* A broken line, and an answer that makes no sense: begin anew. */
static int
line_failed(struct sftp *s, struct error *err)
{
	return remote_again(&s->remote, err);
}

static const char *
full(struct sftp *s, struct arena *a, const char *name)
{
	return name[0] == '\0' ? s->path : path_join(a, s->path, name);
}

/* A request with one path, its answer taken. */
static int
ask(struct sftp *s, enum sftp_request type, const char *path, struct sftp_reply *out,
    struct error *err)
{
	uint32_t id = sftp_new(&s->wire, type);

	sftp_bytes(&s->wire, slice_string(path));
	if (type == SFTP_MKDIR)
		sftp_u32(&s->wire, 0);
	if (sftp_send(&s->wire, err) < 0 || sftp_answer_to(&s->wire, id, out, err) < 0)
		return line_failed(s, err);
	return 0;
}

/* 1 with attributes, 0: nothing there, -1. */
static int
look_at(struct sftp *s, const char *path, struct sftp_attributes *out, struct error *err)
{
	struct sftp_reply reply;

	if (ask(s, SFTP_LSTAT, path, &reply, err) < 0)
		return -1;
	if (reply.type == SFTP_STATUS)
		return reply.status == SFTP_NO_SUCH_FILE ? 0 : sftp_fail(&reply, err);
	if (reply.type != SFTP_ATTRS)
		return fail(err, ERR_CORRUPT, "the server's answer makes no sense");
	sftp_take_attributes(&reply.rest, out);
	if (reply.rest.bad)
		return fail(err, ERR_CORRUPT, "the server's answer makes no sense");
	return 1;
}

static int
make_directory(struct sftp *s, const char *path, struct error *err)
{
	struct sftp_attributes attributes;
	struct sftp_reply reply;
	struct error why;

	if (ask(s, SFTP_MKDIR, path, &reply, err) < 0)
		return -1;
	if (reply.type == SFTP_STATUS && reply.status == SFTP_OK)
		return 0;
	/* What is there already fails with one code or another. */
	sftp_fail(&reply, &why);
	if (look_at(s, path, &attributes, err) == 1 && attributes.is_directory)
		return 0;
	*err = why;
	return fail_in(err, "%s: make the directory", path);
}

/* All directories above name, below the root. */
static int
make_parents(struct sftp *s, const char *name, struct arena *a, struct error *err)
{
	struct slice whole = slice_string(name);
	size_t slash;

	for (slash = slice_find(whole, 0, '/'); slash < whole.n;
	    slash = slice_find(whole, slash + 1, '/'))
		if (make_directory(s, full(s, a, arena_string_of(a, slice_sub(whole, 0, slash))),
		    err) < 0)
			return -1;
	return 0;
}

/* The root itself, with what is above it. */
static int
make_root(struct sftp *s, struct arena *a, struct error *err)
{
	struct slice whole = slice_string(s->path);
	struct sftp_attributes attributes;
	const char *path;
	size_t slash = 0;
	int there;

	do {
		slash = slice_find(whole, slash + 1, '/');
		path = arena_string_of(a, slice_sub(whole, 0, slash));
		there = look_at(s, path, &attributes, err);
		if (there < 0 || (there == 0 && make_directory(s, path, err) < 0))
			return -1;
	} while (slash < whole.n);
	return 0;
}

/* ---- Listing ---- */

struct reading {
	const char *below;      /* its name under the root */
	unsigned depth;
	uint32_t id;            /* of the request on its way */
	enum sftp_request doing;
	struct buf handle;
};

struct walk {
	struct sftp *s;
	struct arena *a;
	VEC(struct reading) waiting;
	struct reading active[AT_A_TIME];
	unsigned active_count;
	bool is_missing;        /* the directory that was asked for */
	bool only_look;         /* at the first level, for every name */
	bool is_refused;        /* by the server or by entry(): the line is good */
	int (*entry)(struct walk *w, const char *name, const struct sftp_attributes *attributes,
	    struct error *err);
};

static int
start_reading(struct walk *w, struct error *err)
{
	struct reading *d = &w->active[w->active_count++];

	*d = w->waiting.items[--w->waiting.n];
	d->doing = SFTP_OPENDIR;
	d->id = sftp_new(&w->s->wire, SFTP_OPENDIR);
	sftp_bytes(&w->s->wire, slice_string(full(w->s, w->a, d->below)));
	return sftp_send(&w->s->wire, err);
}

static int
go_on_reading(struct walk *w, struct reading *d, enum sftp_request doing, struct error *err)
{
	d->doing = doing;
	d->id = sftp_new(&w->s->wire, doing);
	sftp_bytes(&w->s->wire, buf_slice(&d->handle));
	return sftp_send(&w->s->wire, err);
}

static void
add_directory(struct walk *w, const char *below, unsigned depth)
{
	struct reading *d = vec_push(&w->waiting);

	d->below = below;
	d->depth = depth;
}

/* The entries of one answer.  Links are neither files nor directories here. */
static int
take_names(struct walk *w, const struct reading *d, struct cursor c, struct error *err)
{
	struct sftp_attributes attributes;
	uint32_t n = cursor_be32(&c);
	struct slice base;
	const char *name;

	for (; n > 0 && !c.bad; n--) {
		base = sftp_take_bytes(&c);
		sftp_take_bytes(&c);            /* as ls -l would show it */
		sftp_take_attributes(&c, &attributes);
		if (c.bad || !path_name_is_safe(base))
			continue;
		name = arena_string_of(w->a, base);
		if (d->below[0] != '\0')
			name = path_join(w->a, d->below, name);
		if (w->entry(w, name, &attributes, err) < 0) {
			w->is_refused = true;
			return -1;
		}
		if (attributes.is_directory && !w->only_look && d->depth < DEPTH_MAX)
			add_directory(w, name, d->depth + 1);
	}
	return c.bad ? fail(err, ERR_CORRUPT, "the server's list of names makes no sense") : 0;
}

static int
take_reading(struct walk *w, struct reading *d, struct sftp_reply *reply, struct error *err)
{
	if (d->doing == SFTP_OPENDIR && reply->type == SFTP_HANDLE) {
		buf_set(&d->handle, reply->text);
		return go_on_reading(w, d, SFTP_READDIR, err);
	}
	if (d->doing == SFTP_READDIR && reply->type == SFTP_NAME)
		return take_names(w, d, reply->rest, err) < 0 ? -1 :
		    go_on_reading(w, d, SFTP_READDIR, err);
	if (d->doing == SFTP_READDIR && reply->type == SFTP_STATUS && reply->status == SFTP_EOF)
		return go_on_reading(w, d, SFTP_CLOSE, err);
	if (d->doing == SFTP_OPENDIR && reply->type == SFTP_STATUS &&
	    reply->status == SFTP_NO_SUCH_FILE) {
		/* One that vanished meanwhile has no files. */
		if (d->depth == 0)
			w->is_missing = true;
	} else if (d->doing != SFTP_CLOSE) {
		w->is_refused = true;
		sftp_fail(reply, err);
		return fail_in(err, "%s", full(w->s, w->a, d->below));
	}
	buf_free(&d->handle);
	*d = w->active[--w->active_count];
	return 0;
}

/* Read below and what is under it, many directories at a time: each costs
 * four round trips. */
static int
walk(struct walk *w, const char *below, struct error *err)
{
	struct sftp_reply reply;
	unsigned i;
	int rc = -1;

	add_directory(w, below, 0);
	while (w->waiting.n > 0 || w->active_count > 0) {
		while (w->waiting.n > 0 && w->active_count < AT_A_TIME)
			if (start_reading(w, err) < 0)
				goto out;
		if (sftp_receive(&w->s->wire, &reply, err) < 0)
			goto out;
		for (i = 0; i < w->active_count && w->active[i].id != reply.id; i++)
			;
		if (i == w->active_count) {
			fail(err, ERR_CORRUPT, "the server answers what was not asked");
			goto out;
		}
		if (take_reading(w, &w->active[i], &reply, err) < 0)
			goto out;
	}
	rc = 0;

out:
	for (i = 0; i < w->active_count; i++)
		buf_free(&w->active[i].handle);
	vec_free(&w->waiting);
	if (rc == 0)
		return 0;
	if (!w->is_refused)
		return line_failed(w->s, err);
	/* Answers that are still on their way would meet the next request. */
	w->s->remote.ops->disconnect(&w->s->remote);
	w->s->remote.is_connected = false;
	return -1;
}

static int
found(struct walk *w, const char *name, const struct sftp_attributes *attributes,
    struct error *err)
{
	(void)err;
	if (attributes->is_regular && attributes->has_size)
		remote_found(&w->s->remote, slice_string(name), attributes->size);
	return 0;
}

static int
sftp_list(struct remote *r, const char *prefix, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct walk w = { .s = sftp_of(r), .a = &arena, .entry = found };
	struct slice below = slice_string(prefix);
	int rc;

	if (slice_ends(below, "/"))
		below.n--;
	rc = walk(&w, arena_string_of(&arena, below), err);
	arena_free(&arena);
	return rc;
}

/* What runs that died left in tmp/, once nobody can be at it any more. */
static int
is_stale(struct walk *w, const char *name, const struct sftp_attributes *attributes,
    struct error *err)
{
	int64_t now = remote_world()->clock();

	(void)err;
	if (attributes->is_regular && slice_starts(slice_string(name), TEMPORARY "/mailcask-") &&
	    attributes->mtime != 0 && now - (int64_t)attributes->mtime > STALE_SECONDS)
		remote_found(&w->s->remote, slice_from(slice_string(name), strlen(TEMPORARY "/")), 0);
	return 0;
}

static void
sweep(struct sftp *s)
{
	struct arena arena = ARENA_EMPTY;
	struct walk w = { .s = s, .a = &arena, .entry = is_stale, .only_look = true };
	struct sftp_reply reply;
	struct error ignored;
	size_t i;

	if (s->has_swept)
		return;
	s->has_swept = true;
	s->remote.found.arena = &arena;
	if (walk(&w, TEMPORARY, &ignored) == 0)
		for (i = 0; i < s->remote.found.n; i++)
			ask(s, SFTP_REMOVE, full(s, &arena, path_join(&arena, TEMPORARY,
			    s->remote.found.items[i].name)), &reply, &ignored);
	vec_free(&s->remote.found);
	s->remote.again = false;
	arena_free(&arena);
}

/* ---- Open and close ---- */

static int
sftp_connect(struct remote *r, struct error *err)
{
	struct sftp *s = sftp_of(r);
	bool again;

	if (sshlink_open(s->url.user, s->url.host, s->url.port, &s->link, &again, err) < 0)
		return again ? line_failed(s, err) : -1;
	if (sftpwire_begin(&s->wire, s->link, err) < 0)
		return line_failed(s, err);
	return 0;
}

static void
sftp_disconnect(struct remote *r)
{
	struct sftp *s = sftp_of(r);
	size_t i;

	for (i = 0; i < OPEN_FILES; i++) {
		s->files[i].name = NULL;
		buf_free(&s->files[i].handle);
	}
	sftpwire_end(&s->wire);
	sshlink_close(s->link);
	s->link = NULL;
}

static int
must_be_free(struct walk *w, const char *name, const struct sftp_attributes *attributes,
    struct error *err)
{
	(void)attributes;
	if (remote_is_leftover(slice_string(name)))
		return 0;
	return fail(err, ERR_EXISTS, "%s: the directory is not empty", w->s->remote.target.url);
}

static int
sftp_look(struct remote *r, bool create, struct error *err)
{
	struct sftp *s = sftp_of(r);
	struct arena arena = ARENA_EMPTY;
	struct walk w = { .s = s, .a = &arena, .entry = must_be_free, .only_look = true };
	struct sftp_attributes attributes;
	int there = look_at(s, full(s, &arena, IDENTITY), &attributes, err);

	if (there == 0 && !create) {
		there = look_at(s, s->path, &attributes, err);
		if (there == 0)
			there = fail(err, ERR_UNREACHABLE, "%s: no such directory there; is its "
			    "disk mounted?", r->target.url);
		else if (there == 1)
			there = remote_no_archive(r, err);
	} else if (there == 0) {
		there = walk(&w, "", err);
		if (there == 0 && w.is_missing)
			there = make_root(s, &arena, err);
	}
	arena_free(&arena);
	return there < 0 ? -1 : 0;
}

static void
sftp_close(struct remote *r)
{
	mem_free(sftp_of(r));
}

/* ---- Files ---- */

static struct open_file *
known_file(struct sftp *s, const char *name)
{
	unsigned i;

	for (i = 0; i < OPEN_FILES; i++)
		if (s->files[i].name != NULL && strcmp(s->files[i].name, name) == 0)
			return &s->files[i];
	return NULL;
}

static void
forget_file(struct sftp *s, struct open_file *f)
{
	struct sftp_reply reply;
	struct error ignored;
	uint32_t id;

	if (f->name == NULL)
		return;
	f->name = NULL;
	id = sftp_new(&s->wire, SFTP_CLOSE);
	sftp_bytes(&s->wire, buf_slice(&f->handle));
	/* A line that is broken is found so by the call that follows. */
	if (sftp_send(&s->wire, &ignored) == 0)
		sftp_answer_to(&s->wire, id, &reply, &ignored);
}

static int
file_to_read(struct sftp *s, const char *name, struct open_file **out, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct open_file *f = known_file(s, name);
	struct sftp_reply reply;
	uint32_t id;
	int rc = -1;

	*out = f;
	if (f != NULL)
		return 0;
	f = &s->files[s->next_file++ % OPEN_FILES];
	forget_file(s, f);
	id = sftp_new(&s->wire, SFTP_OPEN);
	sftp_bytes(&s->wire, slice_string(full(s, &arena, name)));
	sftp_u32(&s->wire, SFTP_FOR_READING);
	sftp_u32(&s->wire, 0);
	if (sftp_send(&s->wire, err) < 0 || sftp_answer_to(&s->wire, id, &reply, err) < 0) {
		line_failed(s, err);
		goto out;
	}
	if (reply.type != SFTP_HANDLE) {
		sftp_fail(&reply, err);
		goto out;
	}
	buf_set(&f->handle, reply.text);
	f->name = arena_string(&s->remote.strings, name);
	*out = f;
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}

static int
sftp_get(struct remote *r, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct sftp *s = sftp_of(r);
	struct open_file *f;
	bool line_is_good;

	if (file_to_read(s, name, &f, err) < 0)
		return -1;
	if (sftp_read_file(&s->wire, buf_slice(&f->handle), at, n, out, &line_is_good, err) == 0)
		return 0;
	return line_is_good ? -1 : line_failed(s, err);
}

static int
sftp_stat(struct remote *r, const char *name, uint64_t *size, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct sftp_attributes attributes;
	int there = look_at(sftp_of(r), full(sftp_of(r), &arena, name), &attributes, err);

	arena_free(&arena);
	if (there < 0)
		return -1;
	if (there == 0)
		return fail(err, ERR_NOT_FOUND, "not found");
	if (!attributes.is_regular || !attributes.has_size)
		return fail(err, ERR_CORRUPT, "not a regular file");
	*size = attributes.size;
	return 0;
}

static int
sftp_remove(struct remote *r, const char *name, struct error *err)
{
	struct sftp *s = sftp_of(r);
	struct arena arena = ARENA_EMPTY;
	struct open_file *f = known_file(s, name);
	struct sftp_reply reply;
	int rc;

	if (f != NULL)
		forget_file(s, f);
	rc = ask(s, SFTP_REMOVE, full(s, &arena, name), &reply, err);
	arena_free(&arena);
	if (rc < 0 || (reply.type == SFTP_STATUS && reply.status == SFTP_OK))
		return rc;
	return sftp_fail(&reply, err);
}

/* A new file under a temporary name; tmp/ is made where it is missing. */
static int
open_temporary(struct sftp *s, const char *path, struct buf *handle, struct arena *a,
    struct error *err)
{
	struct sftp_reply reply;
	bool made = false;
	uint32_t id;

	for (;;) {
		id = sftp_new(&s->wire, SFTP_OPEN);
		sftp_bytes(&s->wire, slice_string(path));
		sftp_u32(&s->wire, SFTP_FOR_A_NEW_FILE);
		sftp_u32(&s->wire, 4);
		sftp_u32(&s->wire, 0600);
		if (sftp_send(&s->wire, err) < 0 || sftp_answer_to(&s->wire, id, &reply, err) < 0)
			return line_failed(s, err);
		if (reply.type == SFTP_HANDLE) {
			buf_set(handle, reply.text);
			return 0;
		}
		if (made || reply.type != SFTP_STATUS || reply.status != SFTP_NO_SUCH_FILE) {
			sftp_fail(&reply, err);
			return fail_in(err, "%s", path);
		}
		if (make_directory(s, full(s, a, TEMPORARY), err) < 0)
			return -1;
		made = true;
	}
}

/* RENAME of this version of SFTP never replaces a file. */
static int
rename_into(struct sftp *s, const char *from, const char *name, struct arena *a,
    struct error *err)
{
	const char *to = full(s, a, name);
	struct sftp_attributes attributes;
	struct sftp_reply reply;
	struct error why;
	bool made = false;
	uint32_t id;
	int there;

	for (;;) {
		id = sftp_new(&s->wire, SFTP_RENAME);
		sftp_bytes(&s->wire, slice_string(from));
		sftp_bytes(&s->wire, slice_string(to));
		if (sftp_send(&s->wire, err) < 0 || sftp_answer_to(&s->wire, id, &reply, err) < 0)
			return line_failed(s, err);
		if (reply.type == SFTP_STATUS && reply.status == SFTP_OK)
			return 0;
		if (!made && reply.type == SFTP_STATUS && reply.status == SFTP_NO_SUCH_FILE) {
			if (make_parents(s, name, a, err) < 0)
				return -1;
			made = true;
			continue;
		}
		sftp_fail(&reply, &why);
		there = look_at(s, to, &attributes, err);
		if (there < 0)
			return -1;
		*err = why;
		return there == 1 ? fail(err, ERR_EXISTS, "%s: is there already", name) :
		    fail_in(err, "%s", to);
	}
}

static int
sftp_put(struct remote *r, const char *name, const char *path, struct error *err)
{
	struct sftp *s = sftp_of(r);
	struct arena arena = ARENA_EMPTY;
	struct sftp_attributes attributes;
	struct buf handle = BUF_EMPTY;
	struct sftp_reply reply;
	struct error ignored;
	const char *from = NULL;
	bool line_is_good;
	int there, rc = -1;

	sweep(s);
	there = look_at(s, full(s, &arena, name), &attributes, err);
	if (there == 1)
		fail(err, ERR_EXISTS, "%s: is there already", name);
	if (there != 0)
		goto out;
	from = full(s, &arena, remote_temporary(r, &arena));
	if (open_temporary(s, from, &handle, &arena, err) < 0)
		goto out;
	if (sftp_write_file(&s->wire, buf_slice(&handle), path, s->path, &line_is_good, err) < 0) {
		if (!line_is_good)
			line_failed(s, err);
		goto out;
	}
	rc = rename_into(s, from, name, &arena, err);

out:
	if (rc < 0 && from != NULL && !r->again)
		ask(s, SFTP_REMOVE, from, &reply, &ignored);
	buf_free(&handle);
	arena_free(&arena);
	return rc;
}

static const struct remote_ops sftp_ops = {
	.connect = sftp_connect,
	.look = sftp_look,
	.put = sftp_put,
	.get = sftp_get,
	.stat = sftp_stat,
	.list = sftp_list,
	.remove = sftp_remove,
	.disconnect = sftp_disconnect,
	.close = sftp_close,
};

static int
sftp_open(const char *url, bool create, struct target **out, struct error *err)
{
	struct sftp *s = mem_alloc(sizeof(*s));

	remote_init(&s->remote, &target_sftp, &sftp_ops);
	s->remote.target.url = arena_string(&s->remote.strings, url);
	if (remote_parse_url(url, &s->remote.strings, &s->url, err) < 0)
		goto out;
	s->path = path_clean(&s->remote.strings, s->url.path);
	if (strncmp(s->path, "/~/", 3) == 0)
		s->path += 3;
	if (s->url.path[0] == '\0' || strcmp(s->path, "/") == 0 || s->url.query[0] != '\0') {
		fail(err, ERR_USAGE, "%s: a directory has to be named: sftp://host/path, or "
		    "sftp://host/~/path for one in the home there", url);
		goto out;
	}
	return remote_open(&s->remote, create, out, err);

out:
	remote_close(&s->remote.target);
	return -1;
}

const struct target_ops target_sftp = {
	.scheme = "sftp",
	.open = sftp_open,
	REMOTE_OPS
};
