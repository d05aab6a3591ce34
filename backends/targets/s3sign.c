/* SPDX-License-Identifier: MIT */
#include "backends/targets/s3sign.h"

#include <stdlib.h>
#include <time.h>

#include "backends/targets/remote.h"
#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/secret.h"
#include "core/base/vec.h"

/* ---- Signing (Amazon S3 API Reference, "Signature Calculations") ---- */

#define HMAC_BLOCK 64

/* RFC 2104. */
static void
hmac(struct slice key, struct slice text, struct digest *out)
{
	unsigned char inner[HMAC_BLOCK], outer[HMAC_BLOCK];
	struct hasher *h = hasher_open();
	struct digest of_key;
	size_t i;

	if (key.n > HMAC_BLOCK) {
		digest_of(key, &of_key);
		key = digest_slice(&of_key);
	}
	for (i = 0; i < HMAC_BLOCK; i++) {
		inner[i] = (unsigned char)((i < key.n ? key.p[i] : 0) ^ 0x36);
		outer[i] = (unsigned char)((i < key.n ? key.p[i] : 0) ^ 0x5c);
	}
	hasher_add(h, slice_of(inner, sizeof(inner)));
	hasher_add(h, text);
	hasher_end(h, out);
	hasher_reset(h);
	hasher_add(h, slice_of(outer, sizeof(outer)));
	hasher_add(h, digest_slice(out));
	hasher_end(h, out);
	hasher_close(h);
}

static void
signing_key(const struct s3_keys *keys, const char *day, const char *region, struct digest *out)
{
	struct buf secret = BUF_EMPTY;

	buf_reserve(&secret, strlen(keys->secret) + 8);
	buf_add_format(&secret, "AWS4%s", keys->secret);
	hmac(buf_slice(&secret), slice_string(day), out);
	hmac(digest_slice(out), slice_string(region), out);
	hmac(digest_slice(out), SLICE_OF("s3"), out);
	hmac(digest_slice(out), SLICE_OF("aws4_request"), out);
	secret_free(&secret);
}

struct header {
	struct slice name, value;
};

static int
compare_headers(const void *a, const void *b)
{
	return slice_compare(((const struct header *)a)->name, ((const struct header *)b)->name);
}

/* All that is signed, in order, into lines; their names into names. */
static void
add_headers(const struct s3_keys *keys, const struct s3_request *q, const char *date,
    struct buf *lines, struct buf *names)
{
	VEC(struct header) all = VEC_EMPTY;
	struct slice rest = slice_string(q->headers), line;
	struct header *h;
	size_t i, colon;
	const struct header fixed[] = {
		{ SLICE_OF("host"), slice_string(q->host) },
		{ SLICE_OF("x-amz-content-sha256"), slice_string(q->payload) },
		{ SLICE_OF("x-amz-date"), slice_string(date) },
		{ SLICE_OF("x-amz-security-token"), slice_string(keys->token) },
	};

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (i < 3 || keys->token != NULL)
			*(struct header *)vec_push(&all) = fixed[i];
	while (slice_line(&rest, &line)) {
		line = slice_chomp(line);
		colon = slice_find(line, 0, ':');
		h = vec_push(&all);
		h->name = slice_sub(line, 0, colon);
		h->value = slice_from(line, colon + 1);
	}
	qsort(all.items, all.n, sizeof(all.items[0]), compare_headers);
	for (i = 0; i < all.n; i++) {
		buf_add(lines, all.items[i].name);
		buf_add_byte(lines, ':');
		buf_add(lines, slice_trim(all.items[i].value));
		buf_add_byte(lines, '\n');
		if (i > 0)
			buf_add_byte(names, ';');
		buf_add(names, all.items[i].name);
	}
	vec_free(&all);
}

