/* SPDX-License-Identifier: MIT */
#include "backends/formats/messagelist.h"

#include <stdlib.h>
#include <string.h>

#include "backends/formats/messagefile.h"
#include "core/base/mem.h"

struct list_reader {
	struct reader reader;
	const struct folder *folder;
	size_t next;
	struct message_file file;
	struct buf at;
};

static struct list_reader *
list_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct list_reader, reader);
}

/* "9" before "10": such names are numbers. */
static int
by_place(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	size_t m, n;
	int order = strcmp(x->directory, y->directory);

	if (order != 0)
		return order;
	m = strspn(x->name, "0123456789");
	n = strspn(y->name, "0123456789");
	if (m != n && m > 0 && n > 0)
		return m < n ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
message_list_set(struct folders *f, struct folder *folder, const struct listed *items, size_t n,
    unsigned decor)
{
	struct message_list *list = arena_alloc(&f->arena, sizeof(*list));
	size_t i;

	list->items = arena_alloc(&f->arena, n * sizeof(*list->items));
	list->n = n;
	list->decor = decor;
	for (i = 0; i < n; i++) {
		list->items[i] = items[i];
		list->items[i].directory = arena_string(&f->arena, items[i].directory);
		list->items[i].name = arena_string(&f->arena, items[i].name);
	}
	if (n > 0)
		qsort(list->items, n, sizeof(*list->items), by_place);
	folder->layout = MAILBOX_FILES;
	folder->list = list;
}

static void
put_path(struct buf *out, const struct folder *folder, const struct listed *item)
{
	buf_clear(out);
	buf_add_format(out, "%s/%s%s%s", folder->path, item->directory,
	    item->directory[0] != '\0' ? "/" : "", item->name);
}

int
message_list_measure(const struct folder *folder, struct mailbox *out, struct error *err)
{
	struct error gone = ERROR_NONE;
	struct buf path = BUF_EMPTY;
	struct file_meta meta;
	size_t i;
	int found = folder_measure_begin(folder, out, err);

	for (i = 0; i < folder->list->n && found > 0; i++) {
		put_path(&path, folder, &folder->list->items[i]);
		if (file_lstat(buf_text(&path), &meta, &gone) < 0)
			continue;
		buf_add_format(&path, " %u %d", folder->list->items[i].flags,
		    folder->list->items[i].dead);
		fingerprint_mix(&out->state, file_meta_fingerprint(buf_text(&path), &meta));
		if (meta.kind != FILE_REGULAR)
			continue;
		out->bytes += meta.size;
		out->messages++;
	}
	buf_free(&path);
	return found;
}

static void
describe(const struct list_reader *r, const struct listed *item, struct entry *out)
{
	out->directory = slice_string(item->directory);
	out->name = slice_string(item->name);
	out->flags = item->flags;
	out->dead = item->dead;
	out->framing.decor = r->folder->list->decor;
}

/* A file with a separator line ends as an mbox does. */
static void
set_framing(struct entry *out)
{
	out->framing.lead = message_file_separator(out->bytes);
	if (out->framing.lead == 0 || out->is_large)
		return;
	out->framing.trail = slice_ends(out->bytes, "\n\r\n") ? 2 :
	    slice_ends(out->bytes, "\n\n") ? 1 : 0;
	if (out->framing.lead + out->framing.trail > out->size)
		out->framing.trail = 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct list_reader *r = list_reader_of(reader);
	const struct message_list *list = r->folder->list;

	(void)err;
	while (r->next < list->n) {
		const struct listed *item = &list->items[r->next++];

		memset(out, 0, sizeof(*out));
		put_path(&r->at, r->folder, item);
		describe(r, item, out);
		if (message_file_is_known(reader, buf_text(&r->at), out))
			return 1;
		memset(out, 0, sizeof(*out));
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		describe(r, item, out);
		set_framing(out);
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&list_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct list_reader *r;

	if (reader == NULL)
		return;
	r = list_reader_of(reader);
	message_file_free(&r->file);
	buf_free(&r->at);
	mem_free(r);
}

static const struct reader_ops list_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

struct reader *
message_list_open(const struct folder *folder)
{
	struct list_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &list_reader_ops;
	r->folder = folder;
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	return &r->reader;
}
