/* SPDX-License-Identifier: MIT */
#include "backends/targets/sftpfile.h"

#include "backends/targets/remote.h"
#include "core/base/file.h"
#include "core/base/limits.h"

#define IN_FLIGHT 64u
#define PIECE (32u * KIB)               /* what every server takes in one packet */
#define STEP ((size_t)MIB)              /* read from our file at a time */

int
sftp_fail(const struct sftp_reply *reply, struct error *err)
{
	if (reply->type != SFTP_STATUS)
		return fail(err, ERR_CORRUPT, "the server's answer makes no sense");
	switch (reply->status) {
	case SFTP_NO_SUCH_FILE:
		return fail(err, ERR_NOT_FOUND, "not found");
	case SFTP_DENIED:
		return fail(err, ERR_SYSTEM, "permission denied by the server");
	case SFTP_UNSUPPORTED:
		return fail(err, ERR_SYSTEM, "the server does not support it");
	case SFTP_OK:
	case SFTP_EOF:
		return fail(err, ERR_CORRUPT, "the server's answer makes no sense");
	default:
		return fail(err, ERR_SYSTEM, "the server refused (SFTP status %u)", reply->status);
	}
}

/* Keep below the rate that was asked for: n bytes take so long. */
static void
keep_pace(size_t n)
{
	uint64_t rate = remote_world()->rate;

	if (rate > 0)
		remote_pause((unsigned)((uint64_t)n * 1000 / rate));
}

/* ---- Reading ---- */

struct piece {
	uint32_t id;
	uint64_t at;
	uint32_t n;
};

struct transfer {
	struct sftpwire *w;
	struct slice handle;
	struct piece pieces[IN_FLIGHT];
	unsigned n;             /* on their way */
	bool has_failed;
	struct error why;       /* the first failure */
};

static int
request_piece(struct transfer *t, struct piece *p, struct error *err)
{
	p->id = sftp_new(t->w, SFTP_READ);
	sftp_bytes(t->w, t->handle);
	sftp_u64(t->w, p->at);
	sftp_u32(t->w, p->n);
	return sftp_send(t->w, err);
}

static void
note_failure(struct transfer *t, const struct sftp_reply *reply)
{
	if (!t->has_failed)
		sftp_fail(reply, &t->why);
	t->has_failed = true;
}

/* One answer.  end becomes where the file ends once that is seen. */
static int
take_piece(struct transfer *t, uint64_t base, struct buf *out, uint64_t *end, struct error *err)
{
	struct sftp_reply reply;
	struct piece *p;
	size_t place;
	unsigned i;

	if (sftp_receive(t->w, &reply, err) < 0)
		return -1;
	for (i = 0; i < t->n && t->pieces[i].id != reply.id; i++)
		;
	if (i == t->n)
		return fail(err, ERR_CORRUPT, "the server answers what was not asked");
	p = &t->pieces[i];
	if (reply.type == SFTP_DATA && (reply.text.n > p->n || reply.text.n == 0))
		return fail(err, ERR_CORRUPT, "the server gives other bytes than were asked for");
	if (reply.type == SFTP_DATA) {
		place = (size_t)(p->at - base);
		if (out->n < place + reply.text.n)
			buf_extend(out, place + reply.text.n - out->n);
		memcpy(out->p + place, reply.text.p, reply.text.n);
		p->at += reply.text.n;
		p->n -= (uint32_t)reply.text.n;
		if (p->n > 0 && !t->has_failed)
			return request_piece(t, p, err);
	} else if (reply.type == SFTP_STATUS && reply.status == SFTP_EOF) {
		if (p->at < *end)
			*end = p->at;
	} else {
		note_failure(t, &reply);
	}
	*p = t->pieces[--t->n];
	return 0;
}

int
sftp_read_file(struct sftpwire *w, struct slice handle, uint64_t at, uint64_t n,
    struct buf *out, bool *line_is_good, struct error *err)
{
	struct transfer t = { .w = w, .handle = handle };
	uint64_t next = at, end = n > UINT64_MAX - at ? UINT64_MAX : at + n;
	struct piece *p;

