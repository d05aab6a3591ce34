/* SPDX-License-Identifier: MIT */
#include "core/archive/bytes.h"

#include <stdio.h>

#include "core/base/base64.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define MODE_MAX 07777

/* Escapes make control characters six times as long: bytes that are many are
 * written in base64 in any case, so that an object's length stays bounded. */
#define PLAIN_MAX 65536

static bool
is_plain(struct slice bytes)
{
	return bytes.n <= PLAIN_MAX && text_is_utf8(bytes);
}

static void
add_base64(struct buf *out, const char *key, struct slice bytes)
{
	struct buf text = BUF_EMPTY;

	base64_encode(bytes, &text);
	json_string(out, key, buf_slice(&text));
	buf_free(&text);
}

void
bytes_add(struct buf *out, const char *key, struct slice bytes)
{
	struct buf raw_key = BUF_EMPTY;

	if (is_plain(bytes)) {
		json_string(out, key, bytes);
		return;
	}
	buf_add_format(&raw_key, "raw_%s", key);
	add_base64(out, buf_text(&raw_key), bytes);
	buf_free(&raw_key);
}

void
bytes_add_element(struct buf *out, struct slice bytes)
{
	if (is_plain(bytes)) {
		json_string(out, NULL, bytes);
		return;
	}
	json_open(out, NULL, '{');
	add_base64(out, "raw", bytes);
	json_close(out, '}');
}

static bool
get_base64(const struct json *value, struct arena *a, struct slice *out)
{
	struct buf plain = BUF_EMPTY;
	bool good = json_is_string(value) && base64_decode(json_value_string(value), &plain);

	if (good)
		*out = arena_copy(a, buf_slice(&plain));
	buf_free(&plain);
	return good;
}

bool
bytes_get(const struct json *object, const char *key, struct arena *a, struct slice *out)
{
	const struct json *value = json_member(object, key);
	char raw_key[64];

	if (json_is_string(value)) {
		*out = arena_copy(a, json_value_string(value));
		return true;
	}
	snprintf(raw_key, sizeof(raw_key), "raw_%s", key);
	return get_base64(json_member(object, raw_key), a, out);
}

bool
bytes_get_element(const struct json *value, struct arena *a, struct slice *out)
{
	if (json_is_string(value)) {
		*out = arena_copy(a, json_value_string(value));
		return true;
	}
	return get_base64(json_member(value, "raw"), a, out);
}

bool
bytes_get_size(const struct json *object, const char *key, uint64_t *out)
{
	int64_t n = json_get_integer(object, key);

	*out = n > 0 ? (uint64_t)n : 0;
	return n >= 0;
}

void
bytes_add_mode(struct buf *out, uint32_t mode)
{
	char text[16];

	snprintf(text, sizeof(text), "%o", (unsigned)(mode & MODE_MAX));
	json_text(out, "mode", text);
}

bool
bytes_get_mode(const struct json *object, uint32_t *out)
{
	struct slice text = json_get_string(object, "mode");
	uint32_t mode = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7' || mode > MODE_MAX)
			return false;
		mode = mode * 8 + (text.p[i] - '0');
	}
	*out = mode;
	return mode <= MODE_MAX;
}
