/* SPDX-License-Identifier: MIT */
#include "core/archive/transfer.h"

#include <inttypes.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/port/target.h"

#define SYSTEM_SPOOL "/tmp"     /* for targets that have none */
#define STEP MIB

int
transfer_spool(struct target *t, const char *spool, const char **out, struct error *err)
{
	*out = spool != NULL ? spool : t->spool != NULL ? t->spool : SYSTEM_SPOOL;
	return file_is_directory(*out) ? 0 : file_make_directories(*out, 0700, err);
}

int
transfer_sweep(const char *spool, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct directory d;
	int rc = -1;
	size_t i;

	if (directory_read(spool, false, &arena, &d, err) < 0)
		goto out;
	for (i = 0; i < d.n; i++)
		if (strncmp(d.entries[i].name, SPOOL_PREFIX, strlen(SPOOL_PREFIX)) == 0 &&
		    d.entries[i].kind == FILE_REGULAR &&
		    file_remove(path_join(&arena, spool, d.entries[i].name), err) < 0)
			goto out;
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}

static int
spool_bytes(struct target *t, const char *spool, struct slice bytes, struct arena *a,
    char **path, struct error *err)
{
	struct error ignored;
	int fd, rc;

	if (transfer_spool(t, spool, &spool, err) < 0 ||
	    file_temporary(spool, SPOOL_PREFIX, a, path, &fd, err) < 0)
		return -1;
	rc = file_write(fd, bytes, err) < 0 || file_sync(fd, err) < 0 ? -1 : 0;
	file_close(fd);
	if (rc < 0) {
		file_remove(*path, &ignored);
		fail_in(err, "%s", *path);
	}
	return rc;
}

int
transfer_put(struct target *t, const char *spool, const char *name, struct slice bytes,
    struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct error ignored;
	char *path;
	int rc = -1;

	if (spool_bytes(t, spool, bytes, &arena, &path, err) < 0)
		goto out;
	rc = t->ops->put(t, name, path, true, err);
	if (rc < 0)
		file_remove(path, &ignored);

out:
	arena_free(&arena);
	return rc;
}

int
transfer_settle(struct target *t, const char *name, const char *path,
    const struct digest *digest, struct error *err)
{
	struct digest there;
	uint64_t size;

	if (t->ops->put(t, name, path, true, err) == 0)
		return 0;
	if (err->code != ERR_EXISTS || transfer_digest(t, name, &there, &size, err) < 0)
		return -1;
	if (digest_equal(&there, digest))
		return file_remove(path, err);
	if (t->ops->remove(t, name, err) < 0)
		return -1;
	return t->ops->put(t, name, path, true, err);
}

int
transfer_settle_bytes(struct target *t, const char *spool, const char *name,
    struct slice bytes, const struct digest *digest, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct error ignored;
	char *path;
	int rc = -1;

	if (spool_bytes(t, spool, bytes, &arena, &path, err) < 0)
		goto out;
	rc = transfer_settle(t, name, path, digest, err);
	if (rc < 0)
		file_remove(path, &ignored);

out:
	arena_free(&arena);
	return rc;
}

int
transfer_compress(const struct archive *a, struct slice plain, struct buf *packed,
    struct error *err)
{
	struct compressor *c = compressor_open(archive_codec(a), 0);
	int rc;

	buf_clear(packed);
	rc = compressor_frame(c, plain, packed, err);
	compressor_close(c);
	return rc;
}

int
transfer_get(struct target *t, const char *name, uint64_t max, struct buf *out,
    struct error *err)
{
	/* One byte more than allowed tells a longer file, without a stat(). */
	if (t->ops->get(t, name, 0, max + 1, out, err) < 0)
		return -1;
	if (out->n <= max)
		return 0;
	buf_free(out);
	return fail(err, ERR_LIMIT, "%s: larger than the %" PRIu64 " bytes allowed", name, max);
}

int
transfer_digest(struct target *t, const char *name, struct digest *out, uint64_t *size,
    struct error *err)
{
	struct hasher *h = hasher_open();
	struct buf step = BUF_EMPTY;
	int rc = -1;

	*size = 0;
	do {
		if (t->ops->get(t, name, *size, STEP, &step, err) < 0)
			goto out;
		hasher_add(h, buf_slice(&step));
		*size += step.n;
	} while (step.n == STEP);
	hasher_end(h, out);
	rc = 0;

out:
	buf_free(&step);
	hasher_close(h);
	return rc;
}
