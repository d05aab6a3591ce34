/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_S3INTERNAL_H
#define BACKENDS_TARGETS_S3INTERNAL_H

#include "backends/targets/http.h"
#include "backends/targets/remote.h"
#include "backends/targets/s3sign.h"
#include "core/base/digest.h"

/* What s3.c, which asks, and s3put.c, which sends, share. */
struct s3 {
	struct remote remote;
	struct http *http;
	struct s3_keys keys;
	const char *bucket, *region;
	const char *prefix;             /* "" or with its "/" at the end */
	const char *base;               /* "https://host:port" */
	const char *host;               /* "host:port", as it is signed */
	const char *root;               /* path before a key: "/" or "/bucket/" */
	uint64_t part_size;
	int64_t lock_seconds;           /* object lock; 0: none is asked for */
	const char *lock_mode;
	bool no_conditions;             /* If-None-Match is not understood here */
};

/* One request and what is sent with it: a piece of a file, memory, nothing. */
struct s3_call {
	const char *method;
	const char *name;               /* of ours; NULL: the bucket itself */
	struct buf query;               /* escaped and sorted */
	struct buf signed_headers;      /* as s3_request.headers */
	VEC(const char *) plain_headers;
	int fd;
	uint64_t at, n, most;
	struct slice bytes;
	bool has_body;
	struct digest digest;           /* of what is sent */
};

#define S3_CALL(m, k) { .method = (m), .name = (k), .fd = -1, .bytes = SLICE_EMPTY, \
	.most = 16 * 1024 * 1024 }

/* 0 with an answer below 500; the call's buffers are freed either way. */
int s3_send(struct s3 *s, struct s3_call *call, struct http_answer *out, struct error *err);
/* What an answer that is none of those hoped for says; always -1. */
int s3_fail(const struct http_answer *answer, struct error *err);
/* The text of the first element of that name. */
bool s3_element(struct slice xml, const char *name, struct buf *out);

int s3_put(struct remote *r, const char *name, const char *path, struct error *err);

#endif
