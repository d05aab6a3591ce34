/* SPDX-License-Identifier: MIT */
#ifndef CMD_DAMAGE_H
#define CMD_DAMAGE_H

#include "core/job/verify.h"

/* What damage costs, as check and repair say it. */
void json_damage(struct buf *line, const struct verify_result *r);      /* the member "damaged" */
void print_damage(const struct verify_result *r);

#endif
