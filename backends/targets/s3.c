/* SPDX-License-Identifier: MIT */
#include "backends/targets/targets.h"

#include <inttypes.h>

#include "backends/targets/range.h"
#include "backends/targets/s3internal.h"
#include "core/base/digest.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/xml.h"

#define IDENTITY "archive.json"
#define REGION "us-east-1"
#define PART_SIZE (64u * MIB)           /* longer files go in parts of this size */
#define PART_MIN (5u * MIB)             /* the least that S3 allows */
#define LIST_MAX (16u * MIB)            /* an answer that names 1,000 files */
#define LOCK_DAYS_MAX 36500

static struct s3 *
s3_of(struct remote *r)
{
	return (struct s3 *)(void *)((char *)r - offsetof(struct s3, remote));
}

/* ---- One request ---- */

static void
digest_of_call(struct s3_call *c)
{
	/* s3put.c knows that of a file already. */
	if (c->fd < 0)
		digest_of(c->bytes, &c->digest);
}

int
s3_send(struct s3 *s, struct s3_call *c, struct http_answer *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf path = BUF_EMPTY, url = BUF_EMPTY, date = BUF_EMPTY, authorization = BUF_EMPTY;
	char payload[DIGEST_HEX + 1];
	struct http_request q = HTTP_REQUEST(c->method, NULL);
	struct slice rest, line;
	bool again;
	size_t i;
	int rc;

	buf_add_string(&path, s->root);
	if (c->name != NULL) {
		remote_add_escaped(&path, s->prefix, "/");
		remote_add_escaped(&path, c->name, "/");
	}
	digest_of_call(c);
	digest_hex(&c->digest, payload);
	s3_sign(&s->keys, s->region, &(struct s3_request){ .method = c->method, .host = s->host,
	    .path = buf_text(&path), .query = buf_text(&c->query), .payload = payload,
	    .headers = buf_text(&c->signed_headers) }, remote_world()->clock(), &date,
	    &authorization);
	buf_add_format(&url, "%s%s%s%s", s->base, buf_text(&path), c->query.n > 0 ? "?" : "",
	    buf_text(&c->query));
	q.url = buf_text(&url);
	q.fd = c->fd;
	q.at = c->at;
	q.n = c->n;
	q.bytes = c->bytes;
	q.has_body = c->has_body;
	q.most = c->most;
	for (i = 0; i < c->plain_headers.n; i++)
		*(const char **)vec_push(&q.headers) = c->plain_headers.items[i];
	*(const char **)vec_push(&q.headers) = arena_format(&a, "x-amz-content-sha256: %s", payload);
	*(const char **)vec_push(&q.headers) = arena_format(&a, "x-amz-date: %s", buf_text(&date));
	if (s->keys.token != NULL)
		*(const char **)vec_push(&q.headers) = arena_format(&a,
		    "x-amz-security-token: %s", s->keys.token);
	rest = buf_slice(&c->signed_headers);
	while (slice_line(&rest, &line))
		*(const char **)vec_push(&q.headers) = arena_string_of(&a, slice_chomp(line));
	*(const char **)vec_push(&q.headers) = arena_format(&a, "Authorization: %s",
	    buf_text(&authorization));
	rc = http_send(s->http, &q, out, &again, err);
	if (rc == 0 && http_is_temporary(out->status) && out->status != 501) {
		s3_fail(out, err);
		again = true;
		rc = -1;
	}
	if (rc < 0 && again)
		remote_again(&s->remote, err);
	buf_free(&path);
	buf_free(&url);
	buf_free(&date);
	buf_free(&authorization);
	buf_free(&c->query);
	buf_free(&c->signed_headers);
	vec_free(&c->plain_headers);
	arena_free(&a);
	return rc;
}

