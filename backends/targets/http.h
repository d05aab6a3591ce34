/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_HTTP_H
#define BACKENDS_TARGETS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/vec.h"

/*
 * HTTP through libcurl, one request at a time over a line that is kept.  No
 * redirection is followed: what a server says never names another.
 */
struct http;

struct http_request {
	const char *method;             /* "HEAD": no body is waited for */
	const char *url;
	VEC(const char *) headers;      /* "Name: value" */
	/* What is sent: n bytes from at of a file, or of memory where fd is -1. */
	int fd;
	uint64_t at, n;
	struct slice bytes;
	bool has_body;
	uint64_t most;                  /* bytes of the answer; more is ERR_CORRUPT */
	const char *user, *password;    /* NULL: none */
};

#define HTTP_REQUEST(m, u) { .method = (m), .url = (u), .headers = VEC_EMPTY, .fd = -1, \
	.bytes = SLICE_EMPTY }

struct http_answer {
	long status;
	struct buf body;
	struct buf headers;             /* lines, as they came */
};

#define HTTP_ANSWER { .status = 0, .body = BUF_EMPTY, .headers = BUF_EMPTY }

struct http *http_open(struct error *err);
/* 0 with an answer of whatever status; the request's headers are freed.  -1:
 * none; *again: another attempt may go well. */
int http_send(struct http *h, struct http_request *request, struct http_answer *out,
    bool *again, struct error *err);
void http_close(struct http *h);        /* NULL is fine */

void http_answer_free(struct http_answer *a);
/* The value of a header; empty where there is none. */
struct slice http_header(const struct http_answer *a, const char *name);
/* A status that says that another attempt may go well. */
bool http_is_temporary(long status);

#endif
