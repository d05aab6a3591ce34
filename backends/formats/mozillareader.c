/* SPDX-License-Identifier: MIT */
#include "backends/formats/mozilla.h"
#include "backends/formats/mork.h"
#include "core/base/mem.h"

/* So many of the summary's offsets are looked up in the mbox before it is
 * believed: after a crash the two may be of different times. */
#define SAMPLES 64u

struct mozilla_reader {
	struct reader reader;
	struct reader *inner;
	struct familiar familiar;       /* of inner: asks ours */
	struct mork *summary;
	struct arena entry;             /* tags of the entry */
	uint64_t last;                  /* offset of the last message it knows */
	bool knows_tail;                /* it is newer than the mbox */
};

static struct mozilla_reader *
mozilla_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mozilla_reader, reader);
}

static void
describe(struct mozilla_reader *r, struct entry *out)
{
	struct mork_message known;
	struct slice word;
	bool expunged;

	if (out->name.n > 0) {
		if (!mork_message_named(r->summary, out->name, &known))
			return;         /* too new for the summary */
	} else if (!mork_message_at(r->summary, out->at, &known)) {
		/* Moved or deleted in the client, which leaves no mark in the
		 * file.  Behind the last one it knows it may be new. */
		out->dead = r->knows_tail || out->at < r->last;
		return;
	}
	out->flags = flags_of_mozilla(known.flags, 0, &expunged);
	out->flags_are_final = true;
	out->dead = expunged;
	while (slice_field(&known.keywords, ' ', &word)) {
		if (word.n > 0)
			tags_add(&out->tags, &r->entry, word);
	}
}

/* Whoever knows the file from last time knows it by its flags too. */
static bool
knows(struct familiar *familiar, const struct entry *entry)
{
	struct mozilla_reader *r = CONTAINER_OF(familiar, struct mozilla_reader, familiar);
	struct entry described = *entry;

	describe(r, &described);
	return r->reader.familiar->knows(r->reader.familiar, &described);
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mozilla_reader *r = mozilla_reader_of(reader);
	int found;

	arena_reset(&r->entry);
	r->inner->familiar = reader->familiar == NULL ? NULL : &r->familiar;
	found = r->inner->ops->next(r->inner, out, err);
	if (found == 1 && out->kind == ENTRY_MESSAGE)
		describe(r, out);
	return found;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct mozilla_reader *r = mozilla_reader_of(reader);

	return r->inner->ops->bytes(r->inner, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct mozilla_reader *r;

	if (reader == NULL)
		return;
	r = mozilla_reader_of(reader);
	r->inner->ops->close(r->inner);
	mork_close(r->summary);
	arena_free(&r->entry);
	mem_free(r);
}

static const struct reader_ops mozilla_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

/* Does a separator stand wherever the summary says, as far as sampled?  One
 * that knows no message at all proves nothing about those in the file. */
static bool
fits(const struct mork *summary, const char *path)
{
	struct error ignored = ERROR_NONE;
	size_t n = mork_message_count(summary), i, step = n / SAMPLES + 1;
	unsigned char found[5];
	bool good = n > 0;
	int fd = -1;

	if (!good || file_open_read(path, &fd, &ignored) < 0)
		return false;
	for (i = 0; i < n && good; i += step)
		good = file_read_at(fd, mork_message_offset(summary, i), found, sizeof(found),
		    &ignored) == 0 && memcmp(found, "From ", sizeof(found)) == 0;
	file_close(fd);
	return good;
}

void
mozilla_measure_summary(const struct folder *folder, struct mailbox *out)
{
	struct error ignored = ERROR_NONE;
	struct file_meta index;

	if (file_stat(folder->index, &index, &ignored) == 0)
		fingerprint_mix(&out->state, file_meta_fingerprint("msf", &index));
}

static struct mozilla_reader *
reader_make(struct reader *inner, struct mork *summary)
{
	struct mozilla_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &mozilla_reader_ops;
	r->inner = inner;
	r->familiar.knows = knows;
	r->summary = summary;
	return r;
}

struct reader *
mozilla_reader_open(struct reader *inner, const struct folder *folder)
{
	struct error ignored = ERROR_NONE;
	struct file_meta box, index;
	struct mozilla_reader *r;
	struct mork *summary;

	if (mork_open(folder->index, &summary, &ignored) < 0)
		return inner;
	/* The names of files say by themselves what belongs together. */
	if (folder->layout == MAILBOX_FILES)
		return &reader_make(inner, summary)->reader;
	if (!fits(summary, folder->path) || file_stat(folder->path, &box, &ignored) < 0 ||
	    file_stat(folder->index, &index, &ignored) < 0) {
		mork_close(summary);
		return inner;
	}
	r = reader_make(inner, summary);
	r->last = mork_message_offset(summary, mork_message_count(summary) - 1);
	r->knows_tail = index.mtime_ns >= box.mtime_ns;
	return &r->reader;
}
