/* SPDX-License-Identifier: MIT */
#include "core/archive/check_internal.h"

#include <inttypes.h>

#include "core/archive/headers.h"
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/archive/transfer.h"
#include "core/port/target.h"

/* The digest of a file, or false, and then it has been said. */
static bool
digest_file(struct check *c, const char *name, struct digest *out)
{
	struct error why;
	uint64_t size;

	if (transfer_digest(archive_target(c->archive), name, out, &size, &why) == 0)
		return true;
	check_file(c, name, "it cannot be read: %s",
	    why.code == ERR_NOT_FOUND ? "it is missing" : why.text);
	return false;
}

static int
check_index_names(struct check *c, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct name_list names;
	struct digest said, is;
	size_t i;

	if (index_list(c->archive, &arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		check_doing(c, "reading the index", names.items[i], 0);
		c->report->bytes += names.sizes[i];
		if (index_parse_name(slice_string(names.items[i]), archive_naming(c->archive), &said) &&
		    digest_file(c, names.items[i], &is) && !digest_equal(&said, &is))
			check_file(c, names.items[i], "its bytes do not match its name");
	}
	arena_free(&arena);
	return 0;
}

static int
check_snapshot_names(struct check *c, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct name_list names;
	char hex[DIGEST_HEX + 1];
	struct digest is;
	size_t i;

	if (snapshot_list(c->archive, &arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		check_doing(c, "reading snapshots", names.items[i], 0);
		c->report->snapshots++;
		c->report->bytes += names.sizes[i];
		buf_clear(&name);
		snapshot_add_name(&name, archive_naming(c->archive), slice_string(names.items[i]));
		if (!digest_file(c, buf_text(&name), &is))
			continue;
		digest_hex(&is, hex);
		if (strncmp(hex, names.items[i] + SNAPSHOT_ID_LENGTH - 8, 8) != 0)
			check_file(c, buf_text(&name), "its bytes do not match its name");
	}
	buf_free(&name);
	arena_free(&arena);
	return 0;
}

/* All packs that are there, as if an index named each. */
static int
check_pack_names(struct check *c, struct error *err)
{
	struct target *t = archive_target(c->archive);
	struct arena arena = ARENA_EMPTY;
	struct target_item *items;
	struct check_pack *pack;
	struct digest id;
	size_t i, n;

	if (t->ops->list(t, "packs/", &arena, &items, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (!pack_parse_name(slice_string(items[i].name), archive_naming(c->archive), &id))
			continue;
		pack = vec_push(&c->packs);
		pack->id = id;
		pack->name = arena_string(&c->report->arena, items[i].name);
		pack->is_there = pack->is_indexed = true;
		c->report->packs++;
		c->report->bytes += items[i].size;
	}
	check_pack_bytes(c);
	arena_free(&arena);
	return 0;
}

int
check_headers(struct check *c, struct error *err)
{
	struct target *t = archive_target(c->archive);
	struct arena arena = ARENA_EMPTY;
	struct target_item *items;
	struct digest said, is;
	size_t i, n;

	if (!archive_is_encrypted(c->archive))
		return 0;
	if (t->ops->list(t, "headers/", &arena, &items, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (!headers_parse_name(slice_string(items[i].name), &said))
			continue;
		c->report->bytes += items[i].size;
		if (digest_file(c, items[i].name, &is) && !digest_equal(&said, &is))
			check_file(c, items[i].name, "its bytes do not match its name");
	}
	arena_free(&arena);
	return 0;
}

int
archive_check_names(struct archive *a, struct check_share read_data,
    struct workers *workers, struct progress *progress, struct check_report *out, struct error *err)
{
	struct check c = { .archive = a, .workers = workers, .progress = progress, .report = out,
		.share = read_data };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (check_identity(&c, err) == 0 && check_headers(&c, err) == 0 && check_index_names(&c, err) == 0 &&
	    check_snapshot_names(&c, err) == 0 && check_pack_names(&c, err) == 0)
		rc = 0;
	else
		check_report_free(out);
	vec_free(&c.packs);
	return rc;
}

/* ---- What this machine has seen ---- */

static bool
was_named(const struct check_report *r, const char *file)
{
	size_t i;

	for (i = 0; i < r->faults.n; i++)
		if (r->faults.items[i].file != NULL && strcmp(r->faults.items[i].file, file) == 0)
			return true;
	return false;
}

void
archive_check_missing(struct check_report *out, const char *file)
{
	struct check c = { .report = out };

	if (!was_named(out, file))
		check_file(&c, file, "it is missing; this machine has seen it");
}

void
archive_check_seen(struct archive *a, const char *id, const struct digest *seen,
    struct check_report *out)
{
	struct check c = { .archive = a, .report = out };
	struct buf name = BUF_EMPTY;
	struct error why;
	struct digest is;
	uint64_t size;
	const char *file;

	snapshot_add_name(&name, archive_naming(a), slice_string(id));
	file = buf_text(&name);
	if (was_named(out, file))
		;
	else if (transfer_digest(archive_target(a), file, &is, &size, &why) == 0) {
		if (!digest_equal(&is, seen))
			check_file(&c, file, "it is not the one that this machine has seen");
	} else if (why.code == ERR_NOT_FOUND) {
		archive_check_missing(out, file);
	} else {
		check_file(&c, file, "%s", why.text);
	}
	buf_free(&name);
}
