/* SPDX-License-Identifier: MIT */
#include "core/job/show.h"

#include "core/archive/listing.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/job/stored.h"

#define NAMES_TRIED 100

int
job_write_raw(struct job *j, const struct digest *id, int fd, struct error *err)
{
	struct message_stream *stream = NULL;
	struct slice piece;
	int rc;

	if (message_stream_open(j->archive, &j->finder, id, &stream, err) < 0)
		return -1;
	while ((rc = message_stream_next(stream, &piece, err)) == 1) {
		if (file_write(fd, piece, err) < 0) {
			rc = -1;
			break;
		}
	}
	message_stream_close(stream);
	return rc;
}

/* Into a file that has lost its name before anybody could open it: nothing is
 * left of it when we die. */
static int
open_long(struct job *j, const struct digest *id, struct shown *out, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	char *path = NULL;
	int fd = -1, rc = -1;

	if (file_temporary(j->settings.data_directory, ".show-", &out->arena, &path, &fd,
	    err) < 0)
		goto out;
	/* A second descriptor stands at the beginning, where reading starts. */
	if (file_open_read(path, &out->fd, err) < 0 || job_write_raw(j, id, fd, err) < 0 ||
	    file_stat_fd(fd, &meta, err) < 0)
		goto out;
	out->bytes = meta.size;
	message_open_fd(out->fd, &out->arena, &out->message);
	rc = 0;

out:
	if (path)
		file_remove(path, &ignored);
	file_close(fd);
	return rc;
}

int
job_show(struct job *j, const struct digest *id, struct shown *out, struct error *err)
{
	*out = (struct shown){ .raw = BUF_EMPTY, .fd = -1, .arena = ARENA_EMPTY };
	if (archive_read_message(j->archive, &j->finder, id, MESSAGE_IN_MEMORY, &out->raw,
	    err) == 0) {
		out->bytes = out->raw.n;
		message_open(buf_slice(&out->raw), &out->arena, &out->message);
		return 0;
	}
	if (err->code == ERR_LIMIT && open_long(j, id, out, err) == 0)
		return 0;
	shown_close(out);
	return -1;
}

void
shown_close(struct shown *s)
{
	if (s->message.handle)
		message_close(&s->message);
	file_close(s->fd);
	buf_free(&s->raw);
	arena_free(&s->arena);
	*s = (struct shown){ .raw = BUF_EMPTY, .fd = -1, .arena = ARENA_EMPTY };
}

/* ---- As it lay in a mailbox ---- */

/* The listing of a mailbox as of a snapshot row; 1, 0, -1. */
static int
find_listing(struct job *j, int64_t mailbox, int64_t snapshot, struct digest *out,
    struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_mailbox m;
	int rc;

	if (catalog_mailboxes(j->catalog, snapshot, false, &rows, err) < 0)
		return -1;
	while ((rc = catalog_next_mailbox(rows, &m, err)) == 1 && m.row != mailbox)
		;
	if (rc == 1)
		*out = m.listing;
	catalog_rows_close(rows);
	return rc;
}

/* The listing in which the message was seen last: in that mailbox, or (0) in
 * the first it lay in.  1, 0 where its snapshot was forgotten, -1. */
static int
last_listing(struct job *j, const struct digest *id, int64_t mailbox, struct digest *out,
    struct error *err)
{
	struct catalog_rows *message = NULL, *places = NULL;
	struct catalog_found found;
	struct catalog_whereabouts place = { .mailbox = 0 };
	int rc;

	rc = catalog_message_of(j->catalog, id, &found, &message, err);
	if (rc == 1)
		rc = catalog_places(j->catalog, found.row, &places, err) < 0 ? -1 : 1;
	while (rc == 1 && (rc = catalog_next_place(places, &place, err)) == 1 &&
	    mailbox != 0 && place.mailbox != mailbox)
		;
	if (rc == 0)
		rc = fail(err, ERR_NOT_FOUND, "the message lies in no such mailbox");
	if (rc == 1)
		rc = find_listing(j, place.mailbox, place.snapshot, out, err);
	catalog_rows_close(places);
	catalog_rows_close(message);
	return rc;
}

static int
write_placement(struct job *j, const struct placement *p, int fd, struct error *err)
{
	struct stored *stored = NULL;
	struct slice piece;
	int rc;

	if (stored_open(j->archive, &j->finder, p, &stored, err) < 0)
		return -1;
	while ((rc = stored_next(stored, &piece, err)) == 1) {
		if (file_write(fd, piece, err) < 0) {
			rc = -1;
			break;
		}
	}
	stored_close(stored);
	return rc;
}

