/* SPDX-License-Identifier: MIT */
#include "backends/formats/folders.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/names.h"

void
folders_free(struct folders *f)
{
	mem_free(f->items);
	mem_free(f->files);
	map_free(&f->seen);
	arena_free(&f->arena);
}

const struct slice *
folders_extend(struct folders *f, const struct slice *parents, size_t depth, struct slice name)
{
	struct slice *all = arena_alloc(&f->arena, (depth + 1) * sizeof(*all));

	if (depth > 0)
		memcpy(all, parents, depth * sizeof(*all));
	all[depth] = arena_copy(&f->arena, name);
	return all;
}

struct folder *
folders_add(struct folders *f, const struct slice *parents, size_t depth, struct slice name,
    const char *path)
{
	struct folder *folder;

	f->items = vec_grow(f->items, &f->cap, f->n, sizeof(*f->items));
	folder = &f->items[f->n++];
	memset(folder, 0, sizeof(*folder));
	folder->components = folders_extend(f, parents, depth, name);
	folder->depth = depth + 1;
	folder->path = arena_string(&f->arena, path);
	return folder;
}

void
folders_add_unreadable(struct folders *f, const struct slice *parents, size_t depth,
    const char *path)
{
	struct buf name = BUF_EMPTY;

	folder_name_add(&name, slice_string(path_base(path)));
	if (depth > 0)          /* parents end in the name of the directory itself */
		folders_add(f, parents, depth - 1, parents[depth - 1], path);
	else
		folders_add(f, NULL, 0, buf_slice(&name), path);
	f->items[f->n - 1].is_unreadable = true;
	buf_free(&name);
}

void
folders_keep(struct folders *f, const char *path, const char *role)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	struct kept_file *file;

	if (file_stat(path, &meta, &ignored) < 0 || meta.kind != FILE_REGULAR)
		return;
	f->files = vec_grow(f->files, &f->file_cap, f->file_count, sizeof(*f->files));
	file = &f->files[f->file_count++];
	file->path = arena_string(&f->arena, path);
	file->role = role;
	file->meta = meta;
}

/* True the first time. */
static bool
enter(struct folders *f, const struct file_meta *meta)
{
	uint64_t id[2] = { meta->device, meta->inode };

	return map_put(&f->seen, slice_of(id, sizeof(id)), 0);
}

/* Take links out of all and put what they lead to behind the rest. */
static void
resolve_links(const char *path, struct arena *a, struct directory *all)
{
	struct error ignored = ERROR_NONE;
	struct directory_entry *links;
	size_t i, kept = 0, n = 0;

	for (i = 0; i < all->n; i++)
		n += all->entries[i].kind == FILE_LINK;
	if (n == 0)
		return;
	links = arena_alloc(a, n * sizeof(*links));
	for (i = n = 0; i < all->n; i++) {
		if (all->entries[i].kind != FILE_LINK)
			all->entries[kept++] = all->entries[i];
		else
			links[n++] = all->entries[i];
	}
	for (i = 0; i < n; i++) {
		const char *at = path_join(a, path, links[i].name);

		if (file_stat(at, &links[i].meta, &ignored) < 0)
			continue;
		links[i].kind = links[i].meta.kind;
		all->entries[kept++] = links[i];
	}
	all->n = kept;
}

int
folders_list(struct folders *f, const char *path, struct arena *a, struct directory *out,
    struct error *err)
{
	struct file_meta meta;

	out->entries = NULL;
	out->n = 0;
	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (!enter(f, &meta))
		return 0;
	if (directory_read(path, false, a, out, err) < 0)
		return -1;
	resolve_links(path, a, out);
	return 1;
}

void
folder_name_add(struct buf *out, struct slice raw)
{
	if (name_decode_utf7(raw, out))
		return;
	text_add_utf8(out, raw);
}

const struct folder *
folders_next(struct folders *f)
{
	return f->next < f->n ? &f->items[f->next++] : NULL;
}

int
folders_next_file(struct folders *f, struct arena *a, struct kept_file *out)
{
	if (f->next_file == f->file_count)
		return 0;
	*out = f->files[f->next_file++];
	out->path = arena_string(a, out->path);
	return 1;
}

const struct folder *
folders_of(const struct folders *f, const struct mailbox *mailbox)
{
	uint64_t index;

	if (!slice_number(slice_string(mailbox->key), f->n, &index) || index >= f->n)
		return NULL;
	return &f->items[index];
}

void
folder_describe(const struct folders *f, const struct folder *folder, struct arena *a,
    struct mailbox *out)
{
	struct slice *components = arena_alloc(a, folder->depth * sizeof(*components));
	size_t i;

	for (i = 0; i < folder->depth; i++)
		components[i] = arena_copy(a, folder->components[i]);
	memset(out, 0, sizeof(*out));
	out->components = components;
	out->depth = folder->depth;
	out->path = arena_string(a, folder->path);
	out->layout = folder->layout;
	out->messages = -1;
	out->key = arena_format(a, "%zu", (size_t)(folder - f->items));
}

int
folder_measure_file(const struct folder *folder, struct mailbox *out, struct error *err)
{
	if (file_stat(folder->path, &out->meta, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	out->bytes = out->meta.size;
	out->state = file_meta_fingerprint(path_base(folder->path), &out->meta);
	if (out->bytes == 0)
		out->messages = 0;
	return 1;
}

int
folder_measure_begin(const struct folder *folder, struct mailbox *out, struct error *err)
{
	if (file_stat(folder->path, &out->meta, err) < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	out->messages = 0;
	/* An empty set must not look like one that was never measured. */
	out->state = fingerprint128(SLICE_OF("files"));
	return 1;
}

int
folder_measure_files(const char *path, const char *sub,
    bool (*is_message)(const struct directory_entry *entry, const void *context),
    const void *context, struct mailbox *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	size_t i, prefix;
	int rc = -1;

	if (sub[0] != '\0')
		buf_add_format(&name, "%s/", sub);
	prefix = name.n;
	if (directory_read(path_join(&a, path, sub), true, &a, &all, err) < 0) {
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
		goto out;
	}
	for (i = 0; i < all.n; i++) {
		if (!is_message(&all.entries[i], context))
			continue;
		buf_truncate(&name, prefix);
		buf_add_string(&name, all.entries[i].name);
		fingerprint_mix(&out->state,
		    file_meta_fingerprint(buf_text(&name), &all.entries[i].meta));
		/* What a link leads to, or that a FIFO is none, tells the reading. */
		if (all.entries[i].kind != FILE_REGULAR)
			continue;
		out->bytes += all.entries[i].meta.size;
		out->messages++;
	}
	rc = 0;

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

void
folder_measure_side_file(const char *path, const char *name, struct mailbox *out)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;

	if (file_stat(path_join(&a, path, name), &meta, &ignored) == 0)
		fingerprint_mix(&out->state, file_meta_fingerprint(name, &meta));
	arena_free(&a);
}

void
folder_measure_failed(struct mailbox *out)
{
	out->state = (struct fingerprint){ 0, 0 };
	out->messages = -1;
}
