/* SPDX-License-Identifier: MIT */
#include "core/job/restore_work.h"

#include <inttypes.h>

#include "core/archive/listing.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/job/outfile.h"
#include "core/job/stored.h"

#define FLUSH_AT (1u * MIB)

bool
restore_must_stop(const struct error *err)
{
	return err->code == ERR_UNREACHABLE || err->code == ERR_KEY ||
	    err->code == ERR_CANCELLED;
}

/* Name it and go on, or stop. */
static int
pass_over(struct restore_unit *u, const char *path, const struct digest *id, struct error *err)
{
	if (restore_must_stop(err))
		return -1;
	restore_failed(&u->result, path, id, err->text);
	return 0;
}

/* Directories that the snapshot does not tell of are for their owner only. */
static int
make_parent(struct restore_unit *u, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return 0;
	if (u->parent.n == (size_t)(slash - path) && memcmp(u->parent.p, path, u->parent.n) == 0)
		return 0;
	buf_set(&u->parent, slice_of(path, (size_t)(slash - path)));
	if (root_make_directories(u->root, buf_text(&u->parent), 0700, err) == 0)
		return 0;
	buf_clear(&u->parent);
	return -1;
}

/*
 * The same bytes stand there.  What an interrupted run did not come to set is
 * set now; a file in its client's hands is left alone altogether.
 */
static void
count_there(struct restore_unit *u, const char *path, uint32_t mode, int64_t mtime_ns)
{
	struct error err = ERROR_NONE;
	struct file_meta meta;

	u->result.there_already++;
	if (u->in_place || root_stat(u->root, path, &meta, &err) < 0 ||
	    (meta.mode == (mode & 0777) && meta.mtime_ns == mtime_ns))
		return;
	if (root_set_meta(u->root, path, mode & 0777, mtime_ns, &err) < 0)
		restore_failed(&u->result, path, NULL, err.text);
}

static void
count_new(struct restore_unit *u, const struct outfile *o)
{
	u->result.files++;
	u->result.bytes += o->size;
	if (o->meta_error.code != ERR_NONE)
		restore_failed(&u->result, o->path, NULL, o->meta_error.text);
}

/*
 * 1: it is there now; 0: it was, or could not be put there and was named.
 *
 * In place a client's index of a mailbox is the client's: where one stands
 * there it is left alone without a word, for the client makes it new from the
 * mailbox.
 */
static int
put_in_place(struct restore_unit *u, struct outfile *o, uint32_t mode, int64_t mtime_ns,
    bool is_index, struct error *err)
{
	int rc = outfile_commit(o, mode, mtime_ns, u->overwrite, err);

	if (rc < 0 && !(err->code == ERR_EXISTS && is_index && u->in_place))
		return pass_over(u, o->path, NULL, err);
	if (rc == 1)
		count_new(u, o);
	else
		count_there(u, o->path, mode, mtime_ns);
	return rc == 1;
}

/* ---- Files that were kept as they lay ---- */

static int
write_chunks(struct restore_unit *u, struct outfile *o, bool *good, struct error *err)
{
	const struct snapshot_file *file = u->item->file;
	size_t i;

	*good = false;
	for (i = 0; i < file->chunk_count; i++) {
		if (job_go_on(u->job, err) < 0)
			return -1;
		if (archive_read_object(u->job->archive, &u->job->finder, OBJECT_CHUNK,
		    &file->chunks[i], &u->out, err) < 0)
			return pass_over(u, o->path, NULL, err);
		if (outfile_write(o, buf_slice(&u->out), err) < 0)
			return -1;
	}
	if (o->size != file->size) {
		fail(err, ERR_CORRUPT, "%" PRIu64 " bytes came back instead of %" PRIu64,
		    o->size, file->size);
		return pass_over(u, o->path, NULL, err);
	}
	*good = true;
	return 0;
}

/* Do these bytes stand at at? */
static bool
holds_at(struct restore_unit *u, int fd, uint64_t at, struct slice bytes)
{
	struct error ignored = ERROR_NONE;

	u->canonical.n = 0;
	return file_read_at(fd, at, buf_extend(&u->canonical, bytes.n), bytes.n, &ignored) == 0 &&
	    slice_equal(buf_slice(&u->canonical), bytes);
}

