/* SPDX-License-Identifier: MIT */
#include "backends/targets/remote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define ATTEMPTS 7u             /* some 16 seconds */
#define PAUSE_MS 250u           /* the first, then twice as long each time */
#define PAUSE_MAX_MS 8000u
#define OPEN_ATTEMPTS 3u
#define CONNECT_MS 15000u
#define COMPARE_STEP MIB

static struct remote *
remote_of(struct target *t)
{
	return (struct remote *)(void *)((char *)t - offsetof(struct remote, target));
}

/* ---- Another attempt ---- */

/* Half of the pause and a random share of the other half, so that machines
 * that failed together do not come back together. */
static void
wait_before(struct remote *r, unsigned attempt)
{
	unsigned first = remote_world()->pause_ms != 0 ? remote_world()->pause_ms : PAUSE_MS;
	uint64_t pause = (uint64_t)first << (attempt < 16 ? attempt : 16);

	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	r->random = r->random * 6364136223846793005u + 1442695040888963407u;
	remote_pause((unsigned)(pause / 2 + (r->random >> 33) % (pause / 2 + 1)));
}

static void
disconnect(struct remote *r)
{
	r->ops->disconnect(r);
	r->is_connected = false;
}

/* Is there another attempt after this failed one? */
static bool
try_again(struct remote *r, unsigned *attempt, unsigned most, struct error *err)
{
	bool again = r->again;

	r->again = false;
	if (!again)
		return false;
	disconnect(r);
	err->code = ERR_UNREACHABLE;
	if (++*attempt >= most)
		return false;
	wait_before(r, *attempt - 1);
	return true;
}

static unsigned
attempts(void)
{
	return remote_world()->attempts != 0 ? remote_world()->attempts : ATTEMPTS;
}

static int
connected(struct remote *r, struct error *err)
{
	if (r->is_connected)
		return 0;
	if (r->ops->connect(r, err) < 0)
		return -1;
	r->is_connected = true;
	return 0;
}

int
remote_again(struct remote *r, struct error *err)
{
	r->again = true;
	err->code = ERR_UNREACHABLE;
	return -1;
}

int
remote_no_archive(struct remote *r, struct error *err)
{
	return fail(err, ERR_UNREACHABLE, "%s: no archive here (archive.json is missing); "
	    "is this the right place? \"mailcask init\" makes a new archive", r->target.url);
}

/* ---- The calls ---- */

void
remote_init(struct remote *r, const struct target_ops *target, const struct remote_ops *ops)
{
	char hex[33];

	r->target.ops = target;
	r->ops = ops;
	pthread_mutex_init(&r->lock, NULL);
	random_hex(hex);
	slice_hex_number(slice_of(hex, 16), UINT64_MAX, &r->random);
}

int
remote_open(struct remote *r, bool create, struct target **out, struct error *err)
{
	/* Somebody waits who has another place to go to. */
	unsigned most = remote_world()->connect_ms != 0 ? 1 : OPEN_ATTEMPTS, attempt = 0;
	int rc;

	if (most > attempts())
		most = attempts();
	do {
		rc = connected(r, err);
		if (rc == 0)
			rc = r->ops->look(r, create, err);
	} while (rc < 0 && try_again(r, &attempt, most, err));
	if (rc < 0)
		remote_close(&r->target);
	else
		*out = &r->target;
	return rc;
}

/* Every call below: one at a time, attempt after attempt. */
#define ATTEMPT(r, rc, call, err) do { \
	unsigned attempt_ = 0; \
	pthread_mutex_lock(&(r)->lock); \
	do { \
		(rc) = connected((r), (err)) < 0 ? -1 : (call); \
	} while ((rc) < 0 && try_again((r), &attempt_, attempts(), (err))); \
	pthread_mutex_unlock(&(r)->lock); \
} while (0)

/* An attempt whose answer was lost may have put the file all the same. */
static bool
is_what_we_put(struct remote *r, const char *name, const char *path)
{
	struct buf ours = BUF_EMPTY, theirs = BUF_EMPTY;
	struct file_meta meta;
	struct error ignored;
	uint64_t at = 0, size;
	bool same = false;
	size_t n;
	int fd = -1;

	if (file_open_read(path, &fd, &ignored) < 0 || file_stat_fd(fd, &meta, &ignored) < 0 ||
	    r->ops->stat(r, name, &size, &ignored) < 0 || size != meta.size)
		goto out;
	for (; at < size; at += n) {
		n = size - at < COMPARE_STEP ? (size_t)(size - at) : COMPARE_STEP;
		buf_clear(&ours);
		if (file_read_at(fd, at, buf_extend(&ours, n), n, &ignored) < 0 ||
		    r->ops->get(r, name, at, n, &theirs, &ignored) < 0 ||
		    !slice_equal(buf_slice(&ours), buf_slice(&theirs)))
			goto out;
	}
	same = true;

out:
	file_close(fd);
	buf_free(&ours);
	buf_free(&theirs);
	return same;
}

