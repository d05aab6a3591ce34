/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_SSHLINK_H
#define BACKENDS_TARGETS_SSHLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * A line to the sftp subsystem of a machine, through libssh: host names,
 * users, ports and keys as ~/.ssh/config says, the agent, known_hosts.
 * Whoever is not known there is refused.
 */
struct sshlink;

/* user NULL and port 0: as the configuration says.  *again: another attempt
 * may go well.  The codes: ERR_UNREACHABLE, ERR_USAGE. */
int sshlink_open(const char *user, const char *host, unsigned port, struct sshlink **out,
    bool *again, struct error *err);
int sshlink_write(struct sshlink *l, struct slice s, struct error *err);        /* all of it */
/* Exactly n bytes. */
int sshlink_read(struct sshlink *l, void *p, size_t n, struct error *err);
void sshlink_close(struct sshlink *l);          /* NULL is fine */

#endif
