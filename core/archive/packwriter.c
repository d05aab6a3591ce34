/* SPDX-License-Identifier: MIT */
#include "core/archive/packwriter.h"

#include <stdatomic.h>

#include "core/archive/indexwrite.h"
#include "core/archive/tar.h"
#include "core/archive/transfer.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/workers.h"

#define PACK_SIZE (32u * MIB)
#define ALONE_SIZE (256u * KIB)         /* an entry that begins a frame of its own */
#define ON_WAY_MAX (4u * MIB)           /* plain bytes between add and the pack */
#define SPARE_MAX (2u * MIB)            /* of a frame's memory that is kept for the next, */
#define SPARE_FRAMES 6                  /* of so many frames */
#define INDEX_PACKS 4                   /* so many packs are indexed together, */
#define INDEX_OBJECTS 16384             /* or fewer with so many objects in them */
#define PRESSES 8

#define CONTAINER(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

/* A compressor that one thread at a time takes. */
struct press {
	atomic_flag is_taken;
	struct compressor *compressor;
};

/* A frame on its way.  The caller's thread fills it and hands it on; after
 * that it belongs to the task that is to run until that is done. */
struct frame_job {
	struct task compress, append;
	struct pack_writer *writer;
	bool is_writing;                /* append was submitted */
	bool ends_pack;                 /* no frame: close the pack */
	bool is_packed;                 /* a frame of another pack, as it lay there */
	struct buf plain, packed;
	uint64_t plain_n;               /* set when it is sent, */
	size_t load;                    /* and what it counts on its way */
	VEC(struct pack_object) objects;
	struct arena summaries;
	struct pack_record *closed;     /* the pack that was put after this frame */
	int rc;
	struct error err;
	struct frame_job *next;
};

struct index_job {
	struct task write;
	struct pack_room *room;
	VEC(struct pack_record *) records;
	uint64_t size;
	int rc;
	struct error err;
	struct index_job *next;
};

struct pack_writer {
	struct pack_room *room;
	struct pack_writer *next;
	size_t frame_size;
	int level;
	struct press presses[PRESSES];
	struct frame_job *filling;      /* or NULL */
	/* The pack being written: these are the writing thread's. */
	struct pack_record *record;     /* NULL: none */
	struct arena arena;
	char *path;
	int fd;
	struct hasher *hasher;
	struct age_writer *age;         /* NULL: not encrypted */
	struct buf sealed;
	uint64_t written;               /* bytes of the file */
};

struct pack_room {
	struct archive *archive;
	struct workers *workers;
	struct workers *writing;        /* one thread, so packs before the index */
	const char *spool;
	struct tar_writer *tar;
	struct pack_writer *streams;
	/* In the order of their frames; those from compressing on are not yet
	 * being written. */
	struct frame_job *first, *last, *compressing;
	struct frame_job *spare;
	unsigned spare_count;
	struct index_job *indexing;     /* oldest first */
	uint64_t on_way, bytes;
	VEC(struct pack_record *) unindexed;
	size_t unindexed_objects;
	VEC(struct pack_record *) ready;
	size_t handed_out;
	/* Once something failed nothing more is written: room_failed for the
	 * caller's thread, the other for the writing one. */
	bool room_failed, writing_failed;
	struct error why, writing_why;
};

void
pack_record_free(struct pack_record *r)
{
	if (r == NULL)
		return;
	vec_free(&r->frames);
	vec_free(&r->objects);
	arena_free(&r->strings);
	mem_free(r);
}

/* ---- In the workers ---- */

