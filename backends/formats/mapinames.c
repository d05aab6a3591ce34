/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapi.h"

#define FIRST_NAMED 0x8000u

/* As they lie on disk ([MS-OXPROPS] 1.3.2). */
static const unsigned char sets[MAPI_SETS][16] = {
	[MAPI_SET_STRINGS] = { 0x29, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	[MAPI_SET_COMMON] = { 0x08, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	[MAPI_SET_APPOINTMENT] = { 0x02, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	[MAPI_SET_TASK] = { 0x03, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	[MAPI_SET_ADDRESS] = { 0x04, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	[MAPI_SET_NOTE] = { 0x0e, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
};

/* An entry's set: 1 is MAPI's own, 2 the public strings, others are in the
 * stream of GUIDs. */
static bool
is_of_set(const struct mapi_names *names, unsigned index, enum mapi_set set)
{
	if (index == 2)
		return set == MAPI_SET_STRINGS;
	return index >= 3 && slice_equal(slice_sub(names->guids, (size_t)(index - 3) * 16, 16),
	    slice_of(sets[set], 16));
}

static bool
is_string(const struct mapi_names *names, uint32_t at, struct slice name)
{
	struct cursor c = cursor_of(slice_from(names->strings, at));
	uint32_t n = cursor_le32(&c);
	size_t i;

	if (c.bad || n != name.n * 2 || c.n < n)
		return false;
	for (i = 0; i < name.n; i++) {
		if (cursor_le16(&c) != name.p[i])
			return false;
	}
	return true;
}

static unsigned
find(const struct mapi_names *names, enum mapi_set set, unsigned number, const char *string)
{
	struct cursor c = cursor_of(names->entries);
	uint32_t id;
	unsigned index, position;

	while (c.n >= 8) {
		id = cursor_le32(&c);
		index = cursor_le16(&c);
		position = cursor_le16(&c);
		if (((index & 1) != 0) != (string != NULL) || !is_of_set(names, index >> 1, set) ||
		    position >= 0x7fff)
			continue;
		if (string != NULL ? is_string(names, id, slice_string(string)) : id == number)
			return FIRST_NAMED + position;
	}
	return 0;
}

unsigned
mapi_named(const struct mapi_names *names, enum mapi_set set, unsigned number)
{
	return find(names, set, number, NULL);
}

unsigned
mapi_named_string(const struct mapi_names *names, enum mapi_set set, const char *name)
{
	return find(names, set, 0, name);
}
