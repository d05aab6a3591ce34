/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapi.h"

#define SECONDS_1601 INT64_C(11644473600)       /* from 1601 to 1970 */
#define SECONDS_1900 INT64_C(-2208988800)
#define SECONDS_9999 INT64_C(253402300799)

const struct mapi_property *
mapi_find(const struct mapi_properties *p, unsigned id)
{
	size_t i;

	for (i = 0; id != 0 && i < p->n; i++) {
		if (p->items[i].id == id)
			return &p->items[i];
	}
	return NULL;
}

bool
mapi_number(const struct mapi_properties *p, unsigned id, int64_t *out)
{
	const struct mapi_property *found = mapi_find(p, id);
	struct cursor c;

	if (found == NULL)
		return false;
	c = cursor_of(found->value);
	switch (found->type) {
	case MAPI_SHORT: *out = (int16_t)cursor_le16(&c); break;
	case MAPI_LONG: *out = (int32_t)cursor_le32(&c); break;
	case MAPI_LONGLONG: *out = (int64_t)cursor_le64(&c); break;
	case MAPI_BOOLEAN: *out = cursor_byte(&c) != 0; break;
	default: return false;
	}
	return !c.bad;
}

bool
mapi_flag(const struct mapi_properties *p, unsigned id)
{
	int64_t value;

	return mapi_number(p, id, &value) && value != 0;
}

bool
mapi_time(const struct mapi_properties *p, unsigned id, int64_t *out)
{
	const struct mapi_property *found = mapi_find(p, id);
	struct cursor c;
	uint64_t ticks;

	if (found == NULL || found->type != MAPI_TIME)
		return false;
	c = cursor_of(found->value);
	ticks = cursor_le64(&c);
	*out = (int64_t)(ticks / 10000000) - SECONDS_1601;
	return !c.bad && *out >= SECONDS_1900 && *out <= SECONDS_9999;
}
