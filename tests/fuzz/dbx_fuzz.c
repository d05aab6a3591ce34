/* SPDX-License-Identifier: MIT */
#include "backends/formats/confined.h"
#include "backends/formats/dbx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read all there is, as a child does, and hear it, as its parent does. */
static void
read_mailbox(const struct confined_input *in, uint64_t key, uint64_t keys[8], size_t *n)
{
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c;
	unsigned char bytes[512];

	buf_add(&out.out, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	output_done(&out, dbx_parse(in, key, 0, &out, &err) < 0 ? err.text : "");
	c = confined_open_bytes(buf_slice(&out.out));
	while (confined_next(c, &record, &err) == 1) {
		if (record.kind == CONFINED_MAILBOX && *n < 8)
			keys[(*n)++] = record.key;
		while (confined_read(c, bytes, sizeof(bytes), &err) > 0)
			;
	}
	confined_close(c);
	buf_free(&out.out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct confined_input in = { .fd = -1, .bytes = slice_of(data, size), .size = size };
	uint64_t keys[8], none[8];
	size_t n = 0, full = 8, i;

	read_mailbox(&in, CONFINED_NO_INDEX, keys, &n);
	for (i = 0; i < n; i++)
		read_mailbox(&in, keys[i], none, &full);
	return 0;
}
