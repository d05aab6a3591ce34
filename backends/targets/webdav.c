/* SPDX-License-Identifier: MIT */
#include "backends/targets/targets.h"

#include <inttypes.h>

#include "backends/targets/http.h"
#include "backends/targets/range.h"
#include "backends/targets/remote.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/secret.h"
#include "core/base/xml.h"

#define IDENTITY "archive.json"
#define DEPTH_MAX 8u                    /* of directories below the root; ours are two deep */
#define LIST_MAX (256u * MIB)           /* an answer that names all files of a directory */
#define KEYS_FILE_MAX MIB

/*
 * Files go under a temporary name first and are moved (RFC 4918 9.9), with
 * "Overwrite: F", which fails where a file of that name is.
 */
struct webdav {
	struct remote remote;
	struct http *http;
	struct remote_url url;
	const char *base;               /* "https://host:port" */
	const char *path;               /* decoded, with a "/" at both ends */
	const char *user, *password;
	struct map made;                /* directories that are there */
};

static struct webdav *
webdav_of(struct remote *r)
{
	return (struct webdav *)(void *)((char *)r - offsetof(struct webdav, remote));
}

static const char *
url_of(struct webdav *w, struct arena *a, const char *name)
{
	struct buf url = BUF_EMPTY;
	const char *out;

	buf_add_string(&url, w->base);
	remote_add_escaped(&url, w->path, "/");
	remote_add_escaped(&url, name, "/");
	out = arena_string_of(a, buf_slice(&url));
	buf_free(&url);
	return out;
}

static int
webdav_fail(const struct http_answer *answer, struct error *err)
{
	switch (answer->status) {
	case 401:
		return fail(err, ERR_UNREACHABLE, "the server wants a name and a password; write them "
		    "into ~/.netrc, or set MAILCASK_WEBDAV_USER and MAILCASK_WEBDAV_PASSWORD");
	case 403:
		return fail(err, ERR_UNREACHABLE, "the server forbids it (403)");
	case 404:
		return fail(err, ERR_NOT_FOUND, "not found");
	case 405:
	case 501:
		return fail(err, ERR_SYSTEM, "the server does not support it (%ld); is this WebDAV?",
		    answer->status);
	case 413:
		return fail(err, ERR_SYSTEM, "the server takes no files as long as this (413)");
	case 507:
		return fail(err, ERR_SYSTEM, "the disk there is full (507)");
	default:
		return fail(err, ERR_SYSTEM, "the server answers %ld", answer->status);
	}
}

static int
send(struct webdav *w, struct http_request *q, struct http_answer *out, struct error *err)
{
	bool again;
	int rc;

	q->user = w->user;
	q->password = w->password;
	if (q->most == 0)
		q->most = MIB;
	rc = http_send(w->http, q, out, &again, err);
	if (rc == 0 && http_is_temporary(out->status) && out->status != 501 && out->status != 507) {
		webdav_fail(out, err);
		again = true;
		rc = -1;
	}
	return rc < 0 && again ? remote_again(&w->remote, err) : rc;
}

/* A request without anything to send; its status, or -1. */
static long
ask(struct webdav *w, const char *method, const char *name, struct http_answer *out,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct http_request q = HTTP_REQUEST(method, url_of(w, &a, name));
	int rc = send(w, &q, out, err);

	arena_free(&a);
	return rc < 0 ? -1 : out->status;
}

/* ---- Files ---- */

/* Apache leaves the length out where it is zero. */
static int
must_be_empty(struct webdav *w, const char *name, struct error *err)
{
	struct http_answer answer = HTTP_ANSWER;
	long status = ask(w, "GET", name, &answer, err);
	int rc = status < 0 ? -1 : 0;

	if (status >= 0 && (status != 200 || answer.body.n > 0 || slice_starts_nocase(
	    http_header(&answer, "Content-Type"), "httpd/unix-directory")))
		rc = fail(err, ERR_CORRUPT, "the server does not say how long the file is");
	http_answer_free(&answer);
	return rc;
}

static int
webdav_stat(struct remote *r, const char *name, uint64_t *size, struct error *err)
{
	struct http_answer answer = HTTP_ANSWER;
	long status = ask(webdav_of(r), "HEAD", name, &answer, err);
	int rc = status < 0 ? -1 : 0;

	*size = 0;
	if (status >= 0 && status != 200)
		rc = webdav_fail(&answer, err);
	else if (status == 200 && !slice_number(http_header(&answer, "Content-Length"), UINT64_MAX,
	    size))
		rc = must_be_empty(webdav_of(r), name, err);
	http_answer_free(&answer);
	return rc;
}

