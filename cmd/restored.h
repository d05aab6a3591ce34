/* SPDX-License-Identifier: MIT */
#ifndef CMD_RESTORED_H
#define CMD_RESTORED_H

#include "cmd/session.h"
#include "core/job/restore.h"

/* Say what restore or export gave back, to where; gives the exit status. */
int print_restored(struct session *s, const struct restore_result *r, const char *where);

#endif
