/* SPDX-License-Identifier: MIT */
#include "backends/formats/confined.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a child may send, whatever has become of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct confined *c = confined_open_bytes(slice_of(data, size));
	struct confined_record record;
	struct error err = ERROR_NONE;
	unsigned char bytes[512];

	while (confined_next(c, &record, &err) == 1) {
		while (confined_read(c, bytes, sizeof(bytes), &err) > 0)
			;
	}
	confined_close(c);
	return 0;
}
