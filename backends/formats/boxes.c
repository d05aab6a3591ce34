/* SPDX-License-Identifier: MIT */
#include "backends/formats/boxes.h"

#include <string.h>

#include "backends/formats/messagelist.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"

struct boxes {
	struct store store;
	const struct box_kind *kind;
	struct folders folders;
};

static struct boxes *
boxes_of(struct store *store)
{
	return CONTAINER_OF(store, struct boxes, store);
}

void
boxes_close(struct store *store)
{
	struct boxes *s;

	if (store == NULL)
		return;
	s = boxes_of(store);
	folders_free(&s->folders);
	mem_free(s);
}

int
boxes_open(const struct box_kind *kind, const struct location *where, struct store **out,
    struct error *err)
{
	struct boxes *s = mem_alloc(sizeof(*s));

	s->store.ops = kind->ops;
	s->kind = kind;
	if (kind->find(&s->folders, where, err) < 0) {
		boxes_close(&s->store);
		return -1;
	}
	*out = &s->store;
	return 0;
}

static int
measure(const struct folder *folder, struct mailbox *out, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct file_meta index;
	int found;

	found = folder->list != NULL ? message_list_measure(folder, out, err) :
	    folder_measure_file(folder, out, err);
	if (found > 0 && folder->index != NULL &&
	    file_stat(folder->index, &index, &ignored) == 0)
		fingerprint_mix(&out->state, file_meta_fingerprint("index", &index));
	return found;
}

int
boxes_next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct boxes *s = boxes_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = measure(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		return 1;
	}
	return 0;
}

int
boxes_next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&boxes_of(store)->folders, a, out);
}

int
boxes_read(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct boxes *s = boxes_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->list != NULL) {
		*out = message_list_open(folder);
		return 0;
	}
	return s->kind->read(folder, out, err);
}

/* ---- For those who look for folders ---- */

struct folder *
boxes_add(struct folders *f, const struct slice *parents, size_t depth, struct slice name,
    const char *path)
{
	struct folder *folder = folders_add(f, parents, depth, name, path);

	folder->layout = MAILBOX_FILE;
	return folder;
}

void
boxes_add_base(struct buf *out, const char *path)
{
	struct slice name = slice_string(path_base(path));
	const char *dot = strrchr(path_base(path), '.');

	if (dot != NULL && dot != path_base(path))
		name = slice_sub(name, 0, (size_t)(dot - path_base(path)));
	text_add_utf8(out, name);
}

bool
boxes_ends_nocase(struct slice name, const char *suffix)
{
	return path_has_suffix(name, suffix);
}

const char *
boxes_find_entry(const struct directory *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (slice_equal_nocase(slice_string(all->entries[i].name), slice_string(name)))
			return all->entries[i].name;
	}
	return NULL;
}
