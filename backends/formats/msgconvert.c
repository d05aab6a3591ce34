/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/msg.h"
#include "core/base/limits.h"

#define PIECE ((size_t)64 * KIB)

/* All bytes of the child's message. */
static int
take_bytes(struct confined *c, struct buf *out, struct error *err)
{
	unsigned char piece[PIECE];
	int64_t got;

	buf_clear(out);
	while ((got = confined_read(c, piece, sizeof(piece), err)) > 0) {
		if (out->n + (size_t)got > 2 * MESSAGE_IN_MEMORY)
			return fail(err, ERR_LIMIT, "too long to be taken out of an archive");
		buf_add_bytes(out, piece, (size_t)got);
	}
	return (int)got;
}

static void
take_record(struct msg_conversion *m, struct confined *c, const struct confined_record *record,
    struct arena *a, struct entry *entry, struct error *err)
{
	size_t i;

	if (record->kind == CONFINED_FAILED) {
		m->has_failed = true;
		fail(&m->failed, ERR_FORMAT, "%.*s", (int)record->text.n,
		    (const char *)record->text.p);
	}
	if (record->kind != CONFINED_MESSAGE)
		return;
	entry->flags = record->flags;
	entry->flags_are_final = true;
	entry->date = record->date;
	for (i = 0; i < record->tags.n; i++)
		tags_add(&entry->tags, a, record->tags.items[i]);
	if (take_bytes(c, &m->bytes, err) == 0)
		entry->kind = ENTRY_MESSAGE;
}

void
msg_convert(struct msg_conversion *m, struct arena *a, struct entry *entry)
{
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c = NULL;
	int rc = -1;

	entry->kind = ENTRY_FAILED;
	if (entry->is_large)
		fail(&err, ERR_LIMIT, "too long to be taken out of an archive");
	else if (confined_open_memory(entry->bytes, "msg", 0, 0, &c, &err) == 0) {
		while ((rc = confined_next(c, &record, &err)) == 1)
			take_record(m, c, &record, a, entry, &err);
	}
	confined_close(c);
	if (rc == 0 && entry->kind == ENTRY_MESSAGE) {
		entry->bytes = buf_slice(&m->bytes);
		entry->size = m->bytes.n;
		memset(&entry->framing, 0, sizeof(entry->framing));
		return;
	}
	entry->kind = ENTRY_FAILED;
	entry->error = err;
	if (err.code == ERR_NONE && m->has_failed)
		entry->error = m->failed;
	m->has_failed = false;
	entry->bytes = SLICE_EMPTY;
	entry->size = 0;
	entry->is_large = false;
}

bool
msg_conversion_failed(struct msg_conversion *m, struct entry *out)
{
	if (!m->has_failed)
		return false;
	m->has_failed = false;
	out->kind = ENTRY_FAILED;
	out->error = m->failed;
	return true;
}

void
msg_conversion_free(struct msg_conversion *m)
{
	buf_free(&m->bytes);
}
