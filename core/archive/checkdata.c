/* SPDX-License-Identifier: MIT */
#include "core/archive/check_internal.h"

#include "core/archive/transfer.h"
#include "core/base/workers.h"
#include "core/mail/parts.h"

/* Packs that are read at one time: one a core, and one that is ready. */
#define READING_MAX 16

struct pack_task {
	struct task task;
	struct target *target;
	struct check_pack *pack;
	bool is_good;
	uint64_t size;
	int rc;
	struct error err;
};

static void
run_digest(struct task *task)
{
	struct pack_task *t = (struct pack_task *)((char *)task - offsetof(struct pack_task, task));
	struct digest is;

	t->rc = transfer_digest(t->target, t->pack->name, &is, &t->size, &t->err);
	t->is_good = t->rc == 0 && digest_equal(&is, &t->pack->id);
}

static void
finish_pack(struct check *c, struct pack_task *t)
{
	if (c->workers != NULL)
		workers_wait(c->workers, &t->task);
	check_doing(c, "reading packs", t->pack->name, t->size);
	if (t->is_good)
		return;
	t->pack->is_bad = true;
	if (t->rc < 0)
		check_file(c, t->pack->name, "it cannot be read: %s", t->err.text);
	else
		check_file(c, t->pack->name, "its bytes do not match its name");
}

static bool
is_in_share(const struct check_share *share, const struct digest *pack)
{
	const unsigned char *b = pack->bytes;
	uint32_t high = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	return share->of > 0 && high % share->of == share->number - 1;
}

void
check_pack_bytes(struct check *c)
{
	struct pack_task tasks[READING_MAX];
	size_t most = workers_cores() + 1, first = 0, next = 0, i;

	if (most > READING_MAX)
		most = READING_MAX;
	memset(tasks, 0, sizeof(tasks));
	for (i = 0; i < c->packs.n; i++) {
		/* Those of another length are known to be bad, and orphans were
		 * read when their headers were. */
		if (!c->packs.items[i].is_there || !c->packs.items[i].is_indexed ||
		    c->packs.items[i].is_bad || !is_in_share(&c->share, &c->packs.items[i].id))
			continue;
		if (next - first == most)
			finish_pack(c, &tasks[first++ % most]);
		tasks[next % most] = (struct pack_task){ .task = { .run = run_digest },
			.target = archive_target(c->archive), .pack = &c->packs.items[i] };
		if (c->workers != NULL)
			workers_submit(c->workers, &tasks[next % most].task);
		else
			run_digest(&tasks[next % most].task);
		next++;
	}
	while (first < next)
		finish_pack(c, &tasks[first++ % most]);
}

static int
read_one(struct check *c, const struct memory_object *o, const struct object_place *place,
    struct buf *bytes, struct arena *arena, struct error *err)
{
	struct recipe recipe;

	if (archive_read_place(c->archive, place, (enum object_kind)o->kind, &o->id, bytes,
	    err) < 0)
		return -1;
	if (!o->is_recipe)
		return 0;
	arena_reset(arena);
	return recipe_parse(buf_slice(bytes), arena, &recipe, err);
}

void
check_bad_packs(struct check *c)
{
	struct arena arena = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY;
	struct object_place place;
	const struct memory_object *objects;
	const struct check_pack *pack;
	struct error why;
	size_t *order = memory_index_by_place(c->index), n, i;
	uint64_t number;

	objects = memory_index_objects(c->index, &n);
	for (i = 0; i < n; i++) {
		memory_index_place(c->index, &objects[order[i]], &place);
		if (!map_get(&c->pack_of, digest_slice(&place.pack), &number))
			continue;
		pack = &c->packs.items[number];
		if (!pack->is_there) {
			c->is_lost[order[i]] = 1;
			continue;
		}
		if (!pack->is_bad || read_one(c, &objects[order[i]], &place, &bytes, &arena,
		    &why) == 0)
			continue;
		c->is_lost[order[i]] = 1;
		check_object(c, (enum object_kind)objects[order[i]].kind,
		    objects[order[i]].is_recipe, &objects[order[i]].id, pack->name, &why);
	}
	mem_free(order);
	buf_free(&bytes);
	arena_free(&arena);
}