/* The file at path, when it is one of this size; -1: it is not. */
static int
open_of_size(struct restore_unit *u, const char *path, uint64_t size)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	int fd = -1;

	if (root_stat(u->root, path, &meta, &ignored) < 0 || meta.kind != FILE_REGULAR ||
	    meta.size != size || root_open_read(u->root, path, &fd, &ignored) < 0)
		return -1;
	return fd;
}

/* Does the file stand there already?  Found out without writing anything: the
 * disk may be full or read-only. */
static bool
file_stands_there(struct restore_unit *u)
{
	const struct snapshot_file *file = u->item->file;
	struct error ignored = ERROR_NONE;
	int fd = open_of_size(u, u->item->place.path, file->size);
	bool same = fd >= 0;
	uint64_t at = 0;
	size_t i;

	for (i = 0; same && i < file->chunk_count; i++) {
		same = archive_read_object(u->job->archive, &u->job->finder, OBJECT_CHUNK,
		    &file->chunks[i], &u->out, &ignored) == 0 &&
		    holds_at(u, fd, at, buf_slice(&u->out));
		at += u->out.n;
	}
	file_close(fd);
	return same && at == file->size;
}

static int
restore_file(struct restore_unit *u, struct error *err)
{
	const struct snapshot_file *file = u->item->file;
	const char *path = u->item->place.path;
	struct outfile o;
	bool good;
	int rc;

	if (file_stands_there(u)) {
		count_there(u, path, file->mode, file->mtime_ns);
		return 0;
	}
	if (make_parent(u, path, err) < 0 ||
	    outfile_open(&o, u->root, path, u->number, err) < 0)
		return pass_over(u, path, NULL, err);
	rc = write_chunks(u, &o, &good, err);
	if (rc == 0 && good)
		rc = put_in_place(u, &o, file->mode, file->mtime_ns,
		    strcmp(file->role, "index") == 0, err);
	outfile_close(&o);
	return rc;
}

/* ---- Mailboxes ---- */

struct mailbox_file {
	struct outfile out;
	struct fingerprinter *print;
	uint64_t messages;
	bool is_whole;                  /* nothing was lost so far */
};

static int
flush(struct mailbox_file *m, struct slice bytes, struct error *err)
{
	if (bytes.n == 0)
		return 0;
	fingerprinter_add(m->print, bytes);
	return outfile_write(&m->out, bytes, err);
}

/* Write a placement that is too long for memory; it was proven before. */
static int
write_long(struct restore_unit *u, const struct placement *p, struct outfile *o,
    struct fingerprinter *print, struct error *err)
{
	struct stored *stored = NULL;
	struct slice piece;
	int rc;

	if (stored_open(u->job->archive, &u->job->finder, p, &stored, err) < 0)
		return -1;
	while ((rc = stored_next(stored, &piece, err)) == 1) {
		if (job_go_on(u->job, err) < 0)
			break;
		if (print)
			fingerprinter_add(print, piece);
		if (outfile_write(o, piece, err) < 0)
			break;
	}
	stored_close(stored);
	return rc == 0 ? 0 : -1;
}

/* One message of a mailbox file; a lost one leaves the others in it. */
static int
add_to_file(struct restore_unit *u, struct mailbox_file *m, const struct placement *p,
    struct error *err)
{
	struct job *j = u->job;
	uint64_t size;
	int rc;

	if (job_go_on(j, err) < 0)
		return -1;
	rc = stored_add(j->archive, &j->finder, p, &u->canonical, &u->out, err);
	if (rc < 0 && err->code == ERR_LIMIT) {
		if (flush(m, buf_slice(&u->out), err) < 0)
			return -1;
		buf_clear(&u->out);
		rc = message_prove(j->archive, &j->finder, &p->id, &size, err);
		if (rc == 0 && write_long(u, p, &m->out, m->print, err) < 0)
			return -1;
	}
	if (rc < 0) {
		m->is_whole = false;
		fail_in(err, "left out of the mailbox");
		return pass_over(u, u->item->name, &p->id, err);
	}
	m->messages += p->kind == PLACED_MESSAGE && !p->dead;
	if (u->out.n < FLUSH_AT)
		return 0;
	rc = flush(m, buf_slice(&u->out), err);
	buf_clear(&u->out);
	return rc;
}

/* A run of a listing that cannot be read costs its messages their place.  Who
 * has the first share of a mailbox speaks for all of it. */
