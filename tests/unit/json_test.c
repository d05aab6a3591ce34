/* SPDX-License-Identifier: MIT */
#include "core/base/json.h"

#include <stdio.h>

#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tests/t.h"

static bool
is_text(struct buf *b, const char *want)
{
	bool same = slice_is(buf_slice(b), want);

	if (!same)
		printf("have '%s'\nwant '%s'\n", buf_text(b), want);
	buf_clear(b);
	return same;
}

static struct json *
parse(struct slice text)
{
	struct json *doc = NULL;
	struct error err = ERROR_NONE;

	T(json_parse(text, &doc, &err) == 0, "%.*s: %s", (int)text.n, text.p, err.text);
	return doc;
}

static void
commas(void)
{
	struct digest d = { { 0xab } };
	struct buf b = BUF_EMPTY;

	json_open(&b, NULL, '{');
	json_close(&b, '}');
	T(is_text(&b, "{}"), "an empty object");
	json_open(&b, NULL, '[');
	json_close(&b, ']');
	T(is_text(&b, "[]"), "an empty array");
	json_open(&b, NULL, '{');
	json_text(&b, "a", "x");
	json_text(&b, "b", NULL);
	json_integer(&b, "c", -5);
	json_bool(&b, "d", true);
	json_bool(&b, "e", false);
	json_null(&b, "f");
	json_open(&b, "g", '[');
	json_open(&b, NULL, '{');
	json_close(&b, '}');
	json_integer(&b, NULL, 1);
	json_text(&b, NULL, "[");
	json_open(&b, NULL, '[');
	json_text(&b, NULL, ",");
	json_close(&b, ']');
	json_close(&b, ']');
	json_time(&b, "h", 0);
	json_digest(&b, "i", &d);
	json_string(&b, "j", SLICE_EMPTY);
	json_close(&b, '}');
	buf_add_byte(&b, '\n');
	json_open(&b, NULL, '{');
	json_close(&b, '}');
	T(is_text(&b, "{\"a\":\"x\",\"b\":null,\"c\":-5,\"d\":true,\"e\":false,\"f\":null,"
	    "\"g\":[{},1,\"[\",[\",\"]],\"h\":\"1970-01-01T00:00:00Z\",\"i\":\"ab000000000000000000"
	    "00000000000000000000000000000000000000000000\",\"j\":\"\"}\n{}"), "all kinds");
	buf_free(&b);
}

/* Every code point survives writing and reading. */
static void
strings_survive(void)
{
	struct buf b = BUF_EMPTY, text = BUF_EMPTY;
	struct json *doc;
	uint32_t code, from;

	for (from = 0; from < 0x110000; from += 0x1000) {
		if (from >= 0xd000 && from < 0xe000)
			continue;
		buf_clear(&text);
		buf_clear(&b);
		for (code = from; code < from + 0x1000; code++)
			text_add_code(&text, code);
		json_open(&b, NULL, '[');
		json_string(&b, NULL, buf_slice(&text));
		json_close(&b, ']');
		doc = parse(buf_slice(&b));
		T(slice_equal(json_value_string(json_item(doc, 0)), buf_slice(&text)), "from %x",
		    from);
		json_free(doc);
	}
	buf_clear(&b);
	json_string(&b, NULL, SLICE_OF("\"\\/\n\r\t\b\x1f\x7f\xc3\xa9\0."));
	T(is_text(&b, "\"\\\"\\\\/\\n\\r\\t\\u0008\\u001f\x7f\xc3\xa9\\u0000.\""), "escapes");
	json_string(&b, NULL, SLICE_OF("a\xff"));
	T(is_text(&b, "\"a\xef\xbf\xbd\""), "never anything but UTF-8");
	buf_free(&b);
	buf_free(&text);
}

static void
bytes_survive(void)
{
	static const char *const cases[] = {
	    "", "plain", "\xc3\xa9", "\xff", "a\xc3", "\xed\xa0\x80", "\"\\\n"};
	struct buf b = BUF_EMPTY, back = BUF_EMPTY;
	struct slice bytes;
	struct json *doc;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes = slice_string(cases[i]);
		buf_clear(&b);
		json_open(&b, NULL, '{');
		json_exact(&b, "one", bytes);
		json_bytes(&b, "both", bytes);
		json_close(&b, '}');
		doc = parse(buf_slice(&b));
		T(json_has(doc, "one") == text_is_utf8(bytes) &&
			json_has(doc, "raw_one") != text_is_utf8(bytes),
		    "one of the two: %s", buf_text(&b));
		T(json_has(doc, "both") && json_has(doc, "raw_both") != text_is_utf8(bytes),
		    "one or both: %s", buf_text(&b));
		buf_set(&back, SLICE_OF("+"));
		T(json_get_exact(doc, "one", &back) &&
			slice_equal(slice_from(buf_slice(&back), 1), bytes),
		    "bytes %zu", i);
		json_free(doc);
	}
	buf_clear(&b);
	json_bytes(&b, NULL, SLICE_OF("\xff"));
	T(is_text(&b, "\"\xef\xbf\xbd\""), "an element has no twin");
	doc = parse(SLICE_OF("{\"raw_a\":\"====\",\"b\":5,\"raw_c\":7}"));
	buf_set(&back, SLICE_OF("same"));
	T(!json_get_exact(doc, "a", &back) && !json_get_exact(doc, "b", &back) &&
	    !json_get_exact(doc, "c", &back) && !json_get_exact(doc, "d", &back) &&
	    slice_is(buf_slice(&back), "same"), "neither");
	json_free(doc);
	buf_free(&b);
	buf_free(&back);
}