bool
s3_element(struct slice text, const char *name, struct buf *out)
{
	struct xml xml = xml_open(text);
	struct xml_tag tag;

	buf_clear(out);
	while (xml_next(&xml, &tag))
		if (tag.is_end && slice_is(tag.name, name)) {
			xml_decode(tag.text, out);
			return true;
		}
	return false;
}

int
s3_fail(const struct http_answer *answer, struct error *err)
{
	static const struct {
		const char *code, *advice;
	} advices[] = {
		{ "InvalidAccessKeyId", "; the keys are not known there" },
		{ "SignatureDoesNotMatch", "; the secret key is wrong" },
		{ "AccessDenied", "; the keys give no right to do this, or the secret is wrong" },
		{ "ExpiredToken", "; the session's token has run out" },
		{ "RequestTimeTooSkewed", "; the clock of this machine is wrong" },
		{ "NoSuchBucket", "; make the bucket first" },
		{ "AuthorizationHeaderMalformed", "; is region= right?" },
		{ "PermanentRedirect", "; the bucket lies in another region: is region= right?" },
	};
	struct buf code = BUF_EMPTY, message = BUF_EMPTY;
	const char *advice = "";
	size_t i;

	s3_element(buf_slice(&answer->body), "Code", &code);
	s3_element(buf_slice(&answer->body), "Message", &message);
	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (slice_is(buf_slice(&code), advices[i].code))
			advice = advices[i].advice;
	/* An answer to HEAD has no body that says more. */
	if (advice[0] == '\0' && answer->status == 403)
		advice = "; the keys are wrong or give no right to do this";
	fail(err, answer->status == 403 || answer->status == 401 || answer->status == 301 ||
	    slice_is(buf_slice(&code), "NoSuchBucket") ? ERR_UNREACHABLE : ERR_SYSTEM,
	    "the server answers %ld%s%.100s%s%.200s%s", answer->status, code.n > 0 ? " " : "",
	    buf_text(&code), message.n > 0 ? ": " : "", buf_text(&message), advice);
	buf_free(&code);
	buf_free(&message);
	return -1;
}

/* ---- Asking ---- */

static int
s3_stat(struct remote *r, const char *name, uint64_t *size, struct error *err)
{
	struct s3_call c = S3_CALL("HEAD", name);
	struct http_answer answer = HTTP_ANSWER;
	int rc = s3_send(s3_of(r), &c, &answer, err);

	if (rc == 0 && answer.status == 404)
		rc = fail(err, ERR_NOT_FOUND, "not found");
	else if (rc == 0 && answer.status != 200)
		rc = s3_fail(&answer, err);
	else if (rc == 0 && !slice_number(http_header(&answer, "Content-Length"), UINT64_MAX, size))
		rc = fail(err, ERR_CORRUPT, "the server does not say how long the file is");
	http_answer_free(&answer);
	return rc;
}

static int
s3_get(struct remote *r, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct s3 *s = s3_of(r);
	struct s3_call c = S3_CALL("GET", name);
	struct http_answer answer = HTTP_ANSWER;
	struct arena a = ARENA_EMPTY;
	uint64_t size;
	int rc;

	if (n == 0)
		return s3_stat(r, name, &size, err);
	*(const char **)vec_push(&c.plain_headers) = range_header(&a, at, n, &c.most);
	rc = s3_send(s, &c, &answer, err);
	if (rc == 0)
		rc = range_take(&answer, at, n, out, err);
	if (rc > 0)
		rc = s3_fail(&answer, err);
	http_answer_free(&answer);
	arena_free(&a);
	return rc;
}

static int
s3_remove(struct remote *r, const char *name, struct error *err)
{
	struct s3_call c = S3_CALL("DELETE", name);
	struct http_answer answer = HTTP_ANSWER;
	int rc = s3_send(s3_of(r), &c, &answer, err);

	if (rc == 0 && answer.status != 200 && answer.status != 204 && answer.status != 404)
		rc = s3_fail(&answer, err);
	http_answer_free(&answer);
	return rc;
}