static int
webdav_get(struct remote *r, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct webdav *w = webdav_of(r);
	struct arena a = ARENA_EMPTY;
	struct http_request q = HTTP_REQUEST("GET", url_of(w, &a, name));
	struct http_answer answer = HTTP_ANSWER;
	uint64_t size;
	int rc;

	if (n == 0) {
		arena_free(&a);
		return webdav_stat(r, name, &size, err);
	}
	*(const char **)vec_push(&q.headers) = range_header(&a, at, n, &q.most);
	rc = send(w, &q, &answer, err);
	if (rc == 0)
		rc = range_take(&answer, at, n, out, err);
	if (rc > 0)
		rc = webdav_fail(&answer, err);
	http_answer_free(&answer);
	arena_free(&a);
	return rc;
}

static int
webdav_remove(struct remote *r, const char *name, struct error *err)
{
	struct http_answer answer = HTTP_ANSWER;
	long status = ask(webdav_of(r), "DELETE", name, &answer, err);
	int rc = status < 0 ? -1 : 0;

	if (status >= 300 && status != 404)
		rc = webdav_fail(&answer, err);
	http_answer_free(&answer);
	return rc;
}

/* All directories above path, which begins with "/". */
static int
make_directories(struct webdav *w, const char *path, struct error *err)
{
	struct slice whole = slice_string(path), one;
	struct http_answer answer = HTTP_ANSWER;
	struct arena a = ARENA_EMPTY;
	struct buf url = BUF_EMPTY;
	size_t slash;
	int rc = 0;

	for (slash = slice_find(whole, 1, '/'); rc == 0 && slash < whole.n;
	    slash = slice_find(whole, slash + 1, '/')) {
		struct http_request q = HTTP_REQUEST("MKCOL", NULL);

		one = slice_sub(whole, 0, slash + 1);
		if (map_get(&w->made, one, NULL))
			continue;
		buf_clear(&url);
		buf_add_string(&url, w->base);
		remote_add_escaped(&url, arena_string_of(&a, one), "/");
		q.url = buf_text(&url);
		rc = send(w, &q, &answer, err);
		/* 405: it is there; 403, 409 and 301 may be said of what is not ours to
		 * make: what comes after tells. */
		if (rc == 0 && answer.status >= 300 && answer.status != 405 &&
		    answer.status != 403 && answer.status != 409 && answer.status != 301)
			rc = webdav_fail(&answer, err);
		if (rc == 0)
			map_put(&w->made, one, 1);
	}
	http_answer_free(&answer);
	arena_free(&a);
	buf_free(&url);
	return rc;
}

/* Those above a file of ours. */
static int
make_parents(struct webdav *w, const char *name, struct arena *a, struct error *err)
{
	return make_directories(w, arena_format(a, "%s%s", w->path, name), err);
}

static int
send_file(struct webdav *w, const char *name, int fd, uint64_t size, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct http_answer answer = HTTP_ANSWER;
	struct http_request q = HTTP_REQUEST("PUT", url_of(w, &a, name));
	int rc = make_parents(w, name, &a, err);

	q.fd = fd;
	q.n = size;
	q.has_body = true;
	if (rc == 0)
		rc = send(w, &q, &answer, err);
	if (rc == 0 && answer.status >= 300)
		rc = webdav_fail(&answer, err);
	http_answer_free(&answer);
	arena_free(&a);
	return rc;
}

static int
move(struct webdav *w, const char *from, const char *name, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct http_answer answer = HTTP_ANSWER;
	struct http_request q = HTTP_REQUEST("MOVE", url_of(w, &a, from));
	struct error why;
	uint64_t size;
	int rc = make_parents(w, name, &a, err);

	*(const char **)vec_push(&q.headers) = arena_format(&a, "Destination: %s", url_of(w, &a, name));
	*(const char **)vec_push(&q.headers) = "Overwrite: F";
	if (rc == 0)
		rc = send(w, &q, &answer, err);
	if (rc == 0 && answer.status >= 300) {
		rc = webdav_fail(&answer, &why);
		/* 412 says so (RFC 4918 9.9.4); some servers have another code for it. */
		if (answer.status == 412 || webdav_stat(&w->remote, name, &size, err) == 0) {
			/* A moment ago it was not: another's, or ours, moved by a request
			 * whose answer was lost.  The next attempt compares. */
			fail(err, ERR_EXISTS, "%s: is there already", name);
			remote_again(&w->remote, err);
		} else {
			*err = why;
		}
	}
	/* They may have been taken away by others. */
	if (rc < 0)
		map_clear(&w->made);
	vec_free(&q.headers);
	http_answer_free(&answer);
	arena_free(&a);
	return rc;
}