static void
numbers_survive(void)
{
	static const int64_t edges[] = {
	    INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT32_MAX, INT64_MAX - 1, INT64_MAX};
	struct buf b = BUF_EMPTY;
	struct json *doc;
	size_t i;

	json_open(&b, NULL, '[');
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		json_integer(&b, NULL, edges[i]);
	json_close(&b, ']');
	doc = parse(buf_slice(&b));
	T(json_length(doc) == i, "%zu numbers", json_length(doc));
	while (i-- > 0)
		T(json_is_integer(json_item(doc, i)) &&
			json_value_integer(json_item(doc, i)) == edges[i],
		    "number %zu", i);
	json_free(doc);
	buf_free(&b);
}

/* Whatever is asked of whatever it is, the answer is the value or the fallback. */
static void
fallbacks(void)
{
	struct json *doc =
	    parse(SLICE_OF("{\"s\":\"x\",\"i\":7,\"t\":true,\"f\":false,\"n\":null,"
			   "\"a\":[1],\"o\":{\"k\":1},\"r\":1.5,\"d\":\""
			   "00112233445566778899aabbccddeeff"
			   "00112233445566778899aabbccddeeff"
			   "\",\"time\":\"2026-11-23T02:00:04Z\",\"date\":\"2026-11-23\"}"));
	static const char *const keys[] = { "s", "i", "t", "f", "n", "a", "o", "r", "missing" };
	struct digest d;
	int64_t seconds = 0;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *key = keys[i];
		const struct json *value = json_member(doc, key);

		T(json_has(doc, key) == (i < 8) && (value != NULL) == (i < 8), "%s", key);
		T(json_is_string(value) == (i == 0) && json_is_integer(value) == (i == 1), "%s",
		    key);
		T(slice_is(json_get_string(doc, key), i == 0 ? "x" : ""), "%s as string", key);
		T(json_get_string(doc, key).p != NULL, "%s as string", key);
		T(json_get_integer(doc, key) == (i == 1 ? 7 : 0), "%s as integer", key);
		T(json_get_bool(doc, key) == (i == 2), "%s as bool", key);
		T(json_length(value) == (i == 5), "%s as array", key);
		T((json_item(value, 0) != NULL) == (i == 5) && json_item(value, 1) == NULL,
		    "%s as array", key);
		T(json_has(value, "k") == (i == 6), "%s as object", key);
		T(!json_get_digest(doc, key, &d) && !json_get_time(doc, key, &seconds),
		    "%s as both", key);
	}
	T(json_get_digest(doc, "d", &d) && d.bytes[1] == 0x11 && d.bytes[31] == 0xff, "digest");
	T(json_get_time(doc, "time", &seconds) && seconds == 1795399204, "time");
	T(!json_get_time(doc, "date", &seconds), "a date is no time");
	json_free(doc);
	json_free(NULL);
}

static struct slice
nested(struct buf *b, size_t depth)
{
	size_t i;

	buf_set(b, SLICE_OF("[\"[[[[\\\"[[[[\\\\\","));
	for (i = 1; i < depth; i++)
		buf_add_byte(b, '[');
	buf_add_string(b, depth == 1 ? "1" : "");
	for (i = 0; i < depth; i++)
		buf_add_byte(b, ']');
	return buf_slice(b);
}

static void
refusals(void)
{
	static const struct {
		const char *text;
		enum error_code code;
	} cases[] = {
	    {"", ERR_FORMAT},
	    {"{", ERR_FORMAT},
	    {"{}x", ERR_FORMAT},
	    {"{} {}", ERR_FORMAT},
	    {"5", ERR_FORMAT},
	    {"\"x\"", ERR_FORMAT},
	    {"{\"a\":1,\"a\":2}", ERR_FORMAT},
	    {"[1,]", ERR_FORMAT},
	    {"['a']", ERR_FORMAT},
	    {"[\"\xff\"]", ERR_FORMAT},
	    {"[\"\n\"]", ERR_FORMAT},
	    {"[9223372036854775808]", ERR_FORMAT},
	    {"[NaN]", ERR_FORMAT},
	    {"]]]][", ERR_FORMAT},
	};
	struct json *doc = NULL;
	struct error err = ERROR_NONE;
	struct buf b = BUF_EMPTY;
	struct slice text;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(json_parse(slice_string(cases[i].text), &doc, &err) < 0 &&
			err.code == cases[i].code && doc == NULL && err.text[0] != '\0',
		    "'%s'", cases[i].text);
	for (i = 1; i <= 64; i++)
		json_free(parse(nested(&b, i)));
	for (; i < 100000; i *= 3)
		T(json_parse(nested(&b, i), &doc, &err) < 0 && err.code == ERR_LIMIT, "%zu deep",
		    i);
	T(json_parse(nested(&b, 65), &doc, &err) < 0 && err.code == ERR_LIMIT, "one too deep");
	/* Its length alone refuses it, before a byte is read. */
	T(json_parse(slice_of("[]", (size_t)SNAPSHOT_MAX + 1), &doc, &err) < 0 &&
		err.code == ERR_LIMIT,
	    "too long");
	/* Every prefix of a document ends in an error, the whole in none. */
	text = SLICE_OF("{\"a\":[1,\"\\u00e9\xc3\xa9\",{\"b\":null}],\"raw_c\":\"\\\"\"}");
	for (i = 0; i < text.n; i++)
		T(json_parse(slice_sub(text, 0, i), &doc, &err) < 0 && err.code == ERR_FORMAT,
		    "prefix %zu", i);
	json_free(parse(text));
	buf_free(&b);
}

int
main(void)
{
	commas();
	strings_survive();
	bytes_survive();
	numbers_survive();
	fallbacks();
	refusals();
	return t_done();
}
