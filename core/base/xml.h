/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_XML_H
#define CORE_BASE_XML_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * The tags of an XML file, one after the other.  Comments, declarations and
 * processing instructions are passed over; nothing is checked for being
 * well-formed.
 */
struct xml {
	struct slice rest;
};

struct xml_tag {
	struct slice name;              /* without "/" */
	/* What stands between this tag and the last thing before it, as it
	 * stands: for an end tag with no other tag before it, the element's. */
	struct slice text;
	struct slice attributes;        /* as they stand */
	bool is_end;                    /* </name> */
	bool is_empty;                  /* <name/> */
};

struct xml xml_open(struct slice text);
/* The next tag; false at the end. */
bool xml_next(struct xml *xml, struct xml_tag *out);
/* Replace out with the value of an attribute, entities decoded.  False, and
 * out is empty, where the tag has none of that name. */
bool xml_attribute(const struct xml_tag *tag, const char *name, struct buf *out);

/* Append raw, a tag's text, with its entities decoded. */
void xml_decode(struct slice raw, struct buf *out);

#endif
