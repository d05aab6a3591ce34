/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapi.h"
#include "backends/formats/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct confined_input in = { .fd = -1, .bytes = slice_of(data, size), .size = size };
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c;

	mapi_prepare();
	buf_add(&out.out, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	output_done(&out, msg_parse(&in, 0, 0, &out, &err) < 0 ? err.text : "");
	c = confined_open_bytes(buf_slice(&out.out));
	while (confined_next(c, &record, &err) == 1)
		;
	confined_close(c);
	buf_free(&out.out);
	return 0;
}
