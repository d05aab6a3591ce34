/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/boxes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With an index, and with a list of what lies where. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_boxes(&format_pegasus, data, size, "MAIN.PMM", "MAIN.PMI");
	fuzz_boxes(&format_pegasus, data, size, "MAIN.PMM", "HIERARCH.PM");
	return 0;
}
