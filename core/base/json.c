/* SPDX-License-Identifier: MIT */
#include "core/base/json.h"

#include <assert.h>
#include <inttypes.h>

#include "core/base/base64.h"
#include "core/base/text.h"

static void
begin(struct buf *b, const char *key)
{
	if (b->n > 0 && strchr("{[,:\n", b->p[b->n - 1]) == NULL)
		buf_add_byte(b, ',');
	if (key != NULL) {
		buf_add_byte(b, '"');
		buf_add_string(b, key);
		buf_add_string(b, "\":");
	}
}

static void
add_escape(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"': buf_add_string(b, "\\\""); break;
	case '\\': buf_add_string(b, "\\\\"); break;
	case '\n': buf_add_string(b, "\\n"); break;
	case '\r': buf_add_string(b, "\\r"); break;
	case '\t': buf_add_string(b, "\\t"); break;
	default: buf_add_format(b, "\\u%04x", c); break;
	}
}

static void
add_quoted(struct buf *b, struct slice utf8)
{
	size_t i, done = 0;
	unsigned char c;

	buf_reserve(b, utf8.n + 2);
	buf_add_byte(b, '"');
	for (i = 0; i < utf8.n; i++) {
		c = utf8.p[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add_bytes(b, utf8.p + done, i - done);
		add_escape(b, c);
		done = i + 1;
	}
	buf_add(b, slice_from(utf8, done));
	buf_add_byte(b, '"');
}

static void
add_raw(struct buf *b, const char *key, struct slice bytes)
{
	assert(key != NULL);
	begin(b, NULL);
	buf_add_string(b, "\"raw_");
	buf_add_string(b, key);
	buf_add_string(b, "\":\"");
	base64_encode(bytes, b);
	buf_add_byte(b, '"');
}

void
json_open(struct buf *b, const char *key, char kind)
{
	begin(b, key);
	buf_add_byte(b, (unsigned char)kind);
}

void
json_close(struct buf *b, char kind)
{
	buf_add_byte(b, (unsigned char)kind);
}

void
json_string(struct buf *b, const char *key, struct slice utf8)
{
	struct buf mended = BUF_EMPTY;

	if (!text_is_utf8(utf8)) {
		text_add_utf8(&mended, utf8);
		utf8 = buf_slice(&mended);
	}
	begin(b, key);
	add_quoted(b, utf8);
	buf_free(&mended);
}

void
json_text(struct buf *b, const char *key, const char *utf8)
{
	if (utf8 == NULL)
		json_null(b, key);
	else
		json_string(b, key, slice_string(utf8));
}

void
json_bytes(struct buf *b, const char *key, struct slice bytes)
{
	json_string(b, key, bytes);
	if (key != NULL && !text_is_utf8(bytes))
		add_raw(b, key, bytes);
}

void
json_exact(struct buf *b, const char *key, struct slice bytes)
{
	if (text_is_utf8(bytes)) {
		begin(b, key);
		add_quoted(b, bytes);
	} else {
		add_raw(b, key, bytes);
	}
}

void
json_integer(struct buf *b, const char *key, int64_t v)
{
	begin(b, key);
	if (v < 0)
		buf_add_byte(b, '-');
	buf_add_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
json_bool(struct buf *b, const char *key, bool v)
{
	begin(b, key);
	buf_add_string(b, v ? "true" : "false");
}

void
json_null(struct buf *b, const char *key)
{
	begin(b, key);
	buf_add_string(b, "null");
}

void
json_digest(struct buf *b, const char *key, const struct digest *d)
{
	begin(b, key);
	buf_add_byte(b, '"');
	digest_add_hex(b, d);
	buf_add_byte(b, '"');
}

void
json_time(struct buf *b, const char *key, int64_t seconds)
{
	begin(b, key);
	buf_add_byte(b, '"');
	text_add_time(b, seconds);
	buf_add_byte(b, '"');
}
