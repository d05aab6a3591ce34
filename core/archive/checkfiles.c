/* SPDX-License-Identifier: MIT */
#include "core/archive/check_internal.h"

#include <inttypes.h>

#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/port/target.h"

int
check_identity(struct check *c, struct error *err)
{
	struct target *t = archive_target(c->archive);
	struct identity identity;
	struct digest readme;
	uint64_t size;

	if (identity_read(t, &identity, err) < 0) {
		if (err->code == ERR_VERSION || err->code == ERR_SYSTEM)
			return -1;
		check_file(c, IDENTITY_NAME, "%s", err->text);
		return 0;
	}
	if (!identity.is_whole)
		check_file(c, IDENTITY_NAME, "its bytes do not match the digest in it");
	if (transfer_digest(t, README_NAME, &readme, &size, err) < 0)
		check_file(c, README_NAME, "%s",
		    err->code == ERR_NOT_FOUND ? "it is missing" : err->text);
	else if (identity.is_whole && !digest_equal(&readme, &identity.readme))
		check_file(c, README_NAME, "its bytes do not match the digest in " IDENTITY_NAME);
	return 0;
}

static struct check_pack *
pack_of(struct check *c, const struct digest *id)
{
	struct check_pack *pack;
	struct buf name = BUF_EMPTY;
	uint64_t number;

	if (map_get(&c->pack_of, digest_slice(id), &number))
		return &c->packs.items[number];
	map_put(&c->pack_of, digest_slice(id), c->packs.n);
	pack_add_name(&name, c->archive, id);
	pack = vec_push(&c->packs);
	pack->id = *id;
	pack->name = arena_string(&c->report->arena, buf_text(&name));
	buf_free(&name);
	return pack;
}

static int
check_index(struct check *c, const char *name, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	struct check_pack *pack;
	int rc;

	if (index_open(c->archive, name, &r, err) < 0)
		return -1;
	while ((rc = index_next(r, &record, err)) > 0) {
		memory_index_add(c->index, record);
		pack = pack_of(c, &record->id);
		pack->is_indexed = true;
		pack->size = record->size;
		pack_record_free(record);
	}
	index_close(r);
	return rc;
}

int
check_indexes(struct check *c, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct name_list names;
	struct digest id;
	int rc = -1;
	size_t i;

	if (index_list(c->archive, &arena, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		check_doing(c, "reading the index", names.items[i], 0);
		if (index_parse_name(slice_string(names.items[i]), archive_naming(c->archive), &id))
			map_put(&c->indexes, digest_slice(&id), 1);
		c->report->bytes += names.sizes[i];
		if (check_index(c, names.items[i], err) == 0)
			continue;
		if (err->code == ERR_VERSION)
			goto out;
		check_file(c, names.items[i], "%s", err->text);
		c->has_bad_index = true;
	}
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}

/* A pack that no index names was left by an interrupted run, or its index is
 * gone: its headers tell what is in it. */
static void
check_orphan(struct check *c, struct check_pack *pack)
{
	struct pack_record *record;
	struct error why;
	size_t damaged;

	check_doing(c, "reading a pack without index", pack->name, 0);
	if (pack_scan(c->archive, pack->name, &record, &damaged, &why) < 0) {
		check_file(c, pack->name, "%s", why.text);
		return;
	}
	if (damaged > 0)
		check_file(c, pack->name, "it is damaged in %zu places, and no index names it",
		    damaged);
	memory_index_add(c->index, record);
	pack_record_free(record);
}

int
check_packs(struct check *c, struct error *err)
{
	struct target *t = archive_target(c->archive);
	struct arena arena = ARENA_EMPTY;
	struct target_item *items;
	struct check_pack *pack;
	struct digest id;
	size_t i, n;
	int rc = -1;

	if (t->ops->list(t, "packs/", &arena, &items, &n, err) < 0)
		goto out;
	for (i = 0; i < n; i++) {
		if (!pack_parse_name(slice_string(items[i].name), archive_naming(c->archive), &id))
			continue;
		pack = pack_of(c, &id);
		pack->is_there = true;
		c->report->packs++;
		c->report->bytes += items[i].size;
		if (!pack->is_indexed) {
			check_orphan(c, pack);
		} else if (items[i].size != pack->size) {
			pack->is_bad = true;
			check_file(c, pack->name, "it has %" PRIu64 " bytes, and should have %"
			    PRIu64, items[i].size, pack->size);
		}
	}
	for (i = 0; i < c->packs.n; i++)
		c->packs.items[i].is_bad = c->packs.items[i].is_bad || !c->packs.items[i].is_there;
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}
