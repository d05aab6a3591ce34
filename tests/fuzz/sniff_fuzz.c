/* SPDX-License-Identifier: MIT */
#include "backends/formats/sniff.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct error err = ERROR_NONE;
	struct sniff sniff;

	if (sniff_file(path, &sniff, &err) < 0)
		abort();
	assert((sniff.kind == SNIFFED_EMPTY) == (size == 0) || sniff.packed);
	if (!sniff.packed)
		assert(sniff.kind == sniff_bytes(slice_sub(slice_of(data, size), 0, 4096)));
	return 0;
}
