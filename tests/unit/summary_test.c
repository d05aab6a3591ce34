/* SPDX-License-Identifier: MIT */
#include "core/base/limits.h"
#include "core/job/summary.h"
#include "tests/t.h"

static struct arena arena;

static void
summarise(struct slice bytes, struct summary *out)
{
	struct message m;

	arena_reset(&arena);
	message_open(bytes, &arena, &m);
	summary_of_message(&m, bytes.n, &arena, out);
	message_close(&m);
}

/* What is written is what is read. */
static void
there_and_back(void)
{
	struct summary s;
	struct catalog_message back;

	memset(&s, 0, sizeof(s));
	memset(&back, 0, sizeof(back));
	summarise(SLICE_OF("From: Ann <a@example.org>\nTo: b@example.org\nSubject: \"one\"\n"
	    "Message-ID: <1@example.org>\nDate: Mon, 23 Nov 2026 11:43:24 +0000\n"
	    "Content-Type: application/pdf; name=\"a b.pdf\"\n\nx\n"), &s);
	T(summary_of_json(buf_slice(&s.json), &arena, &back), "%s", buf_text(&s.json));
	T(slice_is(back.from, "Ann <a@example.org>") && slice_is(back.to, "b@example.org") &&
	    slice_is(back.subject, "\"one\"") && slice_is(back.message_id, "1@example.org") &&
	    back.date == 1795434204 && back.bytes == s.message.bytes, "%s", buf_text(&s.json));
	T(back.attachment_count == 1 && slice_is(back.attachments[0], "a b.pdf"), "the attachment");
	buf_free(&s.json);
}

/* Attachments without end cost a bounded line. */
static void
many_names(void)
{
	struct buf bytes = BUF_EMPTY;
	struct summary s;
	size_t i;

	memset(&s, 0, sizeof(s));
	buf_add_string(&bytes, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (i = 0; i < 3000; i++) {
		buf_add_string(&bytes, "--b\nContent-Type: application/x; name=\"");
		memset(buf_extend(&bytes, 900), 'n', 900);
		buf_add_string(&bytes, "\"\n\nx\n");
	}
	summarise(buf_slice(&bytes), &s);
	T(s.message.attachment_count == ATTACHMENT_NAMES_MAX / 900 + 1, "%zu names",
	    s.message.attachment_count);
	T(s.json.n < 2 * ATTACHMENT_NAMES_MAX, "a line of %zu bytes", s.json.n);
	buf_free(&bytes);
	buf_free(&s.json);
}

int
main(void)
{
	there_and_back();
	many_names();
	arena_free(&arena);
	return t_done();
}
