/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_S3SIGN_H
#define BACKENDS_TARGETS_S3SIGN_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

/* Who asks.  The strings live in an arena; region may come from there too. */
struct s3_keys {
	const char *id, *secret;
	const char *token;      /* of a session, or NULL */
	const char *region;     /* NULL: none is named */
	const char *endpoint;   /* NULL: Amazon's */
};

/*
 * file: one like ~/.aws/credentials, or NULL: the environment
 * (AWS_ACCESS_KEY_ID …), then ~/.aws/credentials and ~/.aws/config, or where
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say, of AWS_PROFILE.
 */
int s3_find_keys(const char *file, struct arena *a, struct s3_keys *out, struct error *err);

/* One request, for AWS Signature Version 4. */
struct s3_request {
	const char *method, *host;
	const char *path;       /* escaped */
	const char *query;      /* escaped and sorted, or "" */
	/* "name:value\n" of the headers that begin with x-amz-, in lower case and
	 * sorted, but for date, content and token, which are added here. */
	const char *headers;
	const char *payload;    /* SHA-256 in hexadecimal digits */
};

/* Append "20261123T020000Z" and the value of Authorization. */
void s3_sign(const struct s3_keys *keys, const char *region, const struct s3_request *request,
    int64_t now, struct buf *date, struct buf *authorization);

#endif
