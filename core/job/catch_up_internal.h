/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_CATCH_UP_INTERNAL_H
#define CORE_JOB_CATCH_UP_INTERNAL_H

#include "core/archive/index.h"
#include "core/base/map.h"
#include "core/job/catch_up.h"

/* What the files of catch_up share. */

/* Damage costs what it hit: check names it, the rest goes on.  So does a file of
 * an encrypted archive that is for other keys. */
static inline bool
catch_up_is_damage(const struct error *err)
{
	return err->code == ERR_CORRUPT || err->code == ERR_NOT_FOUND || err->code == ERR_KEY;
}

/* Drop the names that the catalog has taken in already. */
int catch_up_keep_unknown(struct catalog *db, struct name_list *names, struct error *err);

/* ---- catch_up_snapshots.c ---- */

int catch_up_snapshots(struct job *j, struct catalog *db, struct error *err);

/* ---- catch_up_packs.c ---- */

/* Add the names (index objects, ids of snapshots) that what lies at the target
 * says were removed on purpose, as far as the catalog does not know it yet. */
int catch_up_excuses(struct job *j, const struct name_list *indexes,
    const struct name_list *snapshots, struct map *out, struct error *err);
/* Digests of the packs at the target. */
int catch_up_packs_there(struct job *j, struct map *out, struct error *err);
/* Objects of packs that are gone are forgotten, but for other copies. */
int catch_up_packs_gone(struct job *j, struct catalog *db, const struct map *there,
    struct error *err);
/* Places of one record's objects. */
int catch_up_objects(struct catalog *db, const struct pack_record *r, struct error *err);

#endif