	*line_is_good = false;
	do {
		while (t.n < IN_FLIGHT && next < end && !t.has_failed) {
			p = &t.pieces[t.n++];
			p->at = next;
			p->n = end - next < PIECE ? (uint32_t)(end - next) : PIECE;
			next += p->n;
			keep_pace(p->n);
			if (request_piece(&t, p, err) < 0)
				return -1;
		}
		if (t.n > 0 && take_piece(&t, at, out, &end, err) < 0)
			return -1;
	} while (t.n > 0 || (next < end && !t.has_failed));
	*line_is_good = true;
	if (t.has_failed) {
		*err = t.why;
		return -1;
	}
	if (out->n > end - at)
		buf_truncate(out, (size_t)(end - at));
	return 0;
}

/* ---- Writing ---- */

/* One answer to a write; they all say the same. */
static int
take_status(struct transfer *t, struct error *err)
{
	struct sftp_reply reply;

	if (sftp_receive(t->w, &reply, err) < 0)
		return -1;
	if (reply.type != SFTP_STATUS || reply.status != SFTP_OK)
		note_failure(t, &reply);
	t->n--;
	return 0;
}

static int
send_bytes(struct transfer *t, uint64_t at, struct slice bytes, struct error *err)
{
	struct slice piece;

	for (; bytes.n > 0 && !t->has_failed; bytes = slice_from(bytes, piece.n)) {
		if (t->n == IN_FLIGHT && take_status(t, err) < 0)
			return -1;
		piece = slice_sub(bytes, 0, PIECE);
		sftp_new(t->w, SFTP_WRITE);
		sftp_bytes(t->w, t->handle);
		sftp_u64(t->w, at);
		sftp_bytes(t->w, piece);
		if (sftp_send(t->w, err) < 0)
			return -1;
		t->n++;
		at += piece.n;
	}
	return 0;
}

static int
send_file(struct transfer *t, const char *path, struct error *err)
{
	struct buf step = BUF_EMPTY;
	uint64_t at = 0;
	int64_t got;
	int fd = -1, rc = -1;

	if (file_open_read(path, &fd, &t->why) < 0) {
		t->has_failed = true;
		return 0;
	}
	buf_extend(&step, STEP);
	while (!t->has_failed) {
		got = file_read(fd, step.p, step.n, &t->why);
		t->has_failed = got < 0;
		if (got <= 0)
			break;
		keep_pace((size_t)got);
		if (send_bytes(t, at, slice_of(step.p, (size_t)got), err) < 0)
			goto out;
		at += (uint64_t)got;
	}
	rc = 0;

out:
	file_close(fd);
	buf_free(&step);
	return rc;
}

/* The server says no more than "failure"; a disk without room is the most
 * common reason, and can be asked for. */
static void
say_why(struct sftpwire *w, const char *directory, struct error *why)
{
	struct sftp_reply reply;
	struct error ignored;
	uint32_t id;
	uint64_t block, left;

	if (!w->has_statvfs)
		return;
	id = sftp_new(w, SFTP_EXTENDED);
	sftp_bytes(w, SLICE_OF("statvfs@openssh.com"));
	sftp_bytes(w, slice_string(directory));
	if (sftp_send(w, &ignored) < 0 || sftp_answer_to(w, id, &reply, &ignored) < 0 ||
	    reply.type != SFTP_EXTENDED_REPLY)
		return;
	sftp_take_u64(&reply.rest);
	block = sftp_take_u64(&reply.rest);
	cursor_skip(&reply.rest, 16);
	left = sftp_take_u64(&reply.rest);
	if (!reply.rest.bad && block > 0 && left < MIB / block + 1)
		fail(why, ERR_SYSTEM, "the disk there is full");
}

int
sftp_write_file(struct sftpwire *w, struct slice handle, const char *path,
    const char *directory, bool *line_is_good, struct error *err)
{
	struct transfer t = { .w = w, .handle = handle };

	*line_is_good = false;
	if (send_file(&t, path, err) < 0)
		return -1;
	if (w->has_fsync && !t.has_failed) {
		sftp_new(w, SFTP_EXTENDED);
		sftp_bytes(w, SLICE_OF("fsync@openssh.com"));
		sftp_bytes(w, handle);
		if (sftp_send(w, err) < 0)
			return -1;
		t.n++;
	}
	sftp_new(w, SFTP_CLOSE);
	sftp_bytes(w, handle);
	if (sftp_send(w, err) < 0)
		return -1;
	for (t.n++; t.n > 0;)
		if (take_status(&t, err) < 0)
			return -1;
	*line_is_good = true;
	if (!t.has_failed)
		return 0;
	say_why(w, directory, &t.why);
	*err = t.why;
	return -1;
}
