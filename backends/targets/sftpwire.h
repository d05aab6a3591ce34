/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_SFTPWIRE_H
#define BACKENDS_TARGETS_SFTPWIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02), as every
 * server speaks it.  Requests carry a number and are answered in any order;
 * who has many on their way waits for the line only once.  (libssh's own
 * sftp_write() waits for each answer.)
 */
struct sshlink;

struct sftpwire {
	struct sshlink *link;
	struct buf out, in;             /* requests not sent yet; the last answer */
	size_t request_at;              /* of the request that is being made */
	uint32_t next;
	bool has_fsync, has_statvfs;    /* fsync@openssh.com, statvfs@openssh.com */
};

enum sftp_request {
	SFTP_OPEN = 3, SFTP_CLOSE, SFTP_READ, SFTP_WRITE, SFTP_LSTAT, SFTP_FSTAT,
	SFTP_OPENDIR = 11, SFTP_READDIR, SFTP_REMOVE, SFTP_MKDIR,
	SFTP_STAT = 17, SFTP_RENAME, SFTP_EXTENDED = 200
};

enum sftp_answer { SFTP_STATUS = 101, SFTP_HANDLE, SFTP_DATA, SFTP_NAME, SFTP_ATTRS,
	SFTP_EXTENDED_REPLY = 201 };

enum sftp_status {
	SFTP_OK, SFTP_EOF, SFTP_NO_SUCH_FILE, SFTP_DENIED, SFTP_FAILURE, SFTP_BAD_MESSAGE,
	SFTP_NO_CONNECTION, SFTP_LOST, SFTP_UNSUPPORTED
};

struct sftp_reply {
	unsigned char type;
	uint32_t id;
	uint32_t status;                /* of SFTP_STATUS */
	struct slice text;              /* its message; or a handle, or the data read */
	struct cursor rest;             /* of names and attributes, behind the id */
};

struct sftp_attributes {
	bool is_regular, is_directory, has_size;
	uint64_t size;
	uint32_t mtime;
};

/* Say hello over the link, which stays the caller's. */
int sftpwire_begin(struct sftpwire *w, struct sshlink *link, struct error *err);
void sftpwire_end(struct sftpwire *w);

/* A request: its type, its fields in order, send.  The id is its number. */
uint32_t sftp_new(struct sftpwire *w, enum sftp_request type);
void sftp_u32(struct sftpwire *w, uint32_t v);
void sftp_u64(struct sftpwire *w, uint64_t v);
void sftp_bytes(struct sftpwire *w, struct slice s);
int sftp_send(struct sftpwire *w, struct error *err);

/* The next answer; what it points to is good until the next call. */
int sftp_receive(struct sftpwire *w, struct sftp_reply *out, struct error *err);
/* The same where only one request is on its way. */
int sftp_answer_to(struct sftpwire *w, uint32_t id, struct sftp_reply *out, struct error *err);

/* An answer's bytes, without the length in front; ERR_CORRUPT. */
int sftp_parse(struct slice packet, struct sftp_reply *out, struct error *err);
void sftp_take_attributes(struct cursor *c, struct sftp_attributes *out);
struct slice sftp_take_bytes(struct cursor *c);
uint64_t sftp_take_u64(struct cursor *c);

#endif
