/* SPDX-License-Identifier: MIT */
#include "core/archive/names.h"

static const struct {
	const char *directory, *suffix;
	enum object_kind kind;
	bool is_recipe;
} object_names[] = {
	{ "messages/", ".eml", OBJECT_MESSAGE, false },
	{ "messages/", ".parts", OBJECT_MESSAGE, true },
	{ "parts/", "", OBJECT_PART, false },
	{ "chunks/", "", OBJECT_CHUNK, false },
	{ "listings/", "", OBJECT_LISTING, false },
};

#define OBJECT_NAMES (sizeof(object_names) / sizeof(object_names[0]))

void
object_add_name(struct buf *out, enum object_kind kind, bool is_recipe, const struct digest *id)
{
	size_t i = 0;

	while (object_names[i].kind != kind || object_names[i].is_recipe != is_recipe)
		i++;
	buf_add_string(out, object_names[i].directory);
	digest_add_hex(out, id);
	buf_add_string(out, object_names[i].suffix);
}

/* name is before, a digest, and behind. */
static bool
parse_around(struct slice name, const char *before, const char *behind, struct digest *id)
{
	size_t n = strlen(before);

	return name.n == n + DIGEST_HEX + strlen(behind) && slice_starts(name, before) &&
	    slice_ends(name, behind) && digest_parse(slice_sub(name, n, DIGEST_HEX), id);
}

bool
object_parse_name(struct slice name, enum object_kind *kind, bool *is_recipe, struct digest *id)
{
	size_t i;

	for (i = 0; i < OBJECT_NAMES; i++) {
		if (!parse_around(name, object_names[i].directory, object_names[i].suffix, id))
			continue;
		*kind = object_names[i].kind;
		*is_recipe = object_names[i].is_recipe;
		return true;
	}
	return false;
}

enum file_kind { PACK, INDEX, SNAPSHOT };

static const char *
suffix(enum file_kind kind, struct naming how)
{
	static const char *const suffixes[][2][2] = {
		[PACK] = { { ".tar.zst", ".tar.zst.age" }, { ".tar.gz", ".tar.gz.age" } },
		[INDEX] = { { ".jsonl.zst", ".jsonl.zst.age" }, { ".jsonl.gz", ".jsonl.gz.age" } },
		[SNAPSHOT] = { { ".json.zst", ".json.zst.age" }, { ".json.gz", ".json.gz.age" } },
	};

	return suffixes[kind][how.codec == CODEC_GZIP][how.is_encrypted];
}

void
pack_add_name(struct buf *out, const struct archive *a, const struct digest *pack)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(pack, hex);
	buf_add_format(out, "packs/%.2s/%s%s", hex, hex, suffix(PACK, archive_naming(a)));
}

bool
pack_parse_name(struct slice name, struct naming how, struct digest *pack)
{
	return slice_starts(name, "packs/") &&
	    parse_around(slice_from(name, strlen("packs/ab/")), "", suffix(PACK, how), pack) &&
	    slice_equal(slice_sub(name, strlen("packs/"), 2), slice_sub(name, strlen("packs/ab/"), 2)) &&
	    name.p[strlen("packs/ab")] == '/';
}

void
index_add_name(struct buf *out, struct naming how, const struct digest *index)
{
	buf_add_string(out, "index/");
	digest_add_hex(out, index);
	buf_add_string(out, suffix(INDEX, how));
}

bool
index_parse_name(struct slice name, struct naming how, struct digest *index)
{
	return parse_around(name, "index/", suffix(INDEX, how), index);
}

void
snapshot_add_name(struct buf *out, struct naming how, struct slice id)
{
	buf_add_string(out, "snapshots/");
	buf_add(out, id);
	buf_add_string(out, suffix(SNAPSHOT, how));
}

bool
snapshot_parse_name(struct slice name, struct naming how, struct slice *id)
{
	size_t before = strlen("snapshots/");

	if (!slice_starts(name, "snapshots/") || !slice_ends(name, suffix(SNAPSHOT, how)) ||
	    name.n != before + SNAPSHOT_ID_LENGTH + strlen(suffix(SNAPSHOT, how)))
		return false;
	*id = slice_sub(name, before, SNAPSHOT_ID_LENGTH);
	return true;
}