static void
run_compress(struct task *task)
{
	struct frame_job *job = CONTAINER(task, struct frame_job, compress);
	enum codec codec = archive_codec(job->writer->room->archive);
	struct press *press = NULL;
	struct compressor *c = NULL;
	size_t i;

	if (job->ends_pack || job->is_packed)
		return;
	for (i = 0; i < PRESSES && press == NULL; i++)
		if (!atomic_flag_test_and_set(&job->writer->presses[i].is_taken))
			press = &job->writer->presses[i];
	if (press == NULL)              /* more threads than presses */
		c = compressor_open(codec, job->writer->level);
	else if (press->compressor == NULL)
		press->compressor = compressor_open(codec, job->writer->level);
	job->rc = compressor_frame(press != NULL ? press->compressor : c, buf_slice(&job->plain),
	    &job->packed, &job->err);
	if (press != NULL)
		atomic_flag_clear(&press->is_taken);
	compressor_close(c);
}

/* ---- On the writing thread ---- */

static int
begin_pack(struct pack_writer *p, struct error *err)
{
	arena_reset(&p->arena);
	if (file_temporary(p->room->spool, SPOOL_PREFIX, &p->arena, &p->path, &p->fd, err) < 0)
		return -1;
	if (p->hasher == NULL)
		p->hasher = hasher_open();
	hasher_reset(p->hasher);
	p->record = mem_alloc(sizeof(*p->record));
	p->written = 0;
	if (archive_is_encrypted(p->room->archive)) {
		if (p->age == NULL)
			p->age = crypt_writer(archive_crypt(p->room->archive));
		age_writer_begin(p->age, &p->sealed);
	}
	return 0;
}

static int
write_out(struct pack_writer *p, struct slice bytes, struct error *err)
{
	if (file_write(p->fd, bytes, err) < 0)
		return fail_in(err, "%s", p->path);
	hasher_add(p->hasher, bytes);
	p->written += bytes.n;
	return 0;
}

/* Frames are told by where they lie before the pack is encrypted. */
static int
append_bytes(struct pack_writer *p, struct slice packed, uint64_t plain, struct error *err)
{
	struct pack_frame *frame;

	if (p->age != NULL)
		age_writer_add(p->age, packed, &p->sealed);
	if (write_out(p, p->age != NULL ? buf_slice(&p->sealed) : packed, err) < 0)
		return -1;
	buf_clear(&p->sealed);
	frame = vec_push(&p->record->frames);
	frame->at = p->record->size;
	frame->n = packed.n;
	frame->plain = plain;
	p->record->size += packed.n;
	return 0;
}

static void
abandon_pack(struct pack_writer *p)
{
	struct error ignored;

	if (p->record == NULL)
		return;
	file_close(p->fd);
	file_remove(p->path, &ignored);
	buf_clear(&p->sealed);
	pack_record_free(p->record);
	p->record = NULL;
}

static int
end_pack(struct pack_writer *p, struct pack_record **out, struct error *err)
{
	struct archive *a = p->room->archive;
	struct buf packed = BUF_EMPTY, name = BUF_EMPTY;
	struct compressor *c = compressor_open(archive_codec(a), p->level);
	int rc = -1;

	if (compressor_frame(c, tar_end(), &packed, err) < 0 ||
	    append_bytes(p, buf_slice(&packed), tar_end().n, err) < 0)
		goto out;
	if (p->age != NULL) {
		age_writer_end(p->age, &p->sealed);
		if (write_out(p, buf_slice(&p->sealed), err) < 0)
			goto out;
		buf_clear(&p->sealed);
	}
	p->record->size = p->written;
	if (file_sync(p->fd, err) < 0) {
		fail_in(err, "%s", p->path);
		goto out;
	}
	hasher_end(p->hasher, &p->record->id);
	pack_add_name(&name, a, &p->record->id);
	if (transfer_settle(archive_target(a), buf_text(&name), p->path, &p->record->id, err) < 0)
		goto out;
	file_close(p->fd);
	*out = p->record;
	p->record = NULL;
	rc = 0;

out:
	compressor_close(c);
	buf_free(&packed);
	buf_free(&name);
	return rc;
}