int
job_write_stored(struct job *j, const struct digest *id, const struct catalog_mailbox *mailbox,
    int fd, struct error *err)
{
	struct listing_reader *l = NULL;
	struct arena a = ARENA_EMPTY;
	struct digest root;
	struct placement p;
	int rc = -1;

	rc = last_listing(j, id, mailbox ? mailbox->row : 0, &root, err);
	if (rc == 1 && listing_open(j->archive, &j->finder, &root, &l, err) < 0)
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
	/* What its client had put around it went with the backup. */
	if (rc <= 0)
		return rc < 0 ? -1 : job_write_raw(j, id, fd, err);
	while ((rc = listing_next(l, &a, &p, err)) == 1 &&
	    !(p.kind == PLACED_MESSAGE && digest_equal(&p.id, id)))
		arena_reset(&a);
	if (rc == 1)
		rc = write_placement(j, &p, fd, err);
	else if (rc == 0)
		rc = fail(err, ERR_NOT_FOUND, "the message is not in the mailbox's listing");
	listing_close(l);
	arena_free(&a);
	return rc;
}

/* ---- Attachments ---- */

static bool
is_wanted(const struct message_part *part, size_t at, int wanted)
{
	if (wanted >= 0)
		return at == (size_t)wanted;
	return part->is_attachment && strncmp(part->type, "multipart/", 10) != 0;
}

/* "report.pdf", and with a number (not 0) "report-3.pdf": whatever the mail
 * calls it, it stays where it is put. */
static void
name_part(const struct message_part *part, size_t number, struct buf *out)
{
	const char *name = part->name && part->name[0] ? part->name :
	    strcmp(part->type, "message/rfc822") == 0 ? "message.eml" :
	    strcmp(part->type, "text/html") == 0 ? "part.html" :
	    strncmp(part->type, "text/", 5) == 0 ? "part.txt" : "part";
	struct buf tame = BUF_EMPTY;
	size_t dot;

	path_add_tame(&tame, slice_string(name));
	for (dot = tame.n; dot > 1 && tame.p[dot - 1] != '.'; dot--)
		;
	dot = dot > 1 ? dot - 1 : tame.n;
	buf_set(out, slice_sub(buf_slice(&tame), 0, dot));
	if (number != 0)
		buf_add_format(out, "-%zu", number);
	buf_add(out, slice_from(buf_slice(&tame), dot));
	buf_free(&tame);
}

/* A new file, under the first name that is free.  The number of the part comes
 * first, so that thousands of one name do not try each other's. */
static int
create_part(struct shown *s, size_t at, struct root *root, struct buf *name, int *fd,
    struct error *err)
{
	size_t i;

	for (i = 0; i < NAMES_TRIED; i++) {
		name_part(&s->message.parts[at], i == 0 ? 0 : at + i, name);
		if (root_create(root, buf_text(name), 0600, fd, err) == 0)
			return 0;
		if (err->code != ERR_EXISTS)
			break;
	}
	return -1;
}

static int
save_part(struct shown *s, size_t at, struct root *root, struct buf *saved, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct buf name = BUF_EMPTY;
	int fd = -1, rc = -1;

	if (create_part(s, at, root, &name, &fd, err) < 0)
		goto out;
	rc = message_write_part(&s->message, at, fd, err);
	file_close(fd);
	if (rc < 0) {
		fail_in(err, "%s", buf_text(&name));
		root_remove(root, buf_text(&name), &ignored);
		goto out;
	}
	buf_add(saved, buf_slice(&name));
	buf_add_byte(saved, '\n');

out:
	buf_free(&name);
	return rc;
}

int
shown_save(struct shown *s, int part, const char *directory, struct buf *saved,
    struct error *err)
{
	struct root *root = NULL;
	size_t i;
	int rc = -1;

	if (part >= 0 && (size_t)part >= s->message.part_count)
		return fail(err, ERR_NOT_FOUND, "the message has no part %d", part);
	if (file_make_directories(directory, 0700, err) < 0 ||
	    root_open(directory, &root, err) < 0)
		return -1;
	for (i = 0; i < s->message.part_count; i++) {
		if (is_wanted(&s->message.parts[i], i, part) &&
		    save_part(s, i, root, saved, err) < 0)
			goto out;
	}
	rc = 0;

out:
	root_close(root);
	return rc;
}