/* ---- Listing ---- */

/* One answer: its files, and token: where to go on; empty at the end. */
static int
take_list(struct s3 *s, struct slice text, struct buf *token, struct error *err)
{
	struct xml xml = xml_open(text);
	struct buf key = BUF_EMPTY, value = BUF_EMPTY;
	struct slice prefix = slice_string(s->prefix);
	bool whole = false, more = false;
	uint64_t size = 0;
	struct xml_tag tag;

	buf_clear(token);
	while (xml_next(&xml, &tag)) {
		if (!tag.is_end)
			continue;
		buf_clear(&value);
		xml_decode(tag.text, &value);
		if (slice_is(tag.name, "Key"))
			buf_set(&key, buf_slice(&value));
		else if (slice_is(tag.name, "Size"))
			slice_number(buf_slice(&value), UINT64_MAX, &size);
		else if (slice_is(tag.name, "IsTruncated"))
			more = slice_is(buf_slice(&value), "true");
		else if (slice_is(tag.name, "NextContinuationToken"))
			buf_set(token, buf_slice(&value));
		else if (slice_is(tag.name, "Contents") &&
		    slice_starts(buf_slice(&key), s->prefix))
			remote_found(&s->remote, slice_from(buf_slice(&key), prefix.n), size);
		else if (slice_is(tag.name, "ListBucketResult"))
			whole = true;
	}
	if (!more)
		buf_clear(token);
	buf_free(&key);
	buf_free(&value);
	/* A list that is cut short would make files seem lost. */
	if (!whole || (more && token->n == 0))
		return fail(err, ERR_CORRUPT, "the server's list of files ends in the middle");
	return 0;
}

static int
list_page(struct s3 *s, const char *prefix, unsigned most, struct buf *token, struct error *err)
{
	struct s3_call c = S3_CALL("GET", NULL);
	struct http_answer answer = HTTP_ANSWER;
	int rc;

	c.most = LIST_MAX;
	if (token->n > 0) {
		buf_add_string(&c.query, "continuation-token=");
		remote_add_escaped(&c.query, buf_text(token), "");
		buf_add_byte(&c.query, '&');
	}
	buf_add_format(&c.query, "list-type=2&max-keys=%u&prefix=", most);
	remote_add_escaped(&c.query, s->prefix, "");
	remote_add_escaped(&c.query, prefix, "");
	rc = s3_send(s, &c, &answer, err);
	if (rc == 0 && answer.status != 200)
		rc = s3_fail(&answer, err);
	else if (rc == 0 && take_list(s, buf_slice(&answer.body), token, err) < 0)
		rc = remote_again(&s->remote, err);
	http_answer_free(&answer);
	return rc;
}

static int
s3_list(struct remote *r, const char *prefix, struct error *err)
{
	struct buf token = BUF_EMPTY, before = BUF_EMPTY;
	int rc;

	do {
		buf_set(&before, buf_slice(&token));
		rc = list_page(s3_of(r), prefix, 1000, &token, err);
		if (rc == 0 && token.n > 0 && slice_equal(buf_slice(&token), buf_slice(&before)))
			rc = fail(err, ERR_CORRUPT, "the server's list of files never ends");
	} while (rc == 0 && token.n > 0);
	buf_free(&token);
	buf_free(&before);
	return rc;
}

/* ---- Open and close ---- */

static int
s3_connect(struct remote *r, struct error *err)
{
	if (s3_of(r)->http == NULL)
		s3_of(r)->http = http_open(err);
	return s3_of(r)->http != NULL ? 0 : -1;
}

static void
s3_disconnect(struct remote *r)
{
	http_close(s3_of(r)->http);
	s3_of(r)->http = NULL;
}

static void
s3_close(struct remote *r)
{
	mem_free(s3_of(r));
}

