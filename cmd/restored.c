/* SPDX-License-Identifier: MIT */
#include "cmd/restored.h"

#include <inttypes.h>

#include "cmd/output.h"
#include "core/base/json.h"
#include "core/base/text.h"

static void
print_json(const struct restore_result *r)
{
	struct buf line = BUF_EMPTY;
	size_t i;

	json_open(&line, NULL, '{');
	json_text(&line, "snapshot", r->snapshot);
	json_integer(&line, "mailboxes", (int64_t)r->mailboxes);
	json_integer(&line, "messages", (int64_t)r->messages);
	json_integer(&line, "files", (int64_t)r->files);
	json_integer(&line, "there_already", (int64_t)r->there_already);
	json_integer(&line, "bytes", (int64_t)r->bytes);
	json_open(&line, "failed", '[');
	for (i = 0; i < r->failed.n; i++) {
		json_open(&line, NULL, '{');
		json_bytes(&line, "path", slice_string(r->failed.items[i].path));
		json_text(&line, "message", r->failed.items[i].message);
		json_text(&line, "reason", r->failed.items[i].reason);
		json_close(&line, '}');
	}
	json_close(&line, ']');
	json_close(&line, '}');
	output_json(&line);
	buf_free(&line);
}

static void
print_summary(const struct restore_result *r, const char *where)
{
	struct buf line = BUF_EMPTY;

	add_count(&line, r->messages, "message");
	if (r->mailboxes)
		buf_add_format(&line, " of %" PRIu64 " %s", r->mailboxes,
		    r->mailboxes == 1 ? "mailbox" : "mailboxes");
	if (r->files) {
		buf_add_string(&line, ", ");
		add_count(&line, r->files, "file");
	}
	buf_add_string(&line, ", ");
	text_add_size(&line, r->bytes);
	buf_add_string(&line, where ? ", written to " : ", put back in place");
	add_shown(&line, where);
	buf_add_byte(&line, '.');
	output_line(&line);
	if (r->there_already) {
		add_count(&line, r->there_already, "file");
		buf_add_string(&line, " stood there already with the same bytes.");
		output_line(&line);
	}
	if (r->snapshot) {
		buf_add_string(&line, "From snapshot ");
		add_shown(&line, r->snapshot);
		output_line(&line);
	}
	buf_free(&line);
}

int
print_restored(struct session *s, const struct restore_result *r, const char *where)
{
	size_t i;

	for (i = 0; i < r->failed.n; i++) {
		if (r->failed.items[i].message && r->failed.items[i].message[0])
			say("not given back: %s: message %s: %s", r->failed.items[i].path,
			    r->failed.items[i].message, r->failed.items[i].reason);
		else
			say("not given back: %s: %s", r->failed.items[i].path,
			    r->failed.items[i].reason);
	}
	if (s->json)
		print_json(r);
	else if (!s->quiet)
		print_summary(r, where);
	return r->failed.n > 0 ? STATUS_PARTIAL : STATUS_DONE;
}
