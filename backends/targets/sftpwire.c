/* SPDX-License-Identifier: MIT */
#include "backends/targets/sftpwire.h"

#include <sys/stat.h>

#include "backends/targets/sshlink.h"
#include "core/base/limits.h"

#define INIT 1
#define VERSION 2
#define PROTOCOL 3u
#define ANSWER_MAX (1u * MIB)           /* OpenSSH's own bound is 256 KiB */
#define SEND_AT ((size_t)64 * KIB)      /* so much is collected before it is sent */

#define HAS_SIZE 1u
#define HAS_OWNER 2u
#define HAS_MODE 4u
#define HAS_TIMES 8u
#define HAS_MORE 0x80000000u

static void
put_u32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

uint32_t
sftp_new(struct sftpwire *w, enum sftp_request type)
{
	w->request_at = w->out.n;
	buf_extend(&w->out, 4);
	buf_add_byte(&w->out, (unsigned char)type);
	sftp_u32(w, ++w->next);
	return w->next;
}

void
sftp_u32(struct sftpwire *w, uint32_t v)
{
	put_u32(buf_extend(&w->out, 4), v);
}

void
sftp_u64(struct sftpwire *w, uint64_t v)
{
	sftp_u32(w, (uint32_t)(v >> 32));
	sftp_u32(w, (uint32_t)v);
}

void
sftp_bytes(struct sftpwire *w, struct slice s)
{
	sftp_u32(w, (uint32_t)s.n);
	buf_add(&w->out, s);
}

static int
flush(struct sftpwire *w, struct error *err)
{
	int rc = sshlink_write(w->link, buf_slice(&w->out), err);

	buf_clear(&w->out);
	return rc;
}

static void
close_request(struct sftpwire *w)
{
	put_u32(w->out.p + w->request_at, (uint32_t)(w->out.n - w->request_at - 4));
}

int
sftp_send(struct sftpwire *w, struct error *err)
{
	close_request(w);
	return w->out.n < SEND_AT ? 0 : flush(w, err);
}

struct slice
sftp_take_bytes(struct cursor *c)
{
	uint32_t n = cursor_be32(c);

	return cursor_take(c, n);
}

uint64_t
sftp_take_u64(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

void
sftp_take_attributes(struct cursor *c, struct sftp_attributes *out)
{
	uint32_t has = cursor_be32(c), mode, n;

	memset(out, 0, sizeof(*out));
	if (has & HAS_SIZE) {
		out->size = sftp_take_u64(c);
		out->has_size = !c->bad;
	}
	if (has & HAS_OWNER)
		cursor_skip(c, 8);
	if (has & HAS_MODE) {
		mode = cursor_be32(c);
		out->is_regular = S_ISREG(mode);
		out->is_directory = S_ISDIR(mode);
	}
	if (has & HAS_TIMES) {
		cursor_skip(c, 4);
		out->mtime = cursor_be32(c);
	}
	if (has & HAS_MORE)
		for (n = cursor_be32(c); n > 0 && !c->bad; n--) {
			sftp_take_bytes(c);
			sftp_take_bytes(c);
		}
}

int
sftp_parse(struct slice packet, struct sftp_reply *out, struct error *err)
{
	struct cursor c = cursor_of(packet);

	memset(out, 0, sizeof(*out));
	out->type = cursor_byte(&c);
	out->id = cursor_be32(&c);
	out->text = SLICE_EMPTY;
	out->rest = c;
	switch (out->type) {
	case SFTP_STATUS:
		out->status = cursor_be32(&c);
		/* Some servers leave the message out. */
		if (!c.bad && c.n > 0)
			out->text = sftp_take_bytes(&c);
		break;
	case SFTP_HANDLE:
	case SFTP_DATA:
		out->text = sftp_take_bytes(&c);
		break;
	case SFTP_NAME:
	case SFTP_ATTRS:
	case SFTP_EXTENDED_REPLY:
		break;
	default:
		c.bad = true;
	}
	return c.bad ? fail(err, ERR_CORRUPT, "the server's answer is no SFTP") : 0;
}

/* The next packet, without its length, into w->in. */
static int
receive_packet(struct sftpwire *w, struct error *err)
{
	unsigned char head[4];
	struct cursor c;
	uint32_t n;

	if (w->out.n > 0 && flush(w, err) < 0)
		return -1;
	if (sshlink_read(w->link, head, sizeof(head), err) < 0)
		return -1;
	c = cursor_of(slice_of(head, sizeof(head)));
	n = cursor_be32(&c);
	if (n == 0 || n > ANSWER_MAX)
		return fail(err, ERR_CORRUPT, "the server's answer is no SFTP");
	buf_clear(&w->in);
	return sshlink_read(w->link, buf_extend(&w->in, n), n, err);
}

int
sftp_receive(struct sftpwire *w, struct sftp_reply *out, struct error *err)
{
	return receive_packet(w, err) < 0 ? -1 : sftp_parse(buf_slice(&w->in), out, err);
}

int
sftp_answer_to(struct sftpwire *w, uint32_t id, struct sftp_reply *out, struct error *err)
{
	if (sftp_receive(w, out, err) < 0)
		return -1;
	return out->id == id ? 0 : fail(err, ERR_CORRUPT, "the server answers what was not asked");
}

int
sftpwire_begin(struct sftpwire *w, struct sshlink *link, struct error *err)
{
	struct cursor c;
	struct slice name;

	memset(w, 0, sizeof(*w));
	w->link = link;
	buf_extend(&w->out, 4);
	buf_add_byte(&w->out, INIT);
	sftp_u32(w, PROTOCOL);
	close_request(w);
	if (receive_packet(w, err) < 0)
		return -1;
	c = cursor_of(buf_slice(&w->in));
	if (cursor_byte(&c) != VERSION || cursor_be32(&c) < PROTOCOL || c.bad)
		return fail(err, ERR_CORRUPT, "the server speaks no SFTP of version 3");
	while (c.n > 0 && !c.bad) {
		name = sftp_take_bytes(&c);
		if (slice_is(name, "fsync@openssh.com"))
			w->has_fsync = true;
		if (slice_is(name, "statvfs@openssh.com"))
			w->has_statvfs = true;
		sftp_take_bytes(&c);
	}
	return 0;
}

void
sftpwire_end(struct sftpwire *w)
{
	buf_free(&w->out);
	buf_free(&w->in);
}
