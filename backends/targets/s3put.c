/* SPDX-License-Identifier: MIT */
#include "backends/targets/s3internal.h"

#include <inttypes.h>
#include <time.h>

#include "core/base/base64.h"
#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/limits.h"

#define STEP ((size_t)MIB)
#define PARTS_MAX 10000u                /* of one file, says S3 */

/* A file on its way. */
struct upload {
	struct s3 *s;
	const char *name;
	int fd;
	uint64_t size;
	struct buf id;                  /* of an upload in parts */
	struct buf parts;               /* the list that ends it, XML */
};

static struct s3 *
s3_of(struct remote *r)
{
	return (struct s3 *)(void *)((char *)r - offsetof(struct s3, remote));
}

/* The digest of a piece, which the server compares with what comes in. */
static int
digest_piece(int fd, uint64_t at, uint64_t n, struct digest *out, struct error *err)
{
	struct hasher *h = hasher_open();
	struct buf step = BUF_EMPTY;
	size_t one;
	int rc = -1;

	buf_extend(&step, STEP);
	for (; n > 0; n -= one, at += one) {
		one = n < STEP ? (size_t)n : STEP;
		if (file_read_at(fd, at, step.p, one, err) < 0)
			goto out;
		hasher_add(h, slice_of(step.p, one));
	}
	hasher_end(h, out);
	rc = 0;

out:
	hasher_close(h);
	buf_free(&step);
	return rc;
}

static void
add_checksum(struct buf *out, const struct digest *d, const char *before, const char *behind)
{
	buf_add_string(out, before);
	base64_encode(digest_slice(d), out);
	buf_add_string(out, behind);
}

/* Nobody may remove or replace it before that day.  A bucket with object lock
 * wants a checksum of its own, besides the signature's. */