static int
lose_run(struct restore_unit *u, struct listing_reader *l, uint64_t *at, struct error *err)
{
	uint64_t lost = listing_skip_run(l);

	*at += lost;
	if (u->from > 0 && !restore_must_stop(err))
		return 0;
	fail_in(err, "%" PRIu64 " messages are lost with a part of the mailbox's listing", lost);
	return pass_over(u, u->item->name, NULL, err);
}

static int
write_mailbox(struct restore_unit *u, struct mailbox_file *m, struct listing_reader *l,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct placement p;
	uint64_t at = 0;
	int next, rc = -1;

	buf_clear(&u->out);
	while ((next = listing_next(l, &a, &p, err)) != 0) {
		if (next < 0) {
			m->is_whole = false;
			if (lose_run(u, l, &at, err) < 0)
				goto out;
		} else if (add_to_file(u, m, &p, err) < 0) {
			goto out;
		}
		arena_reset(&a);
	}
	rc = flush(m, buf_slice(&u->out), err);
	buf_clear(&u->out);

out:
	arena_free(&a);
	return rc;
}

/* All pieces were proven by their digests; this proves that they are the
 * right ones in the right order.  The mail is given back in any case. */
static void
compare_whole(struct restore_unit *u, struct mailbox_file *m)
{
	const struct snapshot_mailbox *mailbox = u->item->mailbox;
	struct fingerprint print = fingerprinter_end(m->print);

	if (m->is_whole && (m->out.size != mailbox->size ||
	    !fingerprint_equal(print, mailbox->fingerprint)))
		restore_failed(&u->result, u->item->name, NULL,
		    "restored, but it is not the file that was backed up");
}

/* Does the mailbox stand there already, to the byte?  Told without the
 * archive, so that a second run costs one reading. */
static bool
stands_there(struct restore_unit *u)
{
	const struct snapshot_mailbox *mailbox = u->item->mailbox;
	struct error ignored = ERROR_NONE;
	struct fingerprinter *print;
	unsigned char *p;
	uint64_t size = 0;
	int64_t n;
	bool same;
	int fd = open_of_size(u, u->item->place.path, mailbox->size);

	if (fd < 0)
		return false;
	print = fingerprinter_open();
	p = mem_alloc(FLUSH_AT);
	while ((n = file_read(fd, p, FLUSH_AT, &ignored)) > 0) {
		fingerprinter_add(print, slice_of(p, (size_t)n));
		size += (uint64_t)n;
	}
	same = n == 0 && size == mailbox->size &&
	    fingerprint_equal(fingerprinter_end(print), mailbox->fingerprint);
	file_close(fd);
	mem_free(p);
	fingerprinter_close(print);
	return same;
}

static int
restore_mailbox_file(struct restore_unit *u, struct error *err)
{
	const struct snapshot_mailbox *mailbox = u->item->mailbox;
	const char *path = u->item->place.path;
	struct mailbox_file m = { .is_whole = true };
	struct listing_reader *l = NULL;
	int rc;

	u->result.mailboxes++;
	if (stands_there(u)) {
		count_there(u, path, mailbox->mode, mailbox->mtime_ns);
		return 0;
	}
	if (listing_open(u->job->archive, &u->job->finder, &mailbox->listing, &l, err) < 0)
		return pass_over(u, u->item->name, NULL, err);
	if (make_parent(u, path, err) < 0 ||
	    outfile_open(&m.out, u->root, path, u->number, err) < 0) {
		rc = pass_over(u, path, NULL, err);
		goto out;
	}
	m.print = fingerprinter_open();
	rc = write_mailbox(u, &m, l, err);
	if (rc == 0) {
		compare_whole(u, &m);
		rc = put_in_place(u, &m.out, mailbox->mode, mailbox->mtime_ns, false, err);
		if (rc == 1)
			u->result.messages += m.messages;
	}
	outfile_close(&m.out);

out:
	fingerprinter_close(m.print);
	listing_close(l);
	return rc;
}

/* Is the file there, with just these bytes?  Then it need not be written to
 * find that out. */
static bool
holds(struct restore_unit *u, const char *path, struct slice bytes)
{
	int fd = open_of_size(u, path, bytes.n);
	bool same = fd >= 0 && holds_at(u, fd, 0, bytes);

	file_close(fd);
	return same;
}

