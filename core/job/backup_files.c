/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/job/backup_internal.h"

#define ATTEMPTS 3
#define COMPANION_DEPTH_MAX 12u

/* ---- Directories ---- */

void
backup_directory(struct backup *b, struct store_rows *rows, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct snapshot_directory *row;
	struct file_meta meta;

	if (map_get(&rows->directory_paths, slice_string(path), NULL))
		return;
	map_put(&rows->directory_paths, slice_string(path), 0);
	if (file_stat(path, &meta, &ignored) < 0 || meta.kind != FILE_DIRECTORY)
		return;
	row = vec_push(&rows->directories);
	*row = (struct snapshot_directory){
		.path = snapshot_path(b, path, rows->place->where.home),
		.mode = meta.mode,
		.mtime_ns = meta.mtime_ns,
	};
}

/* Those above path: up to the home, or to the store for one outside. */
void
backup_directories(struct backup *b, struct store_rows *rows, const char *path)
{
	const char *top = rows->place->where.home, *parent = path;
	VEC(const char *) above = VEC_EMPTY;
	size_t i;

	if (!top || !path_below(path, top))
		top = path_parent(b->arena, rows->place->where.path);
	for (;;) {
		parent = path_parent(b->arena, parent);
		if (strcmp(parent, top) == 0 || !path_below(parent, top))
			break;
		*(const char **)vec_push(&above) = parent;
	}
	for (i = above.n; i > 0; i--)
		backup_directory(b, rows, above.items[i - 1]);
	vec_free(&above);
}

/* ---- Files ---- */

struct file_source {
	struct chunk_source source;
	const struct job *job;
	int fd;
	bool failed;
};

static int64_t
file_source_read(struct chunk_source *source, void *p, size_t n, struct error *err)
{
	struct file_source *s = (struct file_source *)(void *)source;
	int64_t got;

	if (job_go_on(s->job, err) < 0)
		return -1;
	got = file_read(s->fd, p, n, err);
	s->failed |= got < 0;
	return got;
}

/* 1: kept as it was during the whole reading; 0: the source failed, err says
 * why; -1: we did. */
static int
keep_once(struct backup *b, const char *path, struct kept *kept, struct file_meta *meta,
    struct error *err)
{
	struct file_source source = { { .read = file_source_read }, b->job, -1, false };
	struct file_meta after;
	uint64_t size;
	int rc = 0;

	if (file_open_read(path, &source.fd, err) < 0)
		return 0;
	if (file_stat_fd(source.fd, meta, err) < 0)
		goto out;
	vec_clear(&kept->chunks);
	if (archive_writer_add_chunks(b->writer, &source.source, &kept->chunks, &size, err) < 0) {
		rc = source.failed ? 0 : -1;
		goto out;
	}
	if (file_stat_fd(source.fd, &after, err) < 0)
		goto out;
	if (!file_meta_same(meta, &after) || size != meta->size) {
		fail(err, ERR_CHANGED, "it changed while it was read");
		goto out;
	}
	b->result->bytes_read += size;
	rc = 1;

out:
	file_close(source.fd);
	return rc;
}

static void
file_key(struct buf *out, const char *path)
{
	buf_clear(out);
	buf_add_string(out, "file ");
	buf_add_string(out, path);
}

/* The chunks it had when it was last read, if it is the same file. */
static int
recall(struct backup *b, struct slice key, const struct file_meta *meta, struct kept *kept,
    struct error *err)
{
	struct catalog_reading last;
	struct arena a = ARENA_EMPTY;
	size_t i, n;
	int rc;

	rc = catalog_get_reading(b->job->catalog, key, true, &a, &last, err);
	if (rc == 1 && (!fingerprint_equal(last.state, file_meta_fingerprint("", meta)) ||
	    last.memory.n % DIGEST_BYTES != 0))
		rc = 0;
	n = rc == 1 ? last.memory.n / DIGEST_BYTES : 0;
	for (i = 0; i < n; i++)
		memcpy(((struct digest *)vec_push(&kept->chunks))->bytes,
		    last.memory.p + i * DIGEST_BYTES, DIGEST_BYTES);
	arena_free(&a);
	return rc;
}