static int
must_be_free(struct s3 *s, struct error *err)
{
	struct remote *r = &s->remote;
	struct arena a = ARENA_EMPTY;
	struct buf token = BUF_EMPTY;
	size_t i;
	int rc;

	r->found.arena = &a;
	rc = list_page(s, "", 10, &token, err);
	for (i = 0; rc == 0 && i < r->found.n; i++)
		if (!remote_is_leftover(slice_string(r->found.items[i].name)))
			rc = fail(err, ERR_EXISTS, "%s: there are other files here", r->target.url);
	vec_free(&r->found);
	buf_free(&token);
	arena_free(&a);
	return rc;
}

static int
s3_look(struct remote *r, bool create, struct error *err)
{
	uint64_t size;

	if (s3_stat(r, IDENTITY, &size, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND)
		return fail_in(err, "%s", r->target.url);
	if (!create) {
		/* A bucket that is not there gives 404 too, and says so to a GET. */
		struct s3_call c = S3_CALL("GET", IDENTITY);
		struct http_answer answer = HTTP_ANSWER;
		struct buf code = BUF_EMPTY;
		int rc = s3_send(s3_of(r), &c, &answer, err);

		if (rc == 0 && s3_element(buf_slice(&answer.body), "Code", &code) &&
		    slice_is(buf_slice(&code), "NoSuchBucket")) {
			s3_fail(&answer, err);
			rc = fail_in(err, "%s", r->target.url);
		} else if (rc == 0) {
			rc = remote_no_archive(r, err);
		}
		buf_free(&code);
		http_answer_free(&answer);
		return rc;
	}
	return must_be_free(s3_of(r), err) < 0 ? fail_in(err, "%s", r->target.url) : 0;
}

static const struct remote_ops s3_ops = {
	.connect = s3_connect,
	.look = s3_look,
	.put = s3_put,
	.get = s3_get,
	.stat = s3_stat,
	.list = s3_list,
	.remove = s3_remove,
	.disconnect = s3_disconnect,
	.close = s3_close,
};

struct settings {
	const char *endpoint, *region, *style, *credentials, *lock, *lock_mode, *part;
};

static int
read_settings(const char *query, struct arena *a, struct settings *out, struct error *err)
{
	const struct {
		const char *key;
		const char **value;
	} known[] = { { "endpoint", &out->endpoint }, { "region", &out->region },
		{ "style", &out->style }, { "credentials", &out->credentials },
		{ "lock", &out->lock }, { "lock-mode", &out->lock_mode }, { "part", &out->part } };
	const char *key, *value;
	size_t at = 0, i;

	memset(out, 0, sizeof(*out));
	while (remote_next_setting(query, &at, a, &key, &value)) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(known[i].key, key) == 0)
				break;
		if (i == sizeof(known) / sizeof(known[0]))
			return fail(err, ERR_USAGE, "there is no \"%s=\" for s3; there are endpoint, "
			    "region, style, credentials, lock, lock-mode and part", key);
		*known[i].value = value;
	}
	return 0;
}

/* Where requests go, and how a key is named there. */
static int
place_bucket(struct s3 *s, const struct settings *set, struct error *err)
{
	struct arena *a = &s->remote.strings;
	const char *endpoint = set->endpoint != NULL ? set->endpoint : s->keys.endpoint, *scheme, *host;
	struct remote_url parsed;
	bool path_style = endpoint != NULL;

	if (set->style != NULL && strcmp(set->style, "path") != 0 && strcmp(set->style, "virtual") != 0)
		return fail(err, ERR_USAGE, "style= is path or virtual, not \"%s\"", set->style);
	if (set->style != NULL)
		path_style = strcmp(set->style, "path") == 0;
	if (endpoint == NULL)
		endpoint = arena_format(a, "https://s3.%s.amazonaws.com", s->region);
	if (strstr(endpoint, "://") == NULL)
		endpoint = arena_format(a, "https://%s", endpoint);
	scheme = strncmp(endpoint, "http://", 7) == 0 ? "http" :
	    strncmp(endpoint, "https://", 8) == 0 ? "https" : NULL;
	if (scheme == NULL || remote_parse_url(endpoint, a, &parsed, err) < 0 ||
	    parsed.user != NULL || strcmp(parsed.path, "/") > 0 || parsed.query[0] != '\0')
		return fail(err, ERR_USAGE, "endpoint= is like https://host:9000, not \"%s\"", endpoint);
	host = strchr(parsed.host, ':') != NULL ? arena_format(a, "[%s]", parsed.host) : parsed.host;
	if (!path_style)
		host = arena_format(a, "%s.%s", s->bucket, host);
	s->host = parsed.port == 0 ? host : arena_format(a, "%s:%u", host, parsed.port);
	s->base = arena_format(a, "%s://%s", scheme, s->host);
	s->root = path_style ? arena_format(a, "/%s/", s->bucket) : "/";
	return 0;
}

