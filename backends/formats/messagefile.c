/* SPDX-License-Identifier: MIT */
#include "backends/formats/messagefile.h"

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/mail/separator.h"

#define LARGE_HEAD (1u * MIB)
#define ATTEMPTS 3u             /* at a file that is being written to */

/* A rename or a new hard link changes ctime, and nothing of the message. */
static bool
is_unchanged(const struct file_meta *a, const struct file_meta *b)
{
	return a->inode == b->inode && a->device == b->device && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns;
}

static int
read_once(struct message_file *f, const char *path, struct entry *out, struct error *err)
{
	struct file_meta after;
	size_t n;

	file_close(f->fd);
	f->fd = -1;
	buf_clear(&f->bytes);
	if (file_open_read(path, &f->fd, err) < 0)
		return -1;
	if (file_stat_fd(f->fd, &out->meta, err) < 0)
		return fail_in(err, "%s", path);
	out->size = out->meta.size;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	n = out->is_large ? LARGE_HEAD : (size_t)out->size;
	if (file_read_at(f->fd, 0, buf_extend(&f->bytes, n), n, err) < 0 ||
	    file_stat_fd(f->fd, &after, err) < 0)
		return fail_in(err, "%s", path);
	if (!is_unchanged(&out->meta, &after))
		return fail(err, ERR_CHANGED, "%s: was written to while it was read", path);
	out->bytes = buf_slice(&f->bytes);
	if (!out->is_large) {
		file_close(f->fd);
		f->fd = -1;
	}
	return 0;
}

int
message_file_read(struct message_file *f, const char *path, struct entry *out)
{
	unsigned attempt;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		error_clear(&out->error);
		if (read_once(f, path, out, &out->error) == 0) {
			out->kind = ENTRY_MESSAGE;
			return 1;
		}
		if (out->error.code != ERR_CHANGED)
			break;
	}
	if (out->error.code == ERR_NOT_FOUND)
		return 0;
	out->kind = ENTRY_FAILED;
	out->bytes = SLICE_EMPTY;
	out->is_large = false;
	return 1;
}

bool
message_file_is_known(const struct reader *reader, const char *path, struct entry *out)
{
	struct error ignored = ERROR_NONE;

	if (reader->familiar == NULL || file_stat(path, &out->meta, &ignored) < 0 ||
	    out->meta.kind != FILE_REGULAR)
		return false;
	out->kind = ENTRY_MESSAGE;
	out->size = out->meta.size;
	out->is_unread = reader->familiar->knows(reader->familiar, out);
	return out->is_unread;
}

int
message_file_bytes(struct message_file *f, uint64_t at, void *p, size_t n, struct error *err)
{
	return file_read_at(f->fd, at, p, n, err);
}

size_t
message_file_separator(struct slice bytes)
{
	struct slice head = slice_sub(bytes, 0, 4096), line;

	if (!slice_starts(head, "From ") || !slice_line(&head, &line) ||
	    separator_parse(line, NULL) != SEPARATOR_STRONG)
		return 0;
	return line.n;
}

void
message_file_free(struct message_file *f)
{
	file_close(f->fd);
	f->fd = -1;
	buf_free(&f->bytes);
}
