/* SPDX-License-Identifier: MIT */
#include "core/base/json.h"

/* jansson has functions and macros of these names. */
#undef json_string
#undef json_integer
#undef json_null
#include <jansson.h>
#undef json_is_string
#undef json_is_integer

#include "core/base/base64.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#define DEPTH_MAX 64

static const json_t *
in(const struct json *value)
{
	return (const json_t *)value;
}

static const struct json *
out_of(const json_t *value)
{
	return (const struct json *)value;
}

/* jansson recurses 2,048 deep, a bound of its own that cannot be set. */
static bool
is_too_deep(struct slice text)
{
	bool quoted = false;
	size_t i, depth = 0;

	for (i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '"': quoted = !quoted; break;
		case '\\': i += quoted; break;
		case '{':
		case '[':
			if (!quoted && ++depth > DEPTH_MAX)
				return true;
			break;
		case '}':
		case ']':
			if (!quoted && depth > 0)
				depth--;
			break;
		default: break;
		}
	}
	return false;
}

int
json_parse(struct slice text, struct json **out, struct error *err)
{
	json_error_t why;
	json_t *doc;

	if (text.n > SNAPSHOT_MAX)
		return fail(err, ERR_LIMIT, "JSON of %zu bytes is too long", text.n);
	if (is_too_deep(text))
		return fail(err, ERR_LIMIT, "JSON is nested too deeply");
	doc = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
	    &why);
	if (doc == NULL && json_error_code(&why) == json_error_out_of_memory)
		mem_check(NULL);
	if (doc == NULL)
		return fail(err, ERR_FORMAT, "JSON, line %d: %s", why.line, why.text);
	*out = (struct json *)doc;
	return 0;
}

void
json_free(struct json *doc)
{
	json_decref((json_t *)doc);
}

bool
json_has(const struct json *object, const char *key)
{
	return json_member(object, key) != NULL;
}

const struct json *
json_member(const struct json *object, const char *key)
{
	return out_of(json_object_get(in(object), key));
}

bool
json_next_member(const struct json *object, void **at, struct slice *key,
    const struct json **value)
{
	json_t *o = (json_t *)(uintptr_t)in(object);

	*at = *at == NULL ? json_object_iter(o) : json_object_iter_next(o, *at);
	if (*at == NULL)
		return false;
	*key = slice_string(json_object_iter_key(*at));
	*value = out_of(json_object_iter_value(*at));
	return true;
}

size_t
json_length(const struct json *array)
{
	return json_array_size(in(array));
}

const struct json *
json_item(const struct json *array, size_t i)
{
	return out_of(json_array_get(in(array), i));
}

bool
json_is_string(const struct json *value)
{
	return value != NULL && json_typeof(in(value)) == JSON_STRING;
}

bool
json_is_integer(const struct json *value)
{
	return value != NULL && json_typeof(in(value)) == JSON_INTEGER;
}

struct slice
json_value_string(const struct json *value)
{
	return slice_of(json_string_value(in(value)), json_string_length(in(value)));
}

int64_t
json_value_integer(const struct json *value)
{
	return json_integer_value(in(value));
}

struct slice
json_get_string(const struct json *object, const char *key)
{
	return json_value_string(json_member(object, key));
}

int64_t
json_get_integer(const struct json *object, const char *key)
{
	return json_value_integer(json_member(object, key));
}

bool
json_get_bool(const struct json *object, const char *key)
{
	return json_is_true(in(json_member(object, key)));
}

bool
json_get_exact(const struct json *object, const char *key, struct buf *out)
{
	const struct json *member = json_member(object, key);
	struct buf raw_key = BUF_EMPTY;
	bool found = json_is_string(member);

	if (found) {
		buf_add(out, json_value_string(member));
		return true;
	}
	buf_add_string(&raw_key, "raw_");
	buf_add_string(&raw_key, key);
	member = json_member(object, buf_text(&raw_key));
	found = json_is_string(member) && base64_decode(json_value_string(member), out);
	buf_free(&raw_key);
	return found;
}

bool
json_get_digest(const struct json *object, const char *key, struct digest *out)
{
	return digest_parse(json_get_string(object, key), out);
}

bool
json_get_time(const struct json *object, const char *key, int64_t *out)
{
	int64_t seconds;
	bool is_date;

	if (!text_parse_time(json_get_string(object, key), 0, &seconds, &is_date) || is_date)
		return false;
	*out = seconds;
	return true;
}