static int
webdav_put(struct remote *r, const char *name, const char *path, struct error *err)
{
	struct webdav *w = webdav_of(r);
	struct arena a = ARENA_EMPTY;
	struct http_answer answer = HTTP_ANSWER;
	struct file_meta meta;
	struct error ignored;
	const char *from = NULL;
	uint64_t size;
	int fd = -1, rc = -1;

	if (webdav_stat(r, name, &size, err) == 0) {
		fail(err, ERR_EXISTS, "%s: is there already", name);
		goto out;
	}
	if (err->code != ERR_NOT_FOUND || file_open_read(path, &fd, err) < 0 ||
	    file_stat_fd(fd, &meta, err) < 0)
		goto out;
	from = remote_temporary(r, &a);
	if (send_file(w, from, fd, meta.size, err) < 0)
		goto out;
	rc = move(w, from, name, err);

out:
	if (rc < 0 && from != NULL && !r->again)
		ask(w, "DELETE", from, &answer, &ignored);
	r->again = r->again && rc < 0;
	http_answer_free(&answer);
	file_close(fd);
	arena_free(&a);
	return rc;
}

/* ---- Listing ---- */

struct directories {
	struct { const char *name; unsigned depth; } *items;
	size_t n, cap;
};

/* What a PROPFIND says of one file or directory. */
struct response {
	struct buf href;
	uint64_t size;
	bool is_directory, has_size;
};

/* "D:href", whatever the prefix. */
static bool
is_element(struct slice name, const char *local)
{
	size_t colon = slice_find(name, 0, ':');

	return slice_is(slice_from(name, colon < name.n ? colon + 1 : 0), local);
}

/*
 * Take one entry of the directory "below".  Of what the server calls it only
 * the last component is used, and only where the rest is the directory's own.
 */
static void
take_response(struct webdav *w, const char *below, unsigned depth, const struct response *one,
    struct arena *a, struct directories *more)
{
	struct slice path = buf_slice(&one->href), own = slice_string(arena_format(a, "%s%s%s",
	    w->path, below, below[0] != '\0' ? "/" : ""));
	struct buf plain = BUF_EMPTY;
	size_t host = slice_find_bytes(path, 0, SLICE_OF("://"));
	const char *name;

	/* An absolute URL: the host is passed over, whatever it is. */
	if (host < path.n)
		path = slice_from(path, slice_find(path, host + 3, '/'));
	if (!remote_unescape(path, &plain))
		goto out;
	path = buf_slice(&plain);
	if (slice_ends(path, "/"))
		path.n--;
	if (path.n <= own.n || !slice_equal(slice_sub(path, 0, own.n), own) ||
	    !path_name_is_safe(slice_from(path, own.n)))
		goto out;
	name = arena_format(a, "%s%s%.*s", below, below[0] != '\0' ? "/" : "",
	    (int)(path.n - own.n), (const char *)path.p + own.n);
	if (!one->is_directory && one->has_size) {
		remote_found(&w->remote, slice_string(name), one->size);
	} else if (one->is_directory && depth < DEPTH_MAX && strcmp(name, "tmp") != 0) {
		more->items = vec_grow(more->items, &more->cap, more->n, sizeof(*more->items));
		more->items[more->n].name = name;
		more->items[more->n++].depth = depth + 1;
	}

out:
	buf_free(&plain);
}

static int
take_responses(struct webdav *w, struct slice text, const char *below, unsigned depth,
    struct arena *a, struct directories *more, struct error *err)
{
	struct xml xml = xml_open(text);
	struct response one = { .href = BUF_EMPTY };
	struct buf value = BUF_EMPTY;
	bool whole = false;
	struct xml_tag tag;

