/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

#define LETTER "Subject: one\n\ntext\n"

/* Little-endian words, as Claws Mail writes them on most machines. */
static void
write_words(const char *relative, const uint32_t *words, size_t n, bool is_big)
{
	struct buf bytes = BUF_EMPTY;
	size_t i;
	unsigned j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < 32; j += 8)
			buf_add_byte(&bytes, (unsigned char)(words[i] >> (is_big ? 24 - j : j)));
	}
	kit_write_bytes(relative, buf_slice(&bytes));
	buf_free(&bytes);
}

static void
claws_settings(enum location_kind kind)
{
	kit.where.kind = kind;
	kit.where.settings = kit_path("claws/settings");
	kit_write("claws/settings/tagsrc", "max_id 12\n1\tto do\n2\t\xC3\x9C" "berf\xC3\xA4llig\n12\tx\ty\n");
}

/* Tags lie in tagsdb, in a place called as Claws calls the folder. */
static void
claws_tags(bool is_big)
{
	static const uint32_t marks[] = { 2, 1, 1u << 2, 2, 3 };
	static const uint32_t tags[] = { 1, 1, UINT32_MAX, 2, 2, 1, UINT32_MAX, 3, 12, 7, UINT32_MAX };
	struct fingerprint before;

	claws_settings(LOCATION_LOCAL);
	kit_write("claws/Mail/Kept/2024/1", LETTER);
	kit_write("claws/Mail/Kept/2024/2", LETTER);
	kit_write("claws/Mail/Kept/2024/3", LETTER);
	write_words("claws/Mail/Kept/2024/.claws_mark", marks, 5, is_big);
	write_words("claws/settings/tagsdb/#mh/Post & more/Kept/2024/.claws_tags", tags, 3, is_big);
	T(kit_open_as(&format_mh, "claws/Mail", "claws", "Post & more"), "%s", kit.err.text);
	T_SAME(kit_names(), "Kept|Kept/2024", "folders");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M19 /1+ seen flagged\nM19 /2+\nM19 /3+\n", "no tags");
	before = kit.mailboxes.items[1].state;

	write_words("claws/settings/tagsdb/#mh/Post & more/Kept/2024/.claws_tags", tags, 11, is_big);
	T(kit_open_as(&format_mh, "claws/Mail", "claws", "Post & more"), "%s", kit.err.text);
	T(memcmp(&before, &kit.mailboxes.items[1].state, sizeof(before)) != 0, "a tag is a change");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M19 /1+ seen flagged\nM19 /2+ [to do] [\xC3\x9C" "berf\xC3\xA4llig]\n"
	    "M19 /3+ [x\ty]\n", is_big ? "tags, big-endian" : "tags");
}

static void
claws_tags_of_a_cache(void)
{
	static const uint32_t tags[] = { 1, 4, 1, UINT32_MAX };

	claws_settings(LOCATION_IMAP_CACHE);
	kit_write("cache/INBOX/4", LETTER);
	write_words("claws/settings/tagsdb/#imap/alice/INBOX/.claws_tags", tags, 4, false);
	T(kit_open_as(&format_mh, "cache", "claws", "alice"), "%s", kit.err.text);
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M19 /4+ [to do]\n", "tags of an IMAP cache");
}

int
main(void)
{
	claws_tags(false);
	claws_tags(true);
	claws_tags_of_a_cache();
	kit_end();
	return t_done();
}