static int
put_once(struct remote *r, const char *name, const char *path, unsigned *tries,
    struct error *err)
{
	int rc = r->ops->put(r, name, path, err);

	if (rc < 0 && err->code == ERR_EXISTS && *tries > 0 && is_what_we_put(r, name, path))
		rc = 0;
	++*tries;
	return rc;
}

int
remote_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err)
{
	struct remote *r = remote_of(t);
	unsigned tries = 0;
	int rc;

	if (!path_is_safe(slice_string(name)))
		return fail(err, ERR_USAGE, "%s: not a name for a file", name);
	ATTEMPT(r, rc, put_once(r, name, spool_path, &tries, err), err);
	if (rc < 0)
		return fail_in(err, "%s", t->url);
	return take ? file_remove(spool_path, err) : 0;
}

int
remote_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct remote *r = remote_of(t);
	int rc;

	buf_clear(out);
	if (!path_is_safe(slice_string(name)))
		return fail(err, ERR_NOT_FOUND, "%s: not a name of a file", name);
	ATTEMPT(r, rc, (buf_clear(out), r->ops->get(r, name, at, n, out, err)), err);
	if (rc < 0) {
		buf_clear(out);
		fail_in(err, "%s: %s", t->url, name);
	}
	return rc;
}

int
remote_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	struct remote *r = remote_of(t);
	int rc;

	if (!path_is_safe(slice_string(name)))
		return fail(err, ERR_NOT_FOUND, "%s: not a name of a file", name);
	ATTEMPT(r, rc, r->ops->stat(r, name, size, err), err);
	return rc < 0 ? fail_in(err, "%s: %s", t->url, name) : 0;
}

void
remote_found(struct remote *r, struct slice name, uint64_t size)
{
	struct target_item *item;

	if (!path_is_safe(name) || slice_starts(name, "tmp/"))
		return;
	item = vec_push(&r->found);
	item->name = arena_string_of(r->found.arena, name);
	item->size = size;
}

static int
compare_items(const void *a, const void *b)
{
	return strcmp(((const struct target_item *)a)->name, ((const struct target_item *)b)->name);
}

static int
list_once(struct remote *r, const char *prefix, struct error *err)
{
	vec_clear(&r->found);
	return r->ops->list(r, prefix, err);
}

int
remote_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	struct remote *r = remote_of(t);
	size_t i;
	int rc;

	r->found.arena = a;
	ATTEMPT(r, rc, list_once(r, prefix, err), err);
	if (rc < 0) {
		fail_in(err, "%s: %s", t->url, prefix);
		goto out;
	}
	*items = arena_alloc(a, r->found.n * sizeof(**items));
	*n = 0;
	if (r->found.n > 0)
		qsort(r->found.items, r->found.n, sizeof(**items), compare_items);
	for (i = 0; i < r->found.n; i++)
		/* A listing that goes on while files are put may name one twice. */
		if (*n == 0 || strcmp((*items)[*n - 1].name, r->found.items[i].name) != 0)
			(*items)[(*n)++] = r->found.items[i];

out:
	vec_free(&r->found);
	return rc;
}

int
remote_remove(struct target *t, const char *name, struct error *err)
{
	struct remote *r = remote_of(t);
	int rc;

	if (!path_is_safe(slice_string(name)))
		return fail(err, ERR_USAGE, "%s: not a name of a file", name);
	ATTEMPT(r, rc, r->ops->remove(r, name, err), err);
	if (rc < 0 && err->code == ERR_NOT_FOUND)
		rc = 0;
	return rc < 0 ? fail_in(err, "%s: %s", t->url, name) : 0;
}

void
remote_close(struct target *t)
{
	struct remote *r;

	if (t == NULL)
		return;
	r = remote_of(t);
	disconnect(r);
	pthread_mutex_destroy(&r->lock);
	arena_free(&r->strings);
	r->ops->close(r);
}

const char *
remote_temporary(struct remote *r, struct arena *a)
{
	char hex[33];

	(void)r;
	random_hex(hex);
	return arena_format(a, "tmp/mailcask-%s", hex);
}

bool
remote_is_leftover(struct slice name)
{
	return slice_is(name, "README.txt") || slice_is(name, "target.json") ||
	    slice_is(name, "tmp") || slice_starts(name, "tmp/") ||
	    slice_is(name, "lost+found");
}