	while (xml_next(&xml, &tag)) {
		if (is_element(tag.name, "collection")) {
			one.is_directory = true;
		} else if (!tag.is_end) {
			continue;
		} else if (is_element(tag.name, "href") && one.href.n == 0) {
			buf_clear(&value);
			xml_decode(tag.text, &value);
			buf_set(&one.href, slice_trim(buf_slice(&value)));
		} else if (is_element(tag.name, "getcontentlength")) {
			one.has_size = slice_number(slice_trim(tag.text), UINT64_MAX, &one.size);
		} else if (is_element(tag.name, "response")) {
			take_response(w, below, depth, &one, a, more);
			buf_clear(&one.href);
			one.is_directory = one.has_size = false;
		} else if (is_element(tag.name, "multistatus")) {
			whole = true;
		}
	}
	buf_free(&one.href);
	buf_free(&value);
	return whole ? 0 : fail(err, ERR_CORRUPT, "the server's list of files ends in the middle");
}

/* 1: read; 0: there is none; -1. */
static int
read_directory(struct webdav *w, const char *below, unsigned depth, struct arena *a,
    struct directories *more, struct error *err)
{
	static const char wanted[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<propfind xmlns=\"DAV:\"><prop><resourcetype/><getcontentlength/></prop></propfind>";
	struct http_request q = HTTP_REQUEST("PROPFIND", url_of(w, a,
	    below[0] != '\0' ? arena_format(a, "%s/", below) : ""));
	struct http_answer answer = HTTP_ANSWER;
	int rc;

	*(const char **)vec_push(&q.headers) = "Depth: 1";
	*(const char **)vec_push(&q.headers) = "Content-Type: application/xml";
	q.bytes = slice_string(wanted);
	q.has_body = true;
	q.most = LIST_MAX;
	rc = send(w, &q, &answer, err);
	if (rc == 0 && answer.status == 207)
		rc = take_responses(w, buf_slice(&answer.body), below, depth, a, more, err) < 0 ?
		    remote_again(&w->remote, err) : 1;
	else if (rc == 0 && answer.status != 404)
		rc = webdav_fail(&answer, err);
	http_answer_free(&answer);
	return rc;
}

static int
webdav_list(struct remote *r, const char *prefix, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directories todo = { NULL, 0, 0 };
	struct slice below = slice_string(prefix);
	size_t i;
	int rc;

	if (slice_ends(below, "/"))
		below.n--;
	rc = read_directory(webdav_of(r), arena_string_of(&a, below), 0, &a, &todo, err);
	for (i = 0; rc >= 0 && i < todo.n; i++)
		rc = read_directory(webdav_of(r), todo.items[i].name, todo.items[i].depth, &a, &todo,
		    err);
	vec_free(&todo);
	arena_free(&a);
	return rc < 0 ? -1 : 0;
}

/* ---- Open and close ---- */

static int
webdav_connect(struct remote *r, struct error *err)
{
	if (webdav_of(r)->http == NULL)
		webdav_of(r)->http = http_open(err);
	return webdav_of(r)->http != NULL ? 0 : -1;
}

static void
webdav_disconnect(struct remote *r)
{
	http_close(webdav_of(r)->http);
	webdav_of(r)->http = NULL;
}

static void
webdav_close(struct remote *r)
{
	map_free(&webdav_of(r)->made);
	mem_free(webdav_of(r));
}

static int
must_be_free(struct webdav *w, struct error *err)
{
	struct remote *r = &w->remote;
	struct arena a = ARENA_EMPTY;
	struct directories todo = { NULL, 0, 0 };
	size_t i;
	int rc;

	r->found.arena = &a;
	rc = read_directory(w, "", 0, &a, &todo, err);
	for (i = 0; rc > 0 && i < r->found.n; i++)
		if (!remote_is_leftover(slice_string(r->found.items[i].name)))
			rc = fail(err, ERR_EXISTS, "the directory is not empty");
	for (i = 0; rc > 0 && i < todo.n; i++)
		if (!remote_is_leftover(slice_string(todo.items[i].name)))
			rc = fail(err, ERR_EXISTS, "the directory is not empty");
	if (rc == 0)
		rc = make_directories(w, w->path, err);
	vec_free(&r->found);
	vec_free(&todo);
	arena_free(&a);
	return rc < 0 ? fail_in(err, "%s", r->target.url) : 0;
}

static int
webdav_look(struct remote *r, bool create, struct error *err)
{
	uint64_t size;

	if (webdav_stat(r, IDENTITY, &size, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND)
		return fail_in(err, "%s", r->target.url);
	return create ? must_be_free(webdav_of(r), err) : remote_no_archive(r, err);
}

static const struct remote_ops webdav_ops = {
	.connect = webdav_connect,
	.look = webdav_look,
	.put = webdav_put,
	.get = webdav_get,
	.stat = webdav_stat,
	.list = webdav_list,
	.remove = webdav_remove,
	.disconnect = webdav_disconnect,
	.close = webdav_close,
};

/* The words behind "machine HOST" (or "default") in a ~/.netrc. */
static void
read_netrc(struct webdav *w, struct slice text)
{
	struct arena *a = &w->remote.strings;
	struct slice word, last = SLICE_EMPTY;
	const char *login = NULL, *password = NULL;
	bool inside = false;
	size_t end;

	for (text = slice_trim(text); text.n > 0 || inside; text = slice_trim(text)) {
		for (end = 0; end < text.n && strchr(" \t\r\n", text.p[end]) == NULL; end++)
			;
		word = slice_sub(text, 0, end);
		text = slice_from(text, end);
		if (word.n == 0 || slice_is(word, "machine") || slice_is(word, "default")) {
			if (inside && password != NULL && (w->user == NULL || (login != NULL &&
			    strcmp(login, w->user) == 0))) {
				w->user = login != NULL ? login : "";
				w->password = password;
				return;
			}
			inside = slice_is(word, "default");
			login = password = NULL;
		} else if (slice_is(last, "machine")) {
			inside = slice_is(word, w->url.host);
		} else if (slice_is(last, "login") && inside) {
			login = arena_string_of(a, word);
		} else if (slice_is(last, "password") && inside) {
			password = arena_string_of(a, word);
		}
		/* A value is no key, whatever it is. */
		last = slice_is(last, "login") || slice_is(last, "password") ||
		    slice_is(last, "machine") ? SLICE_EMPTY : word;
	}
}

static int
find_password(struct webdav *w, struct error *err)
{
	const char *home = remote_variable("HOME"), *file = remote_variable("NETRC");
	struct buf text = BUF_EMPTY;
	int rc = 0;

	secret_guard();
	w->user = w->url.user != NULL ? w->url.user : remote_variable("MAILCASK_WEBDAV_USER");
	w->password = remote_variable("MAILCASK_WEBDAV_PASSWORD");
	if (w->password != NULL && w->user != NULL)
		return 0;
	if (file == NULL && home != NULL)
		file = path_join(&w->remote.strings, home, ".netrc");
	if (file != NULL && file_read_all(file, KEYS_FILE_MAX, &text, err) == 0)
		read_netrc(w, buf_slice(&text));
	else if (file != NULL && err->code != ERR_NOT_FOUND)
		rc = -1;
	secret_free(&text);
	return rc;
}

static int
open_with(const struct target_ops *ops, const char *scheme, const char *url, bool create,
    struct target **out, struct error *err)
{
	struct webdav *w = mem_alloc(sizeof(*w));
	struct arena *a = &w->remote.strings;
	const char *host;

	remote_init(&w->remote, ops, &webdav_ops);
	w->remote.target.url = arena_string(a, url);
	if (remote_parse_url(url, a, &w->url, err) < 0 || find_password(w, err) < 0)
		goto out;
	if (w->url.query[0] != '\0') {
		fail(err, ERR_USAGE, "%s: nothing may stand behind a \"?\"", url);
		goto out;
	}
	host = strchr(w->url.host, ':') != NULL ? arena_format(a, "[%s]", w->url.host) : w->url.host;
	w->base = w->url.port == 0 ? arena_format(a, "%s://%s", scheme, host) :
	    arena_format(a, "%s://%s:%u", scheme, host, w->url.port);
	w->path = w->url.path[0] == '\0' ? "/" : path_clean(a, w->url.path);
	if (strcmp(w->path, "/") != 0)
		w->path = arena_format(a, "%s/", w->path);
	return remote_open(&w->remote, create, out, err);

out:
	remote_close(&w->remote.target);
	return -1;
}

static int
webdav_open(const char *url, bool create, struct target **out, struct error *err)
{
	return open_with(&target_webdav, "http", url, create, out, err);
}

static int
webdavs_open(const char *url, bool create, struct target **out, struct error *err)
{
	return open_with(&target_webdavs, "https", url, create, out, err);
}

const struct target_ops target_webdav = {
	.scheme = "webdav",
	.open = webdav_open,
	REMOTE_OPS
};

const struct target_ops target_webdavs = {
	.scheme = "webdavs",
	.open = webdavs_open,
	REMOTE_OPS
};
