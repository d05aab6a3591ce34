/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

/*
 * How a function fails: it returns -1 and fills the struct error that its
 * caller passed as the last argument.  The text is a part of a sentence,
 * without prefix, full stop or newline; callers put the name they know in
 * front with fail_in(), so that the whole reads
 *
 *	mailcask: backup: ~/Mail: Inbox: read: Input/output error
 *
 * Iterators and lookups return 1 (an item), 0 (none) or -1 (failed).
 */

/* For callers that branch.  CORRUPT means that bytes of our archive are
 * wrong, FORMAT that the user's mail store is not what it claimed to be. */
enum error_code {
	ERR_NONE,
	ERR_SYSTEM,     /* a system call failed; the text ends in strerror */
	ERR_USAGE,      /* what the person asked for makes no sense */
	ERR_NOT_FOUND,
	ERR_EXISTS,
	ERR_LOCKED,     /* another run holds it */
	ERR_CORRUPT,
	ERR_FORMAT,
	ERR_LIMIT,      /* a length from outside is over its limit */
	ERR_VERSION,    /* written by a newer version */
	ERR_CHANGED,    /* the source changed while it was read */
	ERR_UNREACHABLE,/* a target is not there */
	ERR_KEY,        /* a key is missing or wrong */
	ERR_CANCELLED
};

struct error {
	enum error_code code;
	char text[1024];
};

#define ERROR_NONE { ERR_NONE, "" }

/* All return -1, so that a caller writes "return fail(...)". */
int fail(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As fail() with ": " and strerror(errno) behind the text.  The code is
 * ERR_NOT_FOUND for ENOENT and ENOTDIR, ERR_EXISTS for EEXIST, otherwise
 * ERR_SYSTEM. */
int fail_errno(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put context and ": " in front of the text that is there; keeps the code. */
int fail_in(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void error_clear(struct error *err);

#endif