static int
append_frame(struct frame_job *job, struct error *err)
{
	struct pack_writer *p = job->writer;
	struct pack_object *object;
	size_t i;

	if (job->ends_pack)
		return p->record != NULL ? end_pack(p, &job->closed, err) : 0;
	if ((p->record == NULL && begin_pack(p, err) < 0) ||
	    append_bytes(p, buf_slice(&job->packed), job->plain_n, err) < 0)
		return -1;
	for (i = 0; i < job->objects.n; i++) {
		object = vec_push(&p->record->objects);
		*object = job->objects.items[i];
		object->frame = (uint32_t)(p->record->frames.n - 1);
		object->summary = arena_copy(&p->record->strings, object->summary);
	}
	return p->record->size < PACK_SIZE ? 0 : end_pack(p, &job->closed, err);
}

static void
run_append(struct task *task)
{
	struct frame_job *job = CONTAINER(task, struct frame_job, append);
	struct pack_room *r = job->writer->room;

	if (!r->writing_failed && job->rc == 0)
		job->rc = append_frame(job, &job->err);
	if (job->rc < 0 && !r->writing_failed) {
		r->writing_failed = true;
		r->writing_why = job->err;
	}
	if (r->writing_failed) {
		job->rc = -1;
		job->err = r->writing_why;
	}
}

/* Summaries are the greater part of a record, and have done their duty. */
static void
run_index(struct task *task)
{
	struct index_job *job = CONTAINER(task, struct index_job, write);
	struct pack_room *r = job->room;
	size_t i, k;

	job->err = r->writing_why;
	job->rc = r->writing_failed ? -1 : index_put(r->archive, job->records.items,
	    job->records.n, r->spool, &job->size, &job->err);
	for (i = 0; i < job->records.n; i++) {
		for (k = 0; k < job->records.items[i]->objects.n; k++)
			job->records.items[i]->objects.items[k].summary = SLICE_EMPTY;
		arena_free(&job->records.items[i]->strings);
	}
}

/* ---- On the caller's thread ---- */

static int
room_fail(struct pack_room *r, const struct error *why)
{
	if (!r->room_failed)
		r->why = *why;
	r->room_failed = true;
	return -1;
}

static struct frame_job *
job_open(struct pack_writer *p)
{
	struct pack_room *r = p->room;
	struct frame_job *job = r->spare;

	if (job != NULL) {
		r->spare = job->next;
		r->spare_count--;
	} else {
		job = mem_alloc(sizeof(*job));
	}
	job->compress = (struct task){ .run = run_compress };
	job->append = (struct task){ .run = run_append };
	job->writer = p;
	job->is_writing = job->ends_pack = job->is_packed = false;
	job->closed = NULL;
	job->rc = 0;
	job->next = NULL;
	return job;
}

static void
job_free(struct frame_job *job)
{
	buf_free(&job->plain);
	buf_free(&job->packed);
	vec_free(&job->objects);
	arena_free(&job->summaries);
	pack_record_free(job->closed);
	mem_free(job);
}

static void
job_recycle(struct pack_room *r, struct frame_job *job)
{
	if (r->spare_count == SPARE_FRAMES) {
		job_free(job);
		return;
	}
	buf_clear(&job->plain);
	buf_clear(&job->packed);
	if (job->plain.cap > SPARE_MAX)
		buf_free(&job->plain);
	if (job->packed.cap > SPARE_MAX)
		buf_free(&job->packed);
	vec_clear(&job->objects);
	arena_reset(&job->summaries);
	job->next = r->spare;
	r->spare = job;
	r->spare_count++;
}

static void
submit_index(struct pack_room *r)
{
	struct index_job *job = mem_alloc(sizeof(*job)), **end;
	size_t i;

	job->write.run = run_index;
	job->room = r;
	for (i = 0; i < r->unindexed.n; i++)
		*(struct pack_record **)vec_push(&job->records) = r->unindexed.items[i];
	vec_clear(&r->unindexed);
	r->unindexed_objects = 0;
	for (end = &r->indexing; *end != NULL; end = &(*end)->next)
		;
	*end = job;
	workers_submit(r->writing, &job->write);
}

