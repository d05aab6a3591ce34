/* SPDX-License-Identifier: MIT */
/* The first byte says which side file the rest is, and of which client. */
#include "backends/formats/mhmarks.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { ".mh_sequences", ".claws_mark", ".claws_tags",
		"tagsrc", ".sylpheed_mark" };
	struct mh_message messages[] = { { .number = 1 }, { .number = 2 }, { .number = 70000 } };
	const char *folder = fuzz_directory(), *name = names[size > 0 ? data[0] % 5 : 0];
	const char *path = fuzz_file_called(name, data + (size > 0), size - (size > 0));
	const struct mh_place place = { folder, folder, folder };
	struct arena a = ARENA_EMPTY;
	struct mh_marks marks;

	mh_marks_read(&place, size > 1 ? (enum mh_kind)(data[0] / 5 % 3) : MH_PLAIN, &a,
	    messages, 3, &marks);
	assert(marks.tag_count <= MH_TAGS_MAX);
	if (unlink(path) < 0)
		abort();
	arena_free(&a);
	return 0;
}