static void
add_file_row(struct backup *b, struct store_rows *rows, const char *path, const char *role,
    const struct file_meta *meta, const struct kept *kept)
{
	struct snapshot_file *row = vec_push(&rows->files);
	struct digest *chunks = arena_alloc(b->arena, kept->chunks.n * sizeof(*chunks));

	if (kept->chunks.n)
		memcpy(chunks, kept->chunks.items, kept->chunks.n * sizeof(*chunks));
	*row = (struct snapshot_file){
		.path = snapshot_path(b, arena_string(b->arena, path), rows->place->where.home),
		.role = arena_string(b->arena, role),
		.size = meta->size,
		.mode = meta->mode,
		.mtime_ns = meta->mtime_ns,
		.chunks = chunks,
		.chunk_count = kept->chunks.n,
	};
	backup_directories(b, rows, path);
}

int
backup_kept_file(struct backup *b, struct store_rows *rows, const char *path, const char *role,
    struct error *err)
{
	struct kept *kept;
	struct file_meta meta;
	struct buf key = BUF_EMPTY;
	int rc = -1, attempt, got = 0;

	if (!map_put(&b->paths, slice_string(path), 0))
		return 0;
	kept = mem_alloc(sizeof(*kept));
	file_key(&key, path);
	if (file_stat(path, &meta, err) == 0) {
		got = recall(b, buf_slice(&key), &meta, kept, err);
		if (got < 0)
			goto out;
	}
	if (got == 1) {
		add_file_row(b, rows, path, role, &meta, kept);
		rc = 0;
		goto out;
	}
	for (attempt = 0; attempt < ATTEMPTS && got == 0; attempt++) {
		error_clear(err);
		got = keep_once(b, path, kept, &meta, err);
		if (got < 0)
			goto out;
		if (got == 0 && err->code != ERR_CHANGED)
			break;
	}
	rc = 0;
	if (got == 0) {
		/* What went away between two looks was not there. */
		if (err->code != ERR_NOT_FOUND)
			backup_fail(b, path, err->text, 0);
		error_clear(err);
		goto out;
	}
	add_file_row(b, rows, path, role, &meta, kept);
	kept->path = arena_copy(b->arena, buf_slice(&key));
	kept->state = file_meta_fingerprint("", &meta);
	*(struct kept **)vec_push(&b->kept) = kept;
	kept = NULL;

out:
	if (kept) {
		vec_free(&kept->chunks);
		mem_free(kept);
	}
	buf_free(&key);
	return rc;
}

/* A directory of settings is kept whole, but for mail that is kept as mail,
 * links, and what is no file. */
static int
keep_tree(struct backup *b, struct store_rows *rows, const char *path, const char *role,
    unsigned depth, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory d;
	size_t i;
	int rc = -1;

	if (depth > COMPANION_DEPTH_MAX || map_get(&b->paths, slice_string(path), NULL))
		return 0;
	if (directory_read(path, false, &a, &d, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			backup_fail(b, path, err->text, 0);
		error_clear(err);
		rc = 0;
		goto out;
	}
	backup_directories(b, rows, path);
	backup_directory(b, rows, arena_string(b->arena, path));
	for (i = 0; i < d.n; i++) {
		const char *below = path_join(&a, path, d.entries[i].name);

		if (d.entries[i].kind == FILE_DIRECTORY) {
			if (keep_tree(b, rows, below, role, depth + 1, err) < 0)
				goto out;
		} else if (d.entries[i].kind == FILE_REGULAR) {
			if (backup_kept_file(b, rows, below, role, err) < 0)
				goto out;
		}
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

int
backup_companion(struct backup *b, struct store_rows *rows, const struct companion *c,
    struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;

	if (file_stat(c->path, &meta, &ignored) < 0)
		return 0;
	if (meta.kind == FILE_DIRECTORY)
		return keep_tree(b, rows, c->path, c->role, 0, err);
	if (meta.kind != FILE_REGULAR)
		return 0;
	return backup_kept_file(b, rows, c->path, c->role, err);
}
