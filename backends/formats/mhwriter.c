/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/outtree.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* A folder is a directory, its messages are 1, 2, 3 …, and .mh_sequences
 * holds unseen, flagged, replied, forwarded, and each tag that can be the name
 * of a sequence. */
#define SEQUENCES_MAX 64u
#define KNOWN_COUNT 4u

struct sequence {
	struct slice name;
	struct buf text;                /* " 1-3 7", but for the range that is open */
	uint64_t low, high;             /* the open range; 0: none */
};

struct mh_writer {
	struct outtree tree;
	struct buf folder;              /* "A/B/" */
	uint64_t messages;              /* of the mailbox */
	struct sequence sequences[SEQUENCES_MAX];
	size_t sequence_count;
	struct arena arena;             /* names of tags */
};

static const struct {
	unsigned flag;
	bool when_unset;
	const char *name;
} known[KNOWN_COUNT] = {
	{ FLAG_SEEN, true, "unseen" },
	{ FLAG_FLAGGED, false, "flagged" },
	{ FLAG_ANSWERED, false, "replied" },
	{ FLAG_FORWARDED, false, "forwarded" },
};

static struct mh_writer *
mh_writer_of(struct writer *w)
{
	return CONTAINER_OF(CONTAINER_OF(w, struct outtree, writer), struct mh_writer, tree);
}

static int
open_writer(const char *directory, struct writer **out, struct error *err)
{
	struct mh_writer *w = mem_alloc(sizeof(*w));

	if (outtree_open(&w->tree, &writer_mh, directory, err) < 0) {
		outtree_fail(&w->tree, err);
		outtree_close(&w->tree, err);
		mem_free(w);
		return -1;
	}
	*out = &w->tree.writer;
	return 0;
}

static void
end_range(struct sequence *s)
{
	if (s->high > s->low)
		buf_add_format(&s->text, " %llu-%llu", (unsigned long long)s->low,
		    (unsigned long long)s->high);
	else if (s->low > 0)
		buf_add_format(&s->text, " %llu", (unsigned long long)s->low);
	s->low = s->high = 0;
}

static void
add_to_sequence(struct sequence *s, uint64_t number)
{
	if (s->low > 0 && number == s->high + 1) {
		s->high = number;
		return;
	}
	end_range(s);
	s->low = s->high = number;
}

static int
end_mailbox(struct mh_writer *w, struct error *err)
{
	struct buf text = BUF_EMPTY, path = BUF_EMPTY;
	int fd = -1, rc = 0;
	size_t i;

	for (i = 0; i < w->sequence_count; i++) {
		struct sequence *s = &w->sequences[i];

		end_range(s);
		if (s->text.n > 0) {
			buf_add(&text, s->name);
			buf_add_byte(&text, ':');
			buf_add(&text, buf_slice(&s->text));
			buf_add_byte(&text, '\n');
		}
		buf_free(&s->text);
	}
	if (text.n > 0) {
		buf_add_format(&path, "%s.mh_sequences", buf_text(&w->folder));
		rc = root_create(w->tree.root, buf_text(&path), OUT_FILE_MODE, &fd, err);
		if (rc == 0)
			rc = file_write(fd, buf_slice(&text), err);
		file_close(fd);
	}
	w->sequence_count = 0;
	w->messages = 0;
	arena_reset(&w->arena);
	buf_free(&text);
	buf_free(&path);
	return rc;
}

/* A folder of digits only would stand where a message of that number does. */
static void
add_component(struct slice name, struct buf *out)
{
	struct buf tame = BUF_EMPTY;
	size_t i = 0;

	outtree_add_component(name, "", &tame);
	while (i < tame.n && tame.p[i] >= '0' && tame.p[i] <= '9')
		i++;
	buf_add(out, buf_slice(&tame));
	if (i == tame.n)
		buf_add_byte(out, '_');
	buf_free(&tame);
}

static int
begin(struct writer *writer, const struct slice *components, size_t depth, struct error *err)
{
	struct mh_writer *w = mh_writer_of(writer);
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc = -1;

	if (end_mailbox(w, err) < 0)
		goto out;
	for (i = 0; i < depth; i++) {
		if (i > 0)
			buf_add_byte(&name, '/');
		add_component(components[i], &name);
	}
	buf_clear(&w->folder);
	outtree_add_unique(&w->tree, buf_slice(&name), "", &w->folder);
	rc = root_make_directories(w->tree.root, buf_text(&w->folder), OUT_DIRECTORY_MODE, err);
	buf_add_byte(&w->folder, '/');
	for (i = 0; i < KNOWN_COUNT; i++)
		w->sequences[i] = (struct sequence){ .name = slice_string(known[i].name) };
	w->sequence_count = KNOWN_COUNT;

out:
	buf_free(&name);
	return rc < 0 ? outtree_fail(&w->tree, err) : 0;
}

/* nmh: a letter, then letters and digits. */
static bool
can_be_sequence(struct slice tag)
{
	size_t i;

	for (i = 0; i < tag.n; i++) {
		unsigned char c = tag.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return tag.n > 0 && tag.n < 100 && !slice_is(tag, "cur") && !slice_is(tag, "first") &&
	    !slice_is(tag, "last") && !slice_is(tag, "next") && !slice_is(tag, "prev") &&
	    !slice_is(tag, "all");
}

static void
add_tag(struct mh_writer *w, struct slice tag, uint64_t number)
{
	size_t i = KNOWN_COUNT;

	if (!can_be_sequence(tag))
		return;
	while (i < w->sequence_count && !slice_equal(w->sequences[i].name, tag))
		i++;
	if (i == SEQUENCES_MAX)
		return;
	if (i == w->sequence_count)
		w->sequences[w->sequence_count++] =
		    (struct sequence){ .name = arena_copy(&w->arena, tag) };
	add_to_sequence(&w->sequences[i], number);
}

static int
put(struct writer *writer, struct source *message, const struct outgoing *about,
    struct error *err)
{
	struct mh_writer *w = mh_writer_of(writer);
	struct buf path = BUF_EMPTY;
	uint64_t number = w->messages + 1;
	size_t i;
	int rc;

	buf_add_format(&path, "%s%llu", buf_text(&w->folder), (unsigned long long)number);
	rc = outtree_put(&w->tree, buf_text(&path), message, about->date, err);
	buf_free(&path);
	if (rc < 0)
		return -1;
	w->messages = number;
	for (i = 0; i < KNOWN_COUNT; i++) {
		if (((about->flags & known[i].flag) == 0) == known[i].when_unset)
			add_to_sequence(&w->sequences[i], number);
	}
	for (i = 0; about->tags != NULL && i < about->tags->n; i++)
		add_tag(w, about->tags->items[i], number);
	return 0;
}

static int
close_writer(struct writer *writer, struct error *err)
{
	struct mh_writer *w;
	int rc;

	if (writer == NULL)
		return 0;
	w = mh_writer_of(writer);
	if (end_mailbox(w, err) < 0)
		outtree_fail(&w->tree, err);
	rc = outtree_close(&w->tree, err);
	buf_free(&w->folder);
	arena_free(&w->arena);
	mem_free(w);
	return rc;
}

const struct writer_ops writer_mh = {
	.name = "mh",
	.open = open_writer,
	.begin = begin,
	.put = put,
	.close = close_writer,
};
