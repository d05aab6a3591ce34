/* SPDX-License-Identifier: MIT */
#include "core/archive/listing.h"

#include "core/archive/bytes.h"
#include "core/base/json.h"

static void
add_insertions(struct buf *out, const struct placement *p)
{
	const struct insertion *insertion;
	int64_t state = 0;
	size_t i;

	json_open(out, "insert", '[');
	for (i = 0; i < p->insertion_count; i++) {
		insertion = &p->insertions[i];
		json_open(out, NULL, '[');
		json_integer(out, NULL, insertion->at == PLACEMENT_END ? -1 :
		    (int64_t)insertion->at);
		if (insertion->is_state)
			json_integer(out, NULL, state++);
		else
			bytes_add_element(out, insertion->text);
		json_close(out, ']');
	}
	json_close(out, ']');
}

void
placement_add_what(struct buf *out, const struct placement *p)
{
	buf_add_byte(out, '{');
	json_digest(out, p->kind == PLACED_CHUNKS ? "chunk" : "id", &p->id);
	if (p->crlf)
		json_bool(out, "crlf", true);
	if (p->insertion_count > 0)
		add_insertions(out, p);
	if (p->name.n > 0) {
		bytes_add(out, "name", p->name);
		bytes_add_mode(out, p->mode);
		json_integer(out, "mtime", p->mtime_ns);
	}
	json_close(out, '}');
}

static void
add_texts(struct buf *out, const struct placement *p)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->insertion_count; i++) {
		if (!p->insertions[i].is_state)
			continue;
		if (!any)
			json_open(out, "text", '[');
		any = true;
		bytes_add_element(out, p->insertions[i].text);
	}
	if (any)
		json_close(out, ']');
}

void
placement_add_state(struct buf *out, const struct placement *p)
{
	struct buf names = BUF_EMPTY;
	size_t i;

	buf_add_byte(out, '{');
	if (p->flags != 0) {
		flags_add_names(&names, p->flags);
		json_string(out, "flags", buf_slice(&names));
	}
	if (p->tags.n > 0) {
		json_open(out, "tags", '[');
		for (i = 0; i < p->tags.n; i++)
			bytes_add_element(out, p->tags.items[i]);
		json_close(out, ']');
	}
	add_texts(out, p);
	if (p->directory.n > 0)
		bytes_add(out, "directory", p->directory);
	if (p->info.n > 0)
		bytes_add(out, "info", p->info);
	if (p->dead)
		json_bool(out, "dead", true);
	json_close(out, '}');
	buf_free(&names);
}

static bool
parse_insertion(const struct json *pair, const struct json *texts, struct arena *a,
    struct insertion *out)
{
	const struct json *at = json_item(pair, 0), *text = json_item(pair, 1);
	int64_t i = json_value_integer(text);

	if (!json_is_integer(at) || json_value_integer(at) < -1)
		return false;
	out->at = json_value_integer(at) < 0 ? PLACEMENT_END : (uint64_t)json_value_integer(at);
	out->is_state = json_is_integer(text);
	if (!out->is_state)
		return bytes_get_element(text, a, &out->text);
	return i >= 0 && bytes_get_element(json_item(texts, (size_t)i), a, &out->text);
}

static bool
parse_what(const struct json *what, const struct json *state, struct arena *a,
    struct placement *out)
{
	const struct json *insert = json_member(what, "insert"), *texts = json_member(state, "text");
	size_t i;

	out->kind = json_has(what, "chunk") ? PLACED_CHUNKS : PLACED_MESSAGE;
	if (!json_get_digest(what, out->kind == PLACED_CHUNKS ? "chunk" : "id", &out->id))
		return false;
	out->crlf = json_get_bool(what, "crlf");
	out->insertion_count = json_length(insert);
	out->insertions = arena_alloc(a, out->insertion_count * sizeof(*out->insertions));
	for (i = 0; i < out->insertion_count; i++)
		if (!parse_insertion(json_item(insert, i), texts, a, &out->insertions[i]))
			return false;
	if (!bytes_get(what, "name", a, &out->name))
		out->name = SLICE_EMPTY;
	out->mtime_ns = json_get_integer(what, "mtime");
	return bytes_get_mode(what, &out->mode);
}

static bool
parse_state(const struct json *state, struct arena *a, struct placement *out)
{
	const struct json *tags = json_member(state, "tags");
	struct slice tag;
	size_t i;

	out->flags = flags_parse_names(json_get_string(state, "flags"));
	for (i = 0; i < json_length(tags); i++) {
		if (!bytes_get_element(json_item(tags, i), a, &tag))
			return false;
		tags_add(&out->tags, a, tag);
	}
	if (!bytes_get(state, "directory", a, &out->directory))
		out->directory = SLICE_EMPTY;
	if (!bytes_get(state, "info", a, &out->info))
		out->info = SLICE_EMPTY;
	out->dead = json_get_bool(state, "dead");
	return true;
}

int
placement_parse(struct slice what, struct slice state, struct arena *a, struct placement *out,
    struct error *err)
{
	struct json *what_doc = NULL, *state_doc = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (json_parse(what, &what_doc, err) < 0 || json_parse(state, &state_doc, err) < 0) {
		err->code = ERR_CORRUPT;
		goto out;
	}
	if (!parse_what(what_doc, state_doc, a, out) || !parse_state(state_doc, a, out)) {
		fail(err, ERR_CORRUPT, "a line of a listing is no placement");
		goto out;
	}
	rc = 0;

out:
	json_free(what_doc);
	json_free(state_doc);
	return rc;
}