/* ---- The world ---- */

static const char *
no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static int64_t
no_clock(void)
{
	return 0;
}

static struct target_world world = { .variable = no_variable, .clock = no_clock };

void
remote_set_world(const struct target_world *new_world)
{
	world = *new_world;
}

const struct target_world *
remote_world(void)
{
	return &world;
}

const char *
remote_variable(const char *name)
{
	const char *value = world.variable(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

unsigned
remote_connect_ms(void)
{
	return world.connect_ms != 0 ? world.connect_ms : CONNECT_MS;
}

void
remote_pause(unsigned ms)
{
	const struct timespec pause = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

/* ---- URLs ---- */

bool
remote_unescape(struct slice s, struct buf *out)
{
	uint64_t code;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			buf_add_byte(out, s.p[i]);
			continue;
		}
		if (s.n - i < 3 || !slice_hex_number(slice_sub(s, i + 1, 2), 255, &code) || code == 0)
			return false;
		buf_add_byte(out, (unsigned char)code);
		i += 2;
	}
	return true;
}

void
remote_add_escaped(struct buf *out, const char *s, const char *keep)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(unreserved, *s) != NULL || strchr(keep, *s) != NULL)
			buf_add_byte(out, (unsigned char)*s);
		else
			buf_add_format(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static const char *
unescaped(struct slice s, struct arena *a)
{
	struct buf plain = BUF_EMPTY;
	const char *out = NULL;

	if (remote_unescape(s, &plain))
		out = arena_string_of(a, buf_slice(&plain));
	buf_free(&plain);
	return out;
}

/* "host", "host:22", "[::1]:22". */
static bool
parse_place(struct slice place, struct arena *a, struct remote_url *out)
{
	struct slice port = SLICE_EMPTY;
	uint64_t number = 0;
	size_t end;

	if (slice_starts(place, "[")) {
		end = slice_find(place, 0, ']');
		if (end == place.n)
			return false;
		port = slice_from(place, end + 1);
		place = slice_sub(place, 1, end - 1);
		if (port.n > 0 && port.p[0] != ':')
			return false;
	} else {
		end = slice_find(place, 0, ':');
		port = slice_from(place, end);
		place = slice_sub(place, 0, end);
	}
	/* "-" would be an option to a program that is given a host. */
	if (place.n == 0 || place.p[0] == '-')
		return false;
	if (port.n > 0 && (!slice_number(slice_from(port, 1), 65535, &number) || number == 0))
		return false;
	out->host = arena_string_of(a, place);
	out->port = (unsigned)number;
	return true;
}

int
remote_parse_url(const char *url, struct arena *a, struct remote_url *out, struct error *err)
{
	const char *mark = strstr(url, "://");
	struct slice rest = slice_string(mark != NULL ? mark + 3 : ""), place, user;
	size_t at;

	memset(out, 0, sizeof(*out));
	at = slice_find(rest, 0, '?');
	out->query = arena_string_of(a, slice_from(rest, at < rest.n ? at + 1 : at));
	rest = slice_sub(rest, 0, at);
	at = slice_find(rest, 0, '/');
	place = slice_sub(rest, 0, at);
	out->path = unescaped(slice_from(rest, at), a);
	at = slice_find(place, 0, '@');
	if (at < place.n) {
		user = slice_sub(place, 0, at);
		place = slice_from(place, at + 1);
		if (slice_find(user, 0, ':') < user.n)
			return fail(err, ERR_USAGE, "the URL holds a password, which anybody "
			    "can see who lists processes; leave it out: the manual, TARGETS, "
			    "says where it may stand");
		out->user = unescaped(user, a);
		if (out->user == NULL || out->user[0] == '\0' || out->user[0] == '-')
			return fail(err, ERR_USAGE, "%s: no user's name before the \"@\"", url);
	}
	if (out->path == NULL || !parse_place(place, a, out))
		return fail(err, ERR_USAGE, "%s: not a URL like %.*s://host/path", url,
		    mark != NULL ? (int)(mark - url) : 0, url);
	return 0;
}

bool
remote_next_setting(const char *query, size_t *at, struct arena *a, const char **key,
    const char **value)
{
	struct slice all = slice_string(query), one;
	size_t end, equal;

	if (*at >= all.n)
		return false;
	end = slice_find(all, *at, '&');
	one = slice_sub(all, *at, end - *at);
	*at = end + 1;
	equal = slice_find(one, 0, '=');
	*key = arena_string_of(a, slice_sub(one, 0, equal));
	*value = unescaped(slice_from(one, equal < one.n ? equal + 1 : equal), a);
	if (*value == NULL)
		*value = "";
	return true;
}
