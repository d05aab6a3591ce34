/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_SFTPFILE_H
#define BACKENDS_TARGETS_SFTPFILE_H

#include "backends/targets/sftpwire.h"
#include "backends/targets/sshlink.h"

/*
 * The bytes of one open file, with many requests on their way at a time.
 * After a failure *line_is_good tells whether all answers have come in, so
 * that the line can go on to be used.
 */
#define SFTP_FOR_READING 1u
#define SFTP_FOR_A_NEW_FILE (2u | 8u | 32u)     /* write, create, exclusive */

/* Append up to n bytes from at; fewer only at the end of the file. */
int sftp_read_file(struct sftpwire *w, struct slice handle, uint64_t at, uint64_t n,
    struct buf *out, bool *line_is_good, struct error *err);
/* All of the file at path, synced where the server can; the handle is closed.
 * directory: on the disk that is written to. */
int sftp_write_file(struct sftpwire *w, struct slice handle, const char *path,
    const char *directory, bool *line_is_good, struct error *err);

/* What a status says; always -1. */
int sftp_fail(const struct sftp_reply *reply, struct error *err);

#endif