/* One message in a file of its own. */
static int
write_message(struct restore_unit *u, const char *path, const struct placement *p,
    bool is_long, struct error *err)
{
	struct outfile o;
	int rc;

	if (!is_long && holds(u, path, buf_slice(&u->out))) {
		count_there(u, path, p->mode, p->mtime_ns);
		return 0;
	}
	if (make_parent(u, path, err) < 0 ||
	    outfile_open(&o, u->root, path, u->number, err) < 0)
		return pass_over(u, path, &p->id, err);
	rc = is_long ? write_long(u, p, &o, NULL, err) :
	    outfile_write(&o, buf_slice(&u->out), err);
	if (rc == 0)
		rc = put_in_place(u, &o, p->mode, p->mtime_ns, false, err);
	if (rc == 1)
		u->result.messages += p->kind == PLACED_MESSAGE && !p->dead;
	outfile_close(&o);
	return rc;
}

static int
restore_message(struct restore_unit *u, const char *path, const struct placement *p,
    struct error *err)
{
	struct job *j = u->job;
	bool is_long;
	uint64_t size;
	int rc;

	if (job_go_on(j, err) < 0)
		return -1;
	buf_clear(&u->out);
	rc = stored_add(j->archive, &j->finder, p, &u->canonical, &u->out, err);
	is_long = rc < 0 && err->code == ERR_LIMIT;
	if (is_long)
		rc = message_prove(j->archive, &j->finder, &p->id, &size, err);
	if (rc < 0)
		return pass_over(u, path, &p->id, err);
	return write_message(u, path, p, is_long, err);
}

/* Where a message of its own file lies; false, and reported, where its name
 * would lead outside its mailbox. */
static bool
message_path(struct restore_unit *u, const struct placement *p, struct buf *path)
{
	const char *base = u->item->place.path;
	struct slice below;
	size_t at;

	buf_clear(path);
	if (base[0]) {
		buf_add_string(path, base);
		buf_add_byte(path, '/');
	}
	at = path->n;
	if (p->directory.n) {
		buf_add(path, p->directory);
		buf_add_byte(path, '/');
	}
	buf_add(path, p->name);
	buf_add(path, p->info);
	below = slice_from(buf_slice(path), at);
	if (path_is_safe(below) && p->name.n)
		return true;
	restore_failed(&u->result, u->item->name, &p->id,
	    "the name of its file leads outside the mailbox");
	return false;
}

static int
restore_entry(struct restore_unit *u, struct slice what, struct slice state, struct arena *a,
    struct buf *path, struct error *err)
{
	struct placement p;

	if (placement_parse(what, state, a, &p, err) < 0)
		return pass_over(u, u->item->name, NULL, err);
	/* Put together from files that come back by themselves. */
	if (p.kind == PLACED_MESSAGE && p.name.n + p.directory.n + p.info.n == 0) {
		u->result.messages += !p.dead;
		return 0;
	}
	if (!message_path(u, &p, path))
		return 0;
	return restore_message(u, buf_text(path), &p, err);
}

static int
restore_mailbox_files(struct restore_unit *u, struct error *err)
{
	struct listing_reader *l = NULL;
	struct arena a = ARENA_EMPTY;
	struct buf path = BUF_EMPTY;
	struct slice what, state;
	uint64_t at = 0;
	int next, rc = -1;

	if (u->from == 0)
		u->result.mailboxes++;
	if (listing_open(u->job->archive, &u->job->finder, &u->item->mailbox->listing, &l,
	    err) < 0)
		return u->from ? 0 : pass_over(u, u->item->name, NULL, err);
	while (at < u->to && (next = listing_next_lines(l, &what, &state, err)) != 0) {
		if (next < 0) {
			if (lose_run(u, l, &at, err) < 0)
				goto out;
			continue;
		}
		if (at++ < u->from)
			continue;
		if (restore_entry(u, what, state, &a, &path, err) < 0)
			goto out;
		arena_reset(&a);
	}
	rc = 0;

out:
	listing_close(l);
	buf_free(&path);
	arena_free(&a);
	return rc;
}

int
restore_unit_run(struct restore_unit *u, struct error *err)
{
	switch (u->item->kind) {
	case RESTORE_MAILBOX_FILE:
		return restore_mailbox_file(u, err);
	case RESTORE_MAILBOX_FILES:
		return restore_mailbox_files(u, err);
	case RESTORE_FILE:
		return restore_file(u, err);
	}
	return 0;
}
