/* SPDX-License-Identifier: MIT */
#include "core/job/pipe.h"

#include "core/base/limits.h"
#include "core/base/spares.h"
#include "core/job/summary.h"
#include "core/mail/parts.h"

#define SLOTS 64u
#define SLOTS_FREED (SLOTS / 4)         /* at once, when all are taken */
#define UNDER_WAY_MAX (6u * MIB)        /* canonical bytes of all slots */
#define SHORT (32u * KIB)               /* messages that others are sure to follow */
#define SPARE_MAX (6u * MIB)
#define BATCH 8000u                     /* messages of one catalog transaction */
#define LARGE (1u * MIB)                /* a buffer that is given back as soon as can be */

enum slot_stage { SLOT_PARSING, SLOT_INDEXING };

struct slot {
	struct task task;
	struct pipe *pipe;
	struct digest id;
	uint64_t bytes;
	uint64_t held;                  /* counted in under_way */
	int64_t came_in;
	struct pipe_tally *tally;
	struct buf message;             /* canonical; or the view of a long one */
	bool is_view;
	struct split split;
	struct buf view, text;
	struct summary summary;
	struct arena arena;
	struct pipe_call *call;         /* instead of a message */
	struct error error;             /* of the catalog's thread */
};

/*
 * A ring: slots [indexed, packed) are with the catalog's thread, [packed,
 * put) with the parsers.  Numbers only grow; a slot is number % SLOTS.
 */
struct pipe {
	struct archive_writer *writer;
	struct catalog *db;
	struct workers *cpu, *catalog_thread;
	struct slot slots[SLOTS];
	uint64_t put, packed, indexed;
	uint64_t under_way;
	struct spares spares;
	size_t batch;                   /* catalog's thread only */
	bool in_transaction;            /* catalog's thread only */
};

static void
give_back(struct buf *b)
{
	if (b->cap > LARGE)
		buf_free(b);
}

static void
parse(struct task *task)
{
	struct slot *s = (struct slot *)(void *)task;
	struct message m;
	struct slice view = buf_slice(&s->message);

	if (s->call)
		return;
	if (!s->is_view) {
		parts_split(view, &s->arena, &s->split);
		if (s->split.part_count) {
			parts_view(view, &s->split, &s->view);
			view = buf_slice(&s->view);
			give_back(&s->message);
		}
	}
	message_open(view, &s->arena, &m);
	if (m.date_source == DATE_NONE && s->came_in != 0) {
		m.date = s->came_in;
		m.date_source = DATE_STORE;
	}
	summary_of_message(&m, s->bytes, &s->arena, &s->summary);
	message_add_text(&m, false, INDEX_TEXT_MAX, &s->text);
	s->summary.message.id = s->id;
	s->summary.message.text = buf_slice(&s->text);
	s->summary.message.has_text = true;
	message_close(&m);
}

static int
commit_call(struct pipe_call *call, struct catalog *db, struct error *err)
{
	(void)call;
	return catalog_commit(db, err);
}

static void
commit_drop(struct pipe_call *call)
{
	mem_free(call);
}

/* On the catalog's thread.  Portions are committed as they come: rows about
 * messages claim nothing about what is durable, places of objects do, and
 * those are only told once their pack is. */
static void
enter(struct task *task)
{
	struct slot *s = (struct slot *)(void *)task;
	struct pipe *p = s->pipe;

	if (!p->in_transaction) {
		if (catalog_begin(p->db, &s->error) < 0)
			return;
		p->in_transaction = true;
	}
	if (s->call) {
		(void)s->call->run(s->call, p->db, &s->error);
		p->in_transaction = s->call->run != commit_call;
		return;
	}
	if (catalog_add_message(p->db, &s->summary.message, &s->error) < 0)
		return;
	/* Until the next row or the commit FTS5 keeps the words of this one. */
	if (++p->batch < BATCH && s->text.n < LARGE)
		return;
	p->batch = 0;
	p->in_transaction = false;
	(void)catalog_commit(p->db, &s->error);
}

