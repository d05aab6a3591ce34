/* SPDX-License-Identifier: MIT */
#include "core/job/summary.h"

#include "core/base/json.h"
#include "core/base/limits.h"

static void
add_member(struct buf *b, const char *key, struct slice value)
{
	if (value.n)
		json_string(b, key, value);
}

static void
write_json(struct buf *b, const struct catalog_message *m)
{
	size_t i;

	/* Braces are the index writer's: what is between them is ours. */
	json_integer(b, "bytes", (int64_t)m->bytes);
	if (m->date)
		json_time(b, "date", m->date);
	add_member(b, "from", m->from);
	add_member(b, "to", m->to);
	add_member(b, "subject", m->subject);
	add_member(b, "message_id", m->message_id);
	if (m->attachment_count == 0)
		return;
	json_open(b, "attachments", '[');
	for (i = 0; i < m->attachment_count; i++)
		json_string(b, NULL, m->attachments[i]);
	json_close(b, ']');
}

void
summary_of_message(const struct message *m, uint64_t bytes, struct arena *a, struct summary *out)
{
	struct catalog_message *c = &out->message;
	struct slice *names = arena_alloc(a, m->part_count * sizeof(*names));
	size_t i, n = 0, sum = 0;

	/* The archive's index holds them, and so does the catalog. */
	for (i = 0; i < m->part_count && sum < ATTACHMENT_NAMES_MAX; i++) {
		/* A message inside is one where it has a name: "Re: x.eml". */
		if (!m->parts[i].is_attachment ||
		    (m->parts[i].is_container && m->parts[i].name == NULL))
			continue;
		names[n] = slice_string(m->parts[i].name ? m->parts[i].name : m->parts[i].type);
		sum += names[n++].n;
	}
	c->bytes = bytes;
	c->date = m->date_source == DATE_NONE ? 0 : m->date;
	c->from = slice_string(m->from);
	c->to = slice_string(m->to);
	c->cc = slice_string(m->cc);
	c->subject = slice_string(m->subject);
	c->message_id = slice_string(m->message_id);
	c->attachments = names;
	c->attachment_count = n;
	buf_clear(&out->json);
	write_json(&out->json, c);
}

bool
summary_of_json(struct slice members, struct arena *a, struct catalog_message *out)
{
	struct error ignored = ERROR_NONE;
	struct buf whole = BUF_EMPTY;
	struct json *doc = NULL;
	const struct json *names;
	struct slice *list;
	bool ok = false;
	size_t i, n;

	if (members.n == 0)
		return false;
	buf_add_byte(&whole, '{');
	buf_add(&whole, members);
	buf_add_byte(&whole, '}');
	if (json_parse(buf_slice(&whole), &doc, &ignored) < 0)
		goto out;
	out->bytes = (uint64_t)json_get_integer(doc, "bytes");
	if (!json_get_time(doc, "date", &out->date))
		out->date = 0;
	out->from = arena_copy(a, json_get_string(doc, "from"));
	out->to = arena_copy(a, json_get_string(doc, "to"));
	out->subject = arena_copy(a, json_get_string(doc, "subject"));
	out->message_id = arena_copy(a, json_get_string(doc, "message_id"));
	names = json_member(doc, "attachments");
	n = names ? json_length(names) : 0;
	list = arena_alloc(a, n * sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] = arena_copy(a, json_value_string(json_item(names, i)));
	out->attachments = list;
	out->attachment_count = n;
	ok = true;

out:
	json_free(doc);
	buf_free(&whole);
	return ok;
}
