/* SPDX-License-Identifier: MIT */
/* profiles.ini, accountrc … */
#include "backends/clients/ini.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ini ini = ini_open(slice_of(data, size));
	struct ini_line line;
	size_t lines = 0;

	while (ini_next(&ini, &line)) {
		assert(line.key.n + line.value.n <= size && line.section.n <= size);
		lines++;
	}
	assert(lines <= size);
	return 0;
}
