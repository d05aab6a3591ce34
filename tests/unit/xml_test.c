/* SPDX-License-Identifier: MIT */
#include "core/base/xml.h"

#include "tests/t.h"

/* Each tag as "name=VALUE" of its attribute p, "/name" at an end. */
static const char *
tags_of(struct slice text, struct buf *out)
{
	struct xml xml = xml_open(text);
	struct buf value = BUF_EMPTY;
	struct xml_tag tag;

	buf_clear(out);
	while (xml_next(&xml, &tag)) {
		if (tag.is_end)
			buf_add_byte(out, '/');
		buf_add(out, tag.name);
		if (xml_attribute(&tag, "p", &value)) {
			buf_add_byte(out, '=');
			buf_add(out, buf_slice(&value));
		}
		buf_add_byte(out, '\n');
	}
	buf_free(&value);
	return buf_text(out);
}

/* What stands between two tags, for documents that are answers. */
static void
texts(void)
{
	static const char document[] = "<a>\n <Key>a &lt;b&gt;</Key><Size>12</Size><E/>tail</a>";
	struct xml xml = xml_open(slice_string(document));
	struct buf out = BUF_EMPTY;
	struct xml_tag tag;

	while (xml_next(&xml, &tag)) {
		xml_decode(tag.text, &out);
		buf_add_byte(&out, tag.is_empty ? '/' : '|');
	}
	T(strcmp(buf_text(&out), "|\n |a <b>||12|/tail|") == 0, "texts: %s", buf_text(&out));
	buf_free(&out);
}

int
main(void)
{
	static const struct {
		const char *text, *tags;
	} cases[] = {
		{ "", "" },
		{ "<?xml version=\"1.0\"?>\n<!DOCTYPE a>\n<a p=\"x\">text</a>", "a=x\n/a\n" },
		{ "<a p='x'/><b/>", "a=x\nb\n" },
		{ "<a q=\"1\" p=\"a &amp; b &lt;&gt;&quot;&apos;\" r=\"2\">", "a=a & b <>\"'\n" },
		{ "<a p=\"&#228;&#xe4;&#x1F4EC;\">", "a=\xc3\xa4\xc3\xa4\xf0\x9f\x93\xac\n" },
		{ "<a p=\"&unknown; &amp &; &#0; &#xd800; &&amp;\">",
		    "a=&unknown; &amp &; &#0; &#xd800; &&\n" },
		{ "<a p=\"1 > 0\" >", "a=1 > 0\n" },
		{ "<a xp=\"no\" p = \"yes\">", "a=yes\n" },
		{ "<a p>", "a\n" },
		{ "<a p=\"x&amp\">", "a=x&amp\n" },
		{ "<a lone p=\"x\">", "a=x\n" },
		{ "<a p=x>", "a=x\n" },
		{ "<a p=\"\">", "a=\n" },
		{ "<!-- <a p=\"x\"> --><b p=\"y\"><![CDATA[<c>]]></b>", "b=y\n/b\n" },
		{ "<a p=\"open", "a=open\n" },
		{ "<", "" },
		{ "< >", "\n" },
		{ "<!-- open <a>", "" },
		{ "<a / / p=\"x\" / >", "a=x\n" },
		{ "<folder\n\ttype=\"mh\"\n\tp=\"Mail\">", "folder=Mail\n" },
	};
	struct buf out = BUF_EMPTY;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(strcmp(tags_of(slice_string(cases[i].text), &out), cases[i].tags) == 0, "%s gives %s",
		    cases[i].text, buf_text(&out));
	/* Cut anywhere, it ends. */
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (n = 0; n < strlen(cases[i].text); n++)
			T(strlen(tags_of(slice_of(cases[i].text, n), &out)) <= n + 2, "case %zu cut at %zu", i, n);
	buf_free(&out);
	texts();
	return t_done();
}
