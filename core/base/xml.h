/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_XML_H
#define CORE_BASE_XML_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * The tags of an XML file, one after the other, for settings that are all in
 * attributes.  Text between tags, comments, declarations and processing
 * instructions are passed over; nothing is checked for being well-formed.
 */
struct xml {
	struct slice rest;
};

struct xml_tag {
	struct slice name;              /* without "/" */
	struct slice attributes;        /* as they stand */
	bool is_end;                    /* </name> */
};

struct xml xml_open(struct slice text);
/* The next tag; false at the end. */
bool xml_next(struct xml *xml, struct xml_tag *out);
/* Replace out with the value of an attribute, entities decoded.  False, and
 * out is empty, where the tag has none of that name. */
bool xml_attribute(const struct xml_tag *tag, const char *name, struct buf *out);

#endif
