/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/* libjansson exports functions of these names; at run time ours would stand in
 * for them inside the library. */
#define json_string json_write_string
#define json_integer json_write_integer
#define json_null json_write_null

/*
 * Writing: each call appends one value or one member to a buf; commas are
 * put where needed.  A NULL key is for an element of an array or the value
 * at the top.  Bytes that are not UTF-8: json_bytes() writes the key with
 * U+FFFD in place of each bad byte and the exact bytes as base64 under
 * "raw_" key.  json_exact() writes only one of the two: the plain key when
 * the bytes are UTF-8, "raw_" key otherwise; that is the archive's rule.
 */
void json_open(struct buf *b, const char *key, char kind);      /* '{' or '[' */
void json_close(struct buf *b, char kind);                      /* '}' or ']' */
void json_string(struct buf *b, const char *key, struct slice utf8);
void json_text(struct buf *b, const char *key, const char *utf8);       /* NULL writes null */
void json_bytes(struct buf *b, const char *key, struct slice bytes);
void json_exact(struct buf *b, const char *key, struct slice bytes);
void json_integer(struct buf *b, const char *key, int64_t v);
void json_bool(struct buf *b, const char *key, bool v);
void json_null(struct buf *b, const char *key);
void json_digest(struct buf *b, const char *key, const struct digest *d);
void json_time(struct buf *b, const char *key, int64_t seconds);        /* RFC 3339 UTC */

/*
 * Reading, through jansson.  A document is owned; values are looks into it.
 * Nesting over 64 and documents over SNAPSHOT_MAX are ERR_LIMIT, what is no
 * JSON (or has a member twice) is ERR_FORMAT.  Reading a member that
 * is missing or of another type gives the fallback (empty, 0, false, NULL);
 * where that would be damage the caller asks json_has().
 */
struct json;                            /* a value: json_t in disguise */
int json_parse(struct slice text, struct json **out, struct error *err);
void json_free(struct json *doc);       /* NULL is fine */

bool json_has(const struct json *object, const char *key);
const struct json *json_member(const struct json *object, const char *key);
/* The members of an object in no order: *at is NULL before the first. */
bool json_next_member(const struct json *object, void **at, struct slice *key,
    const struct json **value);
size_t json_length(const struct json *array);           /* 0 for what is no array */
const struct json *json_item(const struct json *array, size_t i);
bool json_is_string(const struct json *value);
bool json_is_integer(const struct json *value);
struct slice json_value_string(const struct json *value);
int64_t json_value_integer(const struct json *value);
struct slice json_get_string(const struct json *object, const char *key);
int64_t json_get_integer(const struct json *object, const char *key);
bool json_get_bool(const struct json *object, const char *key);
/* The member or its "raw_" twin, decoded; appended to out.  False: neither. */
bool json_get_exact(const struct json *object, const char *key, struct buf *out);
bool json_get_digest(const struct json *object, const char *key, struct digest *out);
bool json_get_time(const struct json *object, const char *key, int64_t *out);

#endif