static void
index_job_free(struct index_job *job)
{
	size_t i;

	for (i = 0; i < job->records.n; i++)
		pack_record_free(job->records.items[i]);
	vec_free(&job->records);
	mem_free(job);
}

static void
reap_indexes(struct pack_room *r, bool wait)
{
	struct index_job *job;
	size_t i;

	while ((job = r->indexing) != NULL && (wait || workers_done(r->writing, &job->write))) {
		workers_wait(r->writing, &job->write);
		r->indexing = job->next;
		r->bytes += job->size;
		if (job->rc < 0)
			room_fail(r, &job->err);
		for (i = 0; job->rc == 0 && i < job->records.n; i++)
			*(struct pack_record **)vec_push(&r->ready) = job->records.items[i];
		if (job->rc == 0)
			vec_clear(&job->records);
		index_job_free(job);
	}
}

static void
reap_first(struct pack_room *r)
{
	struct frame_job *job = r->first;

	workers_wait(r->writing, &job->append);
	r->first = job->next;
	if (r->first == NULL)
		r->last = NULL;
	r->on_way -= job->load;
	if (job->rc < 0)
		room_fail(r, &job->err);
	if (job->closed != NULL) {
		r->bytes += job->closed->size;
		*(struct pack_record **)vec_push(&r->unindexed) = job->closed;
		r->unindexed_objects += job->closed->objects.n;
		job->closed = NULL;
		if (r->unindexed.n >= INDEX_PACKS || r->unindexed_objects >= INDEX_OBJECTS)
			submit_index(r);
	}
	job_recycle(r, job);
}

/* Frames that are compressed go on to be written; those written are done
 * with.  Waits until at most most bytes are on their way, or for all. */
static void
pump(struct pack_room *r, uint64_t most, bool all)
{
	struct frame_job *job;

	for (;;) {
		while ((job = r->compressing) != NULL && workers_done(r->workers, &job->compress)) {
			r->compressing = job->next;
			job->is_writing = true;
			workers_submit(r->writing, &job->append);
		}
		if (r->first == NULL)
			break;
		if (r->first->is_writing && (all || r->on_way > most ||
		    workers_done(r->writing, &r->first->append)))
			reap_first(r);
		else if (all || r->on_way > most)
			workers_wait(r->workers, &r->compressing->compress);
		else
			break;
	}
	reap_indexes(r, false);
}

static void
send(struct pack_room *r, struct frame_job *job)
{
	if (r->last != NULL)
		r->last->next = job;
	else
		r->first = job;
	r->last = job;
	if (r->compressing == NULL)
		r->compressing = job;
	if (!job->is_packed)
		job->plain_n = job->plain.n;
	job->load = job->is_packed ? job->packed.n : job->plain.n;
	r->on_way += job->load;
	workers_submit(r->workers, &job->compress);
	pump(r, ON_WAY_MAX, false);
}

static void
cut_frame(struct pack_writer *p)
{
	struct frame_job *job = p->filling;

	p->filling = NULL;
	if (job != NULL)
		send(p->room, job);
}

int
pack_writer_add(struct pack_writer *p, const struct pack_object *object, struct slice bytes,
    struct error *err)
{
	struct pack_room *r = p->room;
	struct buf name = BUF_EMPTY;
	struct pack_object *o;
	int rc = -1;

	if (bytes.n >= ALONE_SIZE)
		cut_frame(p);
	if (r->room_failed) {
		*err = r->why;
		goto out;
	}
	if (p->filling == NULL) {
		p->filling = job_open(p);
		/* The entry that fills it may begin just below its size. */
		if (bytes.n < ALONE_SIZE)
			buf_reserve(&p->filling->plain, p->frame_size + ALONE_SIZE);
	}
	o = vec_push(&p->filling->objects);
	*o = *object;
	o->n = bytes.n;
	o->summary = arena_copy(&p->filling->summaries, object->summary);
	object_add_name(&name, o->kind, o->is_recipe, &o->id);
	if (tar_writer_add(r->tar, buf_text(&name), bytes, &p->filling->plain, &o->at, err) < 0) {
		room_fail(r, err);
		goto out;
	}
	if (bytes.n >= ALONE_SIZE || p->filling->plain.n >= p->frame_size)
		cut_frame(p);
	rc = 0;

out:
	buf_free(&name);
	return rc;
}

