/* SPDX-License-Identifier: MIT */
/* The pieces of an mbox, one behind the other, are the file. */
#include "backends/formats/mboxreader.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct error err = ERROR_NONE;
	struct stream *stream;
	struct reader *reader;
	struct entry e;
	size_t at = 0;
	int kind, rc;

	for (kind = MBOX_PLAIN; kind <= MBOX_MOZILLA; kind++, at = 0) {
		if (stream_open_file(path, &stream, &err) < 0)
			abort();
		reader = mboxreader_open(stream, (enum mbox_kind)kind);
		while ((rc = reader->ops->next(reader, &e, &err)) == 1) {
			assert(e.at == at && e.size > 0 && e.size <= size - at && !e.is_large);
			assert(slice_equal(e.bytes, slice_of(data + at, (size_t)e.size)));
			assert(e.framing.lead + e.framing.trail <= e.size);
			at += e.size;
		}
		assert(rc == 0 && at == size);
		reader->ops->close(reader);
	}
	return 0;
}
