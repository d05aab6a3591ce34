/* SPDX-License-Identifier: MIT */
#include "cmd/damage.h"

#include "cmd/output.h"
#include "core/base/json.h"

void
json_damage(struct buf *line, const struct verify_result *r)
{
	const struct verify_damage *d;
	size_t i, k;

	json_open(line, "damaged", '[');
	for (i = 0; i < r->damaged.n; i++) {
		d = &r->damaged.items[i];
		json_open(line, NULL, '{');
		json_text(line, "object", d->object);
		json_text(line, "reason", d->reason);
		json_open(line, "messages", '[');
		for (k = 0; k < d->message_count; k++)
			json_text(line, NULL, d->messages[k]);
		json_close(line, ']');
		json_open(line, "mailboxes", '[');
		for (k = 0; k < d->mailbox_count; k++)
			json_text(line, NULL, d->mailboxes[k]);
		json_close(line, ']');
		json_close(line, '}');
	}
	json_close(line, ']');
}

static void
print_one(const struct verify_damage *d)
{
	struct buf line = BUF_EMPTY;
	size_t k;

	buf_add_string(&line, "damaged: ");
	add_shown(&line, d->object);
	buf_add_string(&line, ": ");
	add_shown(&line, d->reason);
	output_line(&line);
	for (k = 0; k < d->mailbox_count; k++) {
		buf_add_string(&line, "  mailbox ");
		add_shown(&line, d->mailboxes[k]);
		output_line(&line);
	}
	for (k = 0; k < d->message_count; k++) {
		buf_add_string(&line, "  message ");
		add_shown(&line, d->messages[k]);
		output_line(&line);
	}
	buf_free(&line);
}

void
print_damage(const struct verify_result *r)
{
	size_t i;

	for (i = 0; i < r->damaged.n; i++)
		print_one(&r->damaged.items[i]);
}
