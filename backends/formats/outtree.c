/* SPDX-License-Identifier: MIT */
#include "backends/formats/outtree.h"

#include <string.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define COPY_STEP (256u * KIB)

int
outtree_open(struct outtree *t, const struct writer_ops *ops, const char *directory,
    struct error *err)
{
	t->writer.ops = ops;
	t->directory = mem_string(directory);
	if (file_make_directories(directory, OUT_DIRECTORY_MODE, err) < 0 ||
	    root_open(directory, &t->root, err) < 0)
		return -1;
	return 0;
}

int
outtree_fail(struct outtree *t, const struct error *err)
{
	if (t->failure.code == ERR_NONE)
		t->failure = *err;
	return -1;
}

int
outtree_close(struct outtree *t, struct error *err)
{
	int rc = 0;

	/* Many small files: one flush of the file system beats one for each. */
	if (t->failure.code == ERR_NONE && file_sync_all(t->directory, err) < 0)
		outtree_fail(t, err);
	if (t->failure.code != ERR_NONE) {
		*err = t->failure;
		rc = -1;
	}
	root_close(t->root);
	map_free(&t->taken);
	mem_free(t->directory);
	return rc;
}

void
outtree_add_component(struct slice name, const char *suffix, struct buf *out)
{
	struct buf tame = BUF_EMPTY, cut = BUF_EMPTY;
	struct slice shown;

	path_add_tame(&tame, name);
	/* What is left without the suffix may have to be tamed again. */
	while (suffix[0] != '\0' && slice_ends(buf_slice(&tame), suffix)) {
		buf_set(&cut, slice_sub(buf_slice(&tame), 0, tame.n - strlen(suffix)));
		buf_clear(&tame);
		path_add_tame(&tame, buf_slice(&cut));
	}
	shown = buf_slice(&tame);
	buf_add(out, shown);
	if (slice_is(shown, "cur") || slice_is(shown, "new") || slice_is(shown, "tmp"))
		buf_add_byte(out, '_');
	buf_free(&tame);
	buf_free(&cut);
}

void
outtree_add_unique(struct outtree *t, struct slice stem, const char *suffix, struct buf *out)
{
	struct buf wanted = BUF_EMPTY, name = BUF_EMPTY;
	uint64_t number = 0;

	buf_add(&wanted, stem);
	buf_add_string(&wanted, suffix);
	buf_add(&name, buf_slice(&wanted));
	map_get(&t->taken, buf_slice(&wanted), &number);
	while (map_get(&t->taken, buf_slice(&name), NULL)) {
		number++;
		buf_clear(&name);
		buf_add(&name, stem);
		buf_add_format(&name, " (%llu)%s", (unsigned long long)number + 1, suffix);
	}
	/* The number reached is kept: many alike cost one step each. */
	map_put(&t->taken, buf_slice(&wanted), number);
	if (name.n != wanted.n)
		map_put(&t->taken, buf_slice(&name), 0);
	buf_add(out, buf_slice(&name));
	buf_free(&wanted);
	buf_free(&name);
}

int
outtree_copy(struct source *message, int fd, struct error *err)
{
	unsigned char *step = mem_alloc(COPY_STEP);
	uint64_t copied = 0;
	int64_t got;
	int rc = -1;

	while ((got = message->read(message, step, COPY_STEP, err)) > 0) {
		if (file_write(fd, slice_of(step, (size_t)got), err) < 0)
			goto out;
		copied += (uint64_t)got;
	}
	if (got < 0)
		goto out;
	if (copied != message->size) {
		fail(err, ERR_CHANGED, "%llu bytes where %llu were promised",
		    (unsigned long long)copied, (unsigned long long)message->size);
		goto out;
	}
	rc = 0;

out:
	mem_free(step);
	return rc;
}

int
outtree_put(struct outtree *t, const char *path, struct source *message, int64_t date,
    struct error *err)
{
	return outtree_put_between(t, path, SLICE_EMPTY, message, SLICE_EMPTY, date, err);
}

int
outtree_put_between(struct outtree *t, const char *path, struct slice before,
    struct source *message, struct slice behind, int64_t date, struct error *err)
{
	struct error ignored = ERROR_NONE;
	int fd = -1, rc = -1;

	if (root_create(t->root, path, OUT_FILE_MODE, &fd, err) < 0)
		return -1;
	if ((before.n > 0 && file_write(fd, before, err) < 0) ||
	    outtree_copy(message, fd, err) < 0 || (behind.n > 0 && file_write(fd, behind, err) < 0))
		goto out;
	/* A file system without times is no reason to lose the message. */
	if (date != 0 && date > INT64_MIN / 1000000000 && date < INT64_MAX / 1000000000)
		file_set_meta(fd, OUT_FILE_MODE, date * 1000000000, &ignored);
	rc = 0;

out:
	file_close(fd);
	if (rc < 0)
		root_remove(t->root, path, &ignored);
	return rc;
}
