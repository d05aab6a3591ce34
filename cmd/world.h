/* SPDX-License-Identifier: MIT */
#ifndef CMD_WORLD_H
#define CMD_WORLD_H

#include <stdint.h>

/* What targets on other machines are told of the world (core/port/target.h),
 * before any is opened.  rate: bytes a second, 0: no limit.  connect_ms: how
 * long a machine may take to answer, 0: the default. */
void world_settle(uint64_t rate, unsigned connect_ms);

#endif