static void
add_lock(struct s3 *s, struct buf *headers)
{
	time_t until = (time_t)(remote_world()->clock() + s->lock_seconds);
	char text[24];
	struct tm tm;

	if (s->lock_seconds == 0)
		return;
	gmtime_r(&until, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_add_format(headers, "x-amz-object-lock-mode:%s\nx-amz-object-lock-retain-until-date:%s\n",
	    s->lock_mode, text);
}

static void
add_condition(struct s3 *s, struct s3_call *c)
{
	if (!s->no_conditions)
		*(const char **)vec_push(&c->plain_headers) = "If-None-Match: *";
}

/* 1: the answer to a put is good; 0: do it again without the condition; -1. */
static int
judge(struct upload *u, const struct http_answer *answer, struct error *err)
{
	if (answer->status == 200 || answer->status == 201)
		return 1;
	if (answer->status == 412) {
		/* A moment ago it was not: another's, or ours, sent a second time by
		 * libcurl over a new line.  The next attempt compares. */
		fail(err, ERR_EXISTS, "%s: is there already", u->name);
		return remote_again(&u->s->remote, err);
	}
	if ((answer->status == 501 || answer->status == 400) && !u->s->no_conditions) {
		u->s->no_conditions = true;
		return 0;
	}
	s3_fail(answer, err);
	/* Another put of this name is on its way: see what comes of it. */
	return answer->status == 409 ? remote_again(&u->s->remote, err) : -1;
}

static int
put_whole(struct upload *u, struct error *err)
{
	struct http_answer answer = HTTP_ANSWER;
	struct digest digest;
	int rc;

	if (digest_piece(u->fd, 0, u->size, &digest, err) < 0)
		return -1;
	do {
		struct s3_call c = S3_CALL("PUT", u->name);

		c.fd = u->fd;
		c.n = u->size;
		c.has_body = true;
		c.digest = digest;
		if (u->s->lock_seconds > 0)
			add_checksum(&c.signed_headers, &digest, "x-amz-checksum-sha256:", "\n");
		add_lock(u->s, &c.signed_headers);
		add_condition(u->s, &c);
		rc = s3_send(u->s, &c, &answer, err);
		if (rc == 0)
			rc = judge(u, &answer, err);
	} while (rc == 0);
	http_answer_free(&answer);
	return rc > 0 ? 0 : -1;
}

static int
begin_parts(struct upload *u, struct error *err)
{
	struct s3_call c = S3_CALL("POST", u->name);
	struct http_answer answer = HTTP_ANSWER;
	int rc;

	buf_add_string(&c.query, "uploads=");
	if (u->s->lock_seconds > 0)
		buf_add_string(&c.signed_headers, "x-amz-checksum-algorithm:SHA256\n");
	add_lock(u->s, &c.signed_headers);
	c.has_body = true;
	rc = s3_send(u->s, &c, &answer, err);
	if (rc == 0 && answer.status != 200)
		rc = s3_fail(&answer, err);
	else if (rc == 0 && !s3_element(buf_slice(&answer.body), "UploadId", &u->id))
		rc = fail(err, ERR_CORRUPT, "the server gives no number for an upload in parts");
	http_answer_free(&answer);
	return rc;
}

static int
send_part(struct upload *u, unsigned number, uint64_t at, uint64_t n, struct error *err)
{
	struct s3_call c = S3_CALL("PUT", u->name);
	struct http_answer answer = HTTP_ANSWER;
	struct slice tag;
	int rc;

	if (digest_piece(u->fd, at, n, &c.digest, err) < 0)
		return -1;
	buf_add_format(&c.query, "partNumber=%u&uploadId=", number);
	remote_add_escaped(&c.query, buf_text(&u->id), "");
	if (u->s->lock_seconds > 0)
		add_checksum(&c.signed_headers, &c.digest, "x-amz-checksum-sha256:", "\n");
	c.fd = u->fd;
	c.at = at;
	c.n = n;
	c.has_body = true;
	buf_add_format(&u->parts, "<Part><PartNumber>%u</PartNumber><ETag>", number);
	rc = s3_send(u->s, &c, &answer, err);
	tag = http_header(&answer, "ETag");
	if (rc == 0 && answer.status != 200)
		rc = s3_fail(&answer, err);
	else if (rc == 0 && (tag.n == 0 || slice_find(tag, 0, '<') < tag.n))
		rc = fail(err, ERR_CORRUPT, "the server gives no tag for a part");
	buf_add(&u->parts, tag);
	buf_add_string(&u->parts, "</ETag>");
	if (u->s->lock_seconds > 0)
		add_checksum(&u->parts, &c.digest, "<ChecksumSHA256>", "</ChecksumSHA256>");
	buf_add_string(&u->parts, "</Part>");
	http_answer_free(&answer);
	return rc;
}

static int
end_parts(struct upload *u, struct error *err)
{
	struct http_answer answer = HTTP_ANSWER;
	struct buf code = BUF_EMPTY;
	int rc;

	do {
		struct s3_call c = S3_CALL("POST", u->name);

		buf_add_string(&c.query, "uploadId=");
		remote_add_escaped(&c.query, buf_text(&u->id), "");
		c.bytes = buf_slice(&u->parts);
		c.has_body = true;
		add_condition(u->s, &c);
		rc = s3_send(u->s, &c, &answer, err);
		/* An error may come after the head of a good answer was sent. */
		if (rc == 0 && answer.status == 200 &&
		    s3_element(buf_slice(&answer.body), "Code", &code)) {
			s3_fail(&answer, err);
			rc = remote_again(&u->s->remote, err);
		} else if (rc == 0) {
			rc = judge(u, &answer, err);
		}
	} while (rc == 0);
	buf_free(&code);
	http_answer_free(&answer);
	return rc > 0 ? 0 : -1;
}

/* Parts that nobody ends are kept, and paid for, until somebody says so. */
static void
abandon_parts(struct upload *u)
{
	struct s3_call c = S3_CALL("DELETE", u->name);
	struct http_answer answer = HTTP_ANSWER;
	bool again = u->s->remote.again;
	struct error ignored;

	buf_add_string(&c.query, "uploadId=");
	remote_add_escaped(&c.query, buf_text(&u->id), "");
	s3_send(u->s, &c, &answer, &ignored);
	u->s->remote.again = again;
	http_answer_free(&answer);
}

static int
put_in_parts(struct upload *u, struct error *err)
{
	uint64_t n = u->s->part_size, at;
	unsigned number = 0;
	int rc;

	if (u->size / n >= PARTS_MAX)
		n = u->size / PARTS_MAX + 1;
	if (begin_parts(u, err) < 0)
		return -1;
	buf_add_string(&u->parts, "<CompleteMultipartUpload>");
	rc = 0;
	for (at = 0; rc == 0 && at < u->size; at += n)
		rc = send_part(u, ++number, at, u->size - at < n ? u->size - at : n, err);
	buf_add_string(&u->parts, "</CompleteMultipartUpload>");
	if (rc == 0)
		rc = end_parts(u, err);
	if (rc < 0)
		abandon_parts(u);
	return rc;
}

int
s3_put(struct remote *r, const char *name, const char *path, struct error *err)
{
	struct upload u = { .s = s3_of(r), .name = name, .fd = -1 };
	struct file_meta meta;
	uint64_t size;
	int rc = -1;

	/* Not every server knows If-None-Match, and some pass it over. */
	if (r->ops->stat(r, name, &size, err) == 0) {
		fail(err, ERR_EXISTS, "%s: is there already", name);
		goto out;
	}
	if (err->code != ERR_NOT_FOUND)
		goto out;
	if (file_open_read(path, &u.fd, err) < 0 || file_stat_fd(u.fd, &meta, err) < 0)
		goto out;
	u.size = meta.size;
	rc = u.size <= u.s->part_size ? put_whole(&u, err) : put_in_parts(&u, err);

out:
	file_close(u.fd);
	buf_free(&u.id);
	buf_free(&u.parts);
	return rc;
}