static int
place_lock(struct s3 *s, const struct settings *set, struct error *err)
{
	struct slice days = slice_string(set->lock);
	uint64_t n;

	s->lock_mode = set->lock_mode != NULL ? set->lock_mode : "GOVERNANCE";
	if (strcmp(s->lock_mode, "GOVERNANCE") != 0 && strcmp(s->lock_mode, "COMPLIANCE") != 0)
		return fail(err, ERR_USAGE, "lock-mode= is GOVERNANCE or COMPLIANCE");
	if (set->lock == NULL)
		return 0;
	if (!slice_ends(days, "d") || !slice_number(slice_sub(days, 0, days.n - 1), LOCK_DAYS_MAX, &n))
		return fail(err, ERR_USAGE, "lock= is a number of days like 30d, not \"%s\"", set->lock);
	s->lock_seconds = (int64_t)n * 86400;
	return 0;
}

static int
set_up(struct s3 *s, const char *url, struct error *err)
{
	struct arena *a = &s->remote.strings;
	struct remote_url parsed;
	struct settings set;
	uint64_t part;

	if (remote_parse_url(url, a, &parsed, err) < 0 ||
	    read_settings(parsed.query, a, &set, err) < 0)
		return -1;
	if (parsed.user != NULL || parsed.port != 0)
		return fail(err, ERR_USAGE, "%s: not like s3://bucket/prefix", url);
	s->bucket = parsed.host;
	s->prefix = path_clean(a, parsed.path);
	while (s->prefix[0] == '/')
		s->prefix++;
	s->prefix = s->prefix[0] == '\0' || strcmp(s->prefix, ".") == 0 ? "" :
	    arena_format(a, "%s/", s->prefix);
	s->part_size = PART_SIZE;
	if (set.part != NULL) {
		if (!slice_number(slice_string(set.part), 5000, &part) || part * MIB < PART_MIN)
			return fail(err, ERR_USAGE, "part= is a number of MiB, 5 or more, not \"%s\"",
			    set.part);
		s->part_size = part * MIB;
	}
	if (s3_find_keys(set.credentials, a, &s->keys, err) < 0)
		return fail_in(err, "s3://%s", s->bucket);
	s->region = set.region != NULL ? set.region : s->keys.region != NULL ? s->keys.region : REGION;
	return place_bucket(s, &set, err) < 0 || place_lock(s, &set, err) < 0 ? -1 : 0;
}

static int
s3_open(const char *url, bool create, struct target **out, struct error *err)
{
	struct s3 *s = mem_alloc(sizeof(*s));

	remote_init(&s->remote, &target_s3, &s3_ops);
	s->remote.target.url = arena_string(&s->remote.strings, url);
	if (set_up(s, url, err) < 0) {
		remote_close(&s->remote.target);
		return -1;
	}
	return remote_open(&s->remote, create, out, err);
}

const struct target_ops target_s3 = {
	.scheme = "s3",
	.open = s3_open,
	REMOTE_OPS
};
