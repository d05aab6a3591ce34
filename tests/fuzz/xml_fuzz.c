/* SPDX-License-Identifier: MIT */
/* folderlist.xml, and the answers of servers */
#include "core/base/xml.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "type", "name", "path", "" };
	struct xml xml = xml_open(slice_of(data, size));
	struct buf value = BUF_EMPTY;
	struct xml_tag tag;
	size_t i, tags = 0;

	while (xml_next(&xml, &tag)) {
		tags++;
		buf_clear(&value);
		xml_decode(tag.text, &value);
		assert(value.n <= tag.text.n);
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			buf_clear(&value);
			xml_attribute(&tag, names[i], &value);
		}
	}
	assert(tags <= size);
	buf_free(&value);
	return 0;
}