void
s3_sign(const struct s3_keys *keys, const char *region, const struct s3_request *q, int64_t now,
    struct buf *date, struct buf *authorization)
{
	struct buf lines = BUF_EMPTY, names = BUF_EMPTY, text = BUF_EMPTY;
	struct digest digest, key;
	time_t seconds = (time_t)now;
	char stamp[20], day[12];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	add_headers(keys, q, stamp, &lines, &names);
	buf_add_format(&text, "%s\n%s\n%s\n%s\n%s\n%s", q->method, q->path, q->query,
	    buf_text(&lines), buf_text(&names), q->payload);
	digest_of(buf_slice(&text), &digest);
	buf_clear(&text);
	buf_add_format(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n", stamp, day, region);
	digest_add_hex(&text, &digest);
	signing_key(keys, day, region, &key);
	hmac(digest_slice(&key), buf_slice(&text), &digest);
	buf_add_string(date, stamp);
	buf_add_format(authorization, "AWS4-HMAC-SHA256 Credential=%s/%s/%s/s3/aws4_request,"
	    "SignedHeaders=%s,Signature=", keys->id, day, region, buf_text(&names));
	digest_add_hex(authorization, &digest);
	buf_free(&lines);
	buf_free(&names);
	buf_free(&text);
}

/* ---- Keys ---- */

#define KEYS_FILE_MAX MIB

/* Values of one section of a file like ~/.aws/credentials; those that are set
 * already stay. */
static void
read_section(struct slice text, const char *section, struct arena *a, struct s3_keys *out)
{
	const struct {
		const char *key;
		const char **value;
	} known[] = { { "aws_access_key_id", &out->id }, { "aws_secret_access_key", &out->secret },
		{ "aws_session_token", &out->token }, { "region", &out->region },
		{ "endpoint_url", &out->endpoint } };
	bool inside = false;
	struct slice line;
	size_t equal, i;

	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, "[") && slice_ends(line, "]")) {
			inside = slice_is(slice_trim(slice_sub(line, 1, line.n - 2)), section);
			continue;
		}
		equal = slice_find(line, 0, '=');
		if (!inside || equal == line.n || slice_starts(line, "#") || slice_starts(line, ";"))
			continue;
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (*known[i].value == NULL &&
			    slice_is(slice_trim(slice_sub(line, 0, equal)), known[i].key))
				*known[i].value = arena_string_of(a,
				    slice_trim(slice_from(line, equal + 1)));
	}
}

/* 1: read, 0: not there, -1. */
static int
read_keys_file(const char *path, const char *section, struct arena *a, struct s3_keys *out,
    struct error *err)
{
	struct buf text = BUF_EMPTY;
	int rc = 1;

	if (file_read_all(path, KEYS_FILE_MAX, &text, err) < 0)
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
	else
		read_section(buf_slice(&text), section, a, out);
	secret_free(&text);
	return rc;
}

static const char *
aws_file(struct arena *a, const char *variable, const char *name)
{
	const char *named = remote_variable(variable), *home = remote_variable("HOME");

	if (named != NULL || home == NULL)
		return named;
	return path_join(a, path_join(a, home, ".aws"), name);
}

static int
read_home(struct arena *a, struct s3_keys *out, struct error *err)
{
	const char *profile = remote_variable("AWS_PROFILE");
	const char *credentials = aws_file(a, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	const char *config = aws_file(a, "AWS_CONFIG_FILE", "config");

	if (profile == NULL)
		profile = "default";
	if (credentials != NULL && read_keys_file(credentials, profile, a, out, err) < 0)
		return -1;
	if (config != NULL && read_keys_file(config, strcmp(profile, "default") == 0 ? profile :
	    arena_format(a, "profile %s", profile), a, out, err) < 0)
		return -1;
	return 0;
}

int
s3_find_keys(const char *file, struct arena *a, struct s3_keys *out, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	secret_guard();
	if (file != NULL) {
		rc = read_keys_file(file, "default", a, out, err);
		if (rc <= 0)
			return rc < 0 ? -1 : fail(err, ERR_USAGE, "%s: no such file", file);
	} else {
		out->id = remote_variable("AWS_ACCESS_KEY_ID");
		out->secret = remote_variable("AWS_SECRET_ACCESS_KEY");
		if (out->id != NULL && out->secret != NULL)
			out->token = remote_variable("AWS_SESSION_TOKEN");
		else
			out->id = out->secret = NULL;
		out->region = remote_variable("AWS_REGION");
		if (out->region == NULL)
			out->region = remote_variable("AWS_DEFAULT_REGION");
		out->endpoint = remote_variable("AWS_ENDPOINT_URL_S3");
		if (out->endpoint == NULL)
			out->endpoint = remote_variable("AWS_ENDPOINT_URL");
		/* A token belongs to the key it came with. */
		if (out->id != NULL && out->token == NULL)
			out->token = "";
		if (read_home(a, out, err) < 0)
			return -1;
	}
	if (out->token != NULL && out->token[0] == '\0')
		out->token = NULL;
	if (out->id == NULL || out->secret == NULL)
		return fail(err, ERR_USAGE, "there are no keys for it: set AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY, or write them into %s", file != NULL ? file :
		    "~/.aws/credentials");
	return 0;
}