/* Frames may stand in any order, so the one being filled goes on. */
int
pack_writer_copy(struct pack_writer *p, struct slice packed, uint64_t plain,
    const struct pack_object *objects, size_t n, struct error *err)
{
	struct frame_job *job;
	struct pack_object *o;
	size_t i;

	if (p->room->room_failed) {
		*err = p->room->why;
		return -1;
	}
	job = job_open(p);
	job->is_packed = true;
	job->plain_n = plain;
	buf_add(&job->packed, packed);
	for (i = 0; i < n; i++) {
		o = vec_push(&job->objects);
		*o = objects[i];
		o->summary = arena_copy(&job->summaries, objects[i].summary);
	}
	send(p->room, job);
	return 0;
}

struct pack_writer *
pack_writer_open(struct pack_room *r, size_t frame_size, int level)
{
	struct pack_writer *p = mem_alloc(sizeof(*p));
	size_t i;

	p->room = r;
	p->frame_size = frame_size;
	p->level = level;
	p->fd = -1;
	for (i = 0; i < PRESSES; i++)
		atomic_flag_clear(&p->presses[i].is_taken);
	p->next = r->streams;
	r->streams = p;
	return p;
}

static void
pack_writer_close(struct pack_writer *p)
{
	size_t i;

	abandon_pack(p);
	if (p->filling != NULL)
		job_free(p->filling);
	for (i = 0; i < PRESSES; i++)
		compressor_close(p->presses[i].compressor);
	hasher_close(p->hasher);
	age_writer_close(p->age);
	buf_free(&p->sealed);
	arena_free(&p->arena);
	mem_free(p);
}

struct pack_room *
pack_room_open(struct archive *a, struct workers *workers, const char *spool)
{
	struct pack_room *r = mem_alloc(sizeof(*r));

	r->archive = a;
	r->workers = workers;
	r->writing = workers_open(1);
	r->spool = spool;
	r->tar = tar_writer_open();
	return r;
}

int
pack_room_finish(struct pack_room *r, struct error *err)
{
	struct pack_writer *p;
	struct frame_job *end;

	for (p = r->streams; p != NULL; p = p->next) {
		cut_frame(p);
		end = job_open(p);
		end->ends_pack = true;
		send(r, end);
	}
	pump(r, 0, true);
	if (r->unindexed.n > 0 && !r->room_failed)
		submit_index(r);
	reap_indexes(r, true);
	if (!r->room_failed)
		return 0;
	*err = r->why;
	return -1;
}

struct pack_record *
pack_room_next(struct pack_room *r)
{
	return r->handed_out < r->ready.n ? r->ready.items[r->handed_out++] : NULL;
}

uint64_t
pack_room_bytes(const struct pack_room *r)
{
	return r->bytes;
}

void
pack_room_close(struct pack_room *r)
{
	struct pack_writer *p;
	struct frame_job *job;
	size_t i;

	if (r == NULL)
		return;
	r->room_failed = true;
	pump(r, 0, true);
	reap_indexes(r, true);
	workers_close(r->writing);
	while ((p = r->streams) != NULL) {
		r->streams = p->next;
		pack_writer_close(p);
	}
	while ((job = r->spare) != NULL) {
		r->spare = job->next;
		job_free(job);
	}
	for (i = 0; i < r->unindexed.n; i++)
		pack_record_free(r->unindexed.items[i]);
	for (i = r->handed_out; i < r->ready.n; i++)
		pack_record_free(r->ready.items[i]);
	vec_free(&r->unindexed);
	vec_free(&r->ready);
	tar_writer_close(r->tar);
	mem_free(r);
}