void
pipe_lend(struct pipe *p, struct buf *message, size_t n)
{
	spares_lend(&p->spares, message, n);
}

static void
slot_clear(struct pipe *p, struct slot *s)
{
	spares_keep(&p->spares, &s->message);
	spares_keep(&p->spares, &s->split.decoded);
	spares_keep(&p->spares, &s->split.object);
	spares_keep(&p->spares, &s->view);
	spares_keep(&p->spares, &s->text);
	s->split.part_count = 0;
	buf_clear(&s->summary.json);
	arena_reset(&s->arena);
	if (s->call)
		s->call->drop(s->call);
	memset(&s->summary.message, 0, sizeof(s->summary.message));
	s->call = NULL;
	s->is_view = false;
	s->tally = NULL;
	error_clear(&s->error);
}

struct pipe *
pipe_open(struct archive_writer *w, struct catalog *db, struct workers *cpu)
{
	struct pipe *p = mem_alloc(sizeof(*p));

	p->writer = w;
	p->db = db;
	p->cpu = cpu;
	p->spares.most = SPARE_MAX;
	p->catalog_thread = workers_open(1);
	return p;
}

static int
pack(struct pipe *p, struct slot *s, struct error *err)
{
	struct slice object = buf_slice(&s->message);
	size_t i;
	int stored;

	for (i = 0; i < s->split.part_count; i++) {
		const struct taken_part *part = &s->split.parts[i];

		if (archive_writer_add(p->writer, OBJECT_PART, false, &part->id, part->bytes,
		    SLICE_EMPTY, err) < 0)
			return -1;
	}
	if (s->split.part_count)
		object = buf_slice(&s->split.object);
	stored = archive_writer_add(p->writer, OBJECT_MESSAGE, s->split.part_count > 0, &s->id,
	    object, buf_slice(&s->summary.json), err);
	if (stored < 0)
		return -1;
	if (s->tally)
		s->tally->saved += (uint64_t)stored;
	return 0;
}

/* The oldest message that is being parsed goes into the packs and on to the
 * index. */
static int
pack_next(struct pipe *p, struct error *err)
{
	struct slot *s = &p->slots[p->packed % SLOTS];

	workers_wait(p->cpu, &s->task);
	if (!s->call && !s->is_view && pack(p, s, err) < 0)
		return -1;
	spares_keep(&p->spares, &s->split.decoded);
	spares_keep(&p->spares, &s->split.object);
	s->task = (struct task){ .run = enter };
	workers_gather(p->catalog_thread, &s->task);
	p->packed++;
	return 0;
}

static int
index_next(struct pipe *p, struct error *err)
{
	struct slot *s = &p->slots[p->indexed % SLOTS];
	int rc = 0;

	workers_wait(p->catalog_thread, &s->task);
	p->indexed++;
	p->under_way -= s->held;
	if (s->error.code != ERR_NONE) {
		*err = s->error;
		rc = -1;
	}
	slot_clear(p, s);
	return rc;
}

/* Where the index is slower than the reading the ring is always full: then we
 * sleep once for many slots, instead of changing places with the catalog's
 * thread at each message. */
static int
free_slots(struct pipe *p, struct error *err)
{
	uint64_t end = p->indexed + SLOTS_FREED;

	while (p->packed < end) {
		if (pack_next(p, err) < 0)
			return -1;
	}
	workers_wait(p->catalog_thread, &p->slots[(end - 1) % SLOTS].task);
	while (p->indexed < end) {
		if (index_next(p, err) < 0)
			return -1;
	}
	return 0;
}

