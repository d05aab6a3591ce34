/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/boxes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With an index, and with a list of what lies where. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_boxes(&format_eudora, data, size, "In.mbx", "In.toc");
	fuzz_boxes(&format_eudora, data, size, "In.mbx", "descmap.pce");
	return 0;
}
