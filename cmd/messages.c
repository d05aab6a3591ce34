/* SPDX-License-Identifier: MIT */
#include "cmd/messages.h"

#include "cmd/output.h"
#include "core/base/json.h"
#include "core/mail/names.h"

/* Enough that no two of a million messages are likely to share it. */
#define SHORT_ID 10

void
json_mailbox(struct buf *line, const char *key, const char *name)
{
	struct slice rest = slice_string(name);
	struct buf decoded = BUF_EMPTY;

	json_open(line, key, '[');
	while (mailbox_name_next(&rest, &decoded))
		json_string(line, NULL, buf_slice(&decoded));
	json_close(line, ']');
	buf_free(&decoded);
}

void
json_lines(struct buf *line, const char *key, const char *lines)
{
	struct slice rest = slice_string(lines), one;

	json_open(line, key, '[');
	while (slice_line(&rest, &one))
		json_string(line, NULL, slice_chomp(one));
	json_close(line, ']');
}

static void
json_flags(struct buf *line, unsigned flags)
{
	unsigned bit;

	json_open(line, "flags", '[');
	for (bit = 1; bit & FLAG_ALL; bit <<= 1)
		if (flags & bit)
			json_text(line, NULL, flag_name(bit));
	json_close(line, ']');
}

static int
json_places(struct buf *line, struct catalog *c, const struct catalog_found *m,
    struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_whereabouts place;
	int more = -1;

	if (catalog_places(c, m->row, &rows, err) < 0)
		goto out;
	json_open(line, "mailboxes", '[');
	while ((more = catalog_next_place(rows, &place, err)) == 1) {
		json_open(line, NULL, '{');
		json_text(line, "client", place.client);
		json_text(line, "account", place.account);
		json_mailbox(line, "mailbox", place.name);
		json_time(line, "first_seen", place.first_seen);
		json_time(line, "last_seen", place.last_seen);
		json_bool(line, "deleted", place.deleted);
		json_close(line, '}');
	}
	json_close(line, ']');

out:
	catalog_rows_close(rows);
	return more;
}

int
json_message(struct buf *line, struct catalog *c, const struct catalog_found *m,
    struct error *err)
{
	json_digest(line, "id", &m->id);
	json_text(line, "message_id", m->message_id);
	if (m->date)
		json_time(line, "date", m->date);
	else
		json_null(line, "date");
	json_text(line, "from", m->from);
	json_text(line, "to", m->to);
	json_text(line, "subject", m->subject);
	json_integer(line, "size", (int64_t)m->bytes);
	json_lines(line, "attachments", m->attachments);
	json_flags(line, m->flags);
	json_lines(line, "tags", m->tags);
	return json_places(line, c, m, err);
}

void
add_flags(struct buf *out, unsigned flags)
{
	if (!(flags & FLAG_SEEN))
		buf_add_string(out, "unread");
	flags &= ~(unsigned)FLAG_SEEN;
	if (flags && out->n > 0)
		buf_add_byte(out, ' ');
	flags_add_names(out, flags);
}

void
add_short_id(struct buf *out, const struct digest *id)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(id, hex);
	buf_add_bytes(out, hex, SHORT_ID);
}

void
add_message_date(struct buf *out, const struct catalog_found *m)
{
	if (m->date)
		add_local_date(out, m->date);
	else
		buf_add_string(out, "no date");
}
