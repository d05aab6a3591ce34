/* SPDX-License-Identifier: MIT */
#include "cmd/world.h"

#include <stdlib.h>
#include <time.h>

#include "backends/registry.h"
#include "core/port/target.h"

static const char *
variable(const char *name)
{
	return getenv(name);
}

static int64_t
seconds(void)
{
	return (int64_t)time(NULL);
}

void
world_settle(uint64_t rate, unsigned connect_ms)
{
	const struct target_world world = { .variable = variable, .clock = seconds, .rate = rate,
		.connect_ms = connect_ms };

	target_settle(&world);
}
