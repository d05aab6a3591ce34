/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "core/base/file_internal.h"
#include "core/base/vec.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct directory_entry *)a)->name,
	    ((const struct directory_entry *)b)->name);
}

static enum file_kind
kind_of(unsigned char type)
{
	switch (type) {
	case DT_REG: return FILE_REGULAR;
	case DT_DIR: return FILE_DIRECTORY;
	case DT_LNK: return FILE_LINK;
	default: return FILE_OTHER;
	}
}

/* 1 when out was filled, 0 when the entry is gone, -1 with errno. */
static int
look(DIR *dir, const struct dirent *found, bool stat, struct directory_entry *out)
{
	struct file_meta meta;

	if (!stat && found->d_type != DT_UNKNOWN) {
		out->kind = kind_of(found->d_type);
		return 1;
	}
	if (file_meta_at(dirfd(dir), found->d_name, AT_SYMLINK_NOFOLLOW, &meta) < 0)
		return errno == ENOENT ? 0 : -1;
	out->kind = meta.kind;
	if (stat)
		out->meta = meta;
	return 1;
}

int
directory_read(const char *path, bool stat, struct arena *a, struct directory *out,
    struct error *err)
{
	VEC(struct directory_entry) entries = VEC_EMPTY;
	struct directory_entry entry;
	const struct dirent *found;
	DIR *dir = NULL;
	int fd, rc = -1;

	fd = file_open_quietly_at(AT_FDCWD, path, O_DIRECTORY | O_NONBLOCK);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		fail_errno(err, "%s: open", path);
		goto out;
	}
	fd = -1;
	while (errno = 0, (found = readdir(dir)) != NULL) {
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		entry = (struct directory_entry){ .name = NULL };
		switch (look(dir, found, stat, &entry)) {
		case 0: continue;
		case 1: break;
		default: fail_errno(err, "%s/%s", path, found->d_name); goto out;
		}
		entry.name = arena_string(a, found->d_name);
		*vec_push(&entries) = entry;
	}
	if (errno != 0) {
		fail_errno(err, "%s: read", path);
		goto out;
	}
	if (entries.n > 0)
		qsort(entries.items, entries.n, sizeof(entry), by_name);
	out->n = entries.n;
	out->entries = arena_alloc(a, entries.n * sizeof(entry));
	if (entries.n > 0)
		memcpy(out->entries, entries.items, entries.n * sizeof(entry));
	rc = 0;

out:
	if (dir != NULL)
		closedir(dir);
	file_close(fd);
	vec_free(&entries);
	return rc;
}
