/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SQLITEFILE_H
#define CORE_BASE_SQLITEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/*
 * A SQLite database of some client, as it was at one moment, with what its
 * write-ahead log holds, and without a byte written beside it.
 *
 * While a log or a journal lies there, the files are copied to a private place
 * until they stood still meanwhile, and the copy is opened; its names are gone
 * before the first row is handed out.  Otherwise the file itself is read as
 * one that nobody writes, and sqlite_file_check() tells afterwards whether
 * that was so.
 */
struct sqlite_file;
struct sqlite_query;

int sqlite_file_open(const char *path, struct sqlite_file **out, struct error *err);
/* ERR_CHANGED when the rows handed out may be of different moments. */
int sqlite_file_check(const struct sqlite_file *f, struct error *err);
/* Is there a real table of that name, with that column (NULL: any)? */
bool sqlite_file_has(const struct sqlite_file *f, const char *table, const char *column);
/* n bytes from at of a value that is too long to be taken as a whole. */
int sqlite_file_bytes(struct sqlite_file *f, const char *table, const char *column, int64_t row,
    uint64_t at, void *p, size_t n, struct error *err);
void sqlite_file_close(struct sqlite_file *f);  /* NULL is fine */

/* Changes whenever the database does. */
struct fingerprint sqlite_file_state(const char *path);
/* Has somebody got it open, as its log tells? */
bool sqlite_file_is_open(const char *path);

/* Append a name as SQL spells it. */
void sqlite_add_name(struct buf *sql, struct slice name);

/* Parameters and columns count from 0.  A query can be reset and run again
 * with other parameters.  Its file must outlive it. */
int sqlite_query_open(struct sqlite_file *f, const char *sql, struct sqlite_query **out,
    struct error *err);
void sqlite_query_bind(struct sqlite_query *q, int parameter, int64_t value);
void sqlite_query_bind_text(struct sqlite_query *q, int parameter, struct slice value);
int sqlite_query_next(struct sqlite_query *q, struct error *err);       /* 1, 0, -1 */
int64_t sqlite_query_number(struct sqlite_query *q, int column);
bool sqlite_query_is_null(struct sqlite_query *q, int column);
/* Text or bytes, valid until the next call on the query; NULL is empty. */
struct slice sqlite_query_bytes(struct sqlite_query *q, int column);
void sqlite_query_reset(struct sqlite_query *q);
void sqlite_query_close(struct sqlite_query *q);        /* NULL is fine */

#endif