/* Move on what is ready without waiting, then wait until there is room. */
static int
make_room(struct pipe *p, uint64_t bytes, struct error *err)
{
	while (p->indexed < p->packed &&
	    workers_done(p->catalog_thread, &p->slots[p->indexed % SLOTS].task)) {
		if (index_next(p, err) < 0)
			return -1;
	}
	while (p->packed < p->put && workers_done(p->cpu, &p->slots[p->packed % SLOTS].task)) {
		if (pack_next(p, err) < 0)
			return -1;
	}
	if (p->put - p->indexed == SLOTS && free_slots(p, err) < 0)
		return -1;
	while (p->under_way && p->under_way + bytes > UNDER_WAY_MAX) {
		if (p->indexed < p->packed) {
			if (index_next(p, err) < 0)
				return -1;
		} else if (pack_next(p, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static void
start(struct pipe *p, struct slot *s)
{
	s->pipe = p;
	s->task = (struct task){ .run = parse };
	s->held = s->message.n;
	if (s->call == NULL && !s->is_view)
		spares_lend(&p->spares, &s->split.decoded, s->message.n / 4 * 3);
	p->under_way += s->held;
	p->put++;
	if (s->message.n < SHORT)
		workers_gather(p->cpu, &s->task);
	else
		workers_submit(p->cpu, &s->task);
}

int
pipe_wait(struct pipe *p, uint64_t bytes, struct error *err)
{
	return make_room(p, bytes, err);
}

int
pipe_put(struct pipe *p, struct buf *message, const struct digest *id, int64_t came_in,
    struct pipe_tally *tally, struct error *err)
{
	struct slot *s;
	struct buf swap;

	if (make_room(p, message->n, err) < 0)
		return -1;
	s = &p->slots[p->put % SLOTS];
	swap = s->message;
	s->message = *message;
	*message = swap;
	s->id = *id;
	s->bytes = s->message.n;
	s->came_in = came_in;
	s->tally = tally;
	start(p, s);
	return 0;
}

int
pipe_put_view(struct pipe *p, struct buf *view, const struct digest *id, uint64_t bytes,
    int64_t came_in, struct error *err)
{
	struct slot *s;

	if (make_room(p, view->n, err) < 0)
		return -1;
	s = &p->slots[p->put % SLOTS];
	buf_take(&s->message, view);
	s->id = *id;
	s->bytes = bytes;
	s->came_in = came_in;
	s->is_view = true;
	start(p, s);
	return 0;
}

int
pipe_call(struct pipe *p, struct pipe_call *call, struct error *err)
{
	struct slot *s;

	if (make_room(p, 0, err) < 0)
		return -1;
	s = &p->slots[p->put % SLOTS];
	s->call = call;
	start(p, s);
	return 0;
}

int
pipe_drain(struct pipe *p, struct error *err)
{
	struct pipe_call *commit = mem_alloc(sizeof(*commit));

	/* As the last call of a batch it finds the transaction open. */
	*commit = (struct pipe_call){ .run = commit_call, .drop = commit_drop };
	if (pipe_call(p, commit, err) < 0)
		return -1;
	while (p->packed < p->put) {
		if (pack_next(p, err) < 0)
			return -1;
	}
	while (p->indexed < p->packed) {
		if (index_next(p, err) < 0)
			return -1;
	}
	return 0;
}

void
pipe_close(struct pipe *p)
{
	size_t i;

	if (!p)
		return;
	/* Whatever still runs refers to the slots: let it end before they go. */
	for (; p->packed < p->put; p->packed++)
		workers_wait(p->cpu, &p->slots[p->packed % SLOTS].task);
	workers_close(p->catalog_thread);
	for (i = 0; i < SLOTS; i++) {
		struct slot *s = &p->slots[i];

		if (s->call)
			s->call->drop(s->call);
		buf_free(&s->message);
		split_free(&s->split);
		buf_free(&s->view);
		buf_free(&s->text);
		buf_free(&s->summary.json);
		arena_free(&s->arena);
	}
	spares_free(&p->spares);
	mem_free(p);
}
