/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "backends/formats/gnusmarks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What lies in ~/.newsrc.eld, whatever it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice components[] = { SLICE_OF("mail"), SLICE_OF("misc") };
	struct mailbox folder = { .components = components, .depth = 2 };
	struct mh_message messages[4] = { { .number = 1 }, { .number = 2 }, { .number = 7 },
		{ .number = UINT64_MAX } };

	gnus_newsrc_read(slice_of(data, size), &folder, messages, 4);
	return 0;
}
