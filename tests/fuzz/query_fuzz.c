/* SPDX-License-Identifier: MIT */
#include "core/catalog/search.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct catalog_message mail = { .bytes = 10, .date = 1, .subject = SLICE_OF("a b"),
	.from = SLICE_OF("c"), .to = SLICE_OF("d"), .text = SLICE_OF("e \xe4\xb8\xad\xe6\x96\x87"),
	.has_text = true };

/* Whatever a person types: an answer, or a sentence about a date or a size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct catalog *c;
	struct search_options options = { .now = 1795436980, .zone_minutes = 60 };
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct catalog_found found;
	int rc;

	if (!c) {
		assert(catalog_open(":memory:", CATALOG_WRITE, "x", true, &c, &err) == 0);
		assert(catalog_add_message(c, &mail, &err) == 0);
	}
	rc = catalog_search(c, slice_of(data, size), &options, &rows, &err);
	assert(rc == 0 || (err.code == ERR_USAGE && err.text[0] != '\0'));
	while (rc == 0 && (rc = catalog_next_message(rows, &found, &err)) == 1)
		rc = 0;
	assert(rc == 0 || err.code == ERR_USAGE);
	catalog_rows_close(rows);
	return 0;
}
