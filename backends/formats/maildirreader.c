/* SPDX-License-Identifier: MIT */
#include "backends/formats/maildirreader.h"

#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/marks.h"
#include "backends/formats/messagefile.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/names.h"

/* Looking again for renamed files is linear in the mailbox; a mailbox under
 * which everything moves all the time is left to the next backup. */
#define RESCANS_MAX 16u

static const char *const subs[2] = { "new", "cur" };

struct maildir_reader {
	struct reader reader;
	char *path;
	bool is_mozilla;
	struct marks *marks;
	struct arena arena;             /* the listing */
	struct directory lists[2];      /* as subs */
	size_t sub, next;
	struct message_file file;
	struct buf at;                  /* path of the message */
	struct arena entry;             /* tags of the entry */
	struct slice keywords[MAILDIR_KEYWORDS]; /* dovecot-keywords */
	struct buf keyword_text;

	/* When a listed file was missing: */
	bool is_rescanned;
	unsigned rescans;
	struct map listed;              /* unique parts of the first listing */
	struct map moved;               /* to where each lies now: index * 2 + sub */
	struct arena again;
	struct directory moved_lists[2];
};

static struct maildir_reader *
maildir_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct maildir_reader, reader);
}

bool
maildir_is_message(const struct directory_entry *entry)
{
	return entry->kind != FILE_DIRECTORY && entry->name[0] != '.';
}

/* "0 name" in each line: the letter is 'a' plus the number. */
void
maildir_keywords_read(struct slice text, struct slice out[MAILDIR_KEYWORDS])
{
	struct slice line, number;
	uint64_t letter;

	while (slice_line(&text, &line)) {
		line = slice_chomp(line);
		if (slice_field(&line, ' ', &number) &&
		    slice_number(number, MAILDIR_KEYWORDS - 1, &letter))
			out[letter] = line;
	}
}

static void
read_keywords(struct maildir_reader *r)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;

	if (file_read_all(path_join(&a, r->path, "dovecot-keywords"), 1 * MIB,
	    &r->keyword_text, &ignored) == 0)
		maildir_keywords_read(buf_slice(&r->keyword_text), r->keywords);
	arena_free(&a);
}

static int
list(const struct maildir_reader *r, struct arena *a, struct directory *lists, struct error *err)
{
	size_t i;

	/* new/ first: what moves from there to cur/ meanwhile is seen twice, never missed. */
	for (i = 0; i < 2; i++) {
		lists[i] = (struct directory){ NULL, 0 };
		if (directory_read(path_join(a, r->path, subs[i]), false, a, &lists[i], err) < 0 &&
		    (i == 1 || err->code != ERR_NOT_FOUND))
			return -1;
	}
	return 0;
}

static struct slice
unique_part(const char *name)
{
	struct maildir_name parsed;

	maildir_name_parse(slice_string(name), &parsed);
	return parsed.base;
}

static int
rescan(struct maildir_reader *r, struct error *err)
{
	size_t i, j;

	if (!r->is_rescanned) {
		for (i = 0; i < 2; i++) {
			for (j = 0; j < r->lists[i].n; j++)
				map_put(&r->listed, unique_part(r->lists[i].entries[j].name),
				    j * 2 + i);
		}
	}
	r->is_rescanned = true;
	r->rescans++;
	map_clear(&r->moved);
	arena_reset(&r->again);
	if (list(r, &r->again, r->moved_lists, err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		for (j = 0; j < r->moved_lists[i].n; j++)
			map_put(&r->moved, unique_part(r->moved_lists[i].entries[j].name),
			    j * 2 + i);
	}
	return 0;
}

static void
set_path(struct maildir_reader *r, size_t sub, const char *name)
{
	buf_clear(&r->at);
	buf_add_format(&r->at, "%s/%s/%s", r->path, subs[sub], name);
}

/*
 * The message listed as j-th of sub is not there.  1 when it was found
 * under another name and read, which *sub and *name then are.
 */
static int
read_moved(struct maildir_reader *r, size_t j, size_t *sub, const char **name,
    struct entry *out, struct error *err)
{
	struct slice unique = unique_part(*name);
	uint64_t place;
	unsigned attempt;

	for (attempt = 0; attempt < 2; attempt++) {
		if (!r->is_rescanned || attempt > 0) {
			if (r->rescans == RESCANS_MAX)
				return fail(err, ERR_CHANGED, "%s: files keep being renamed",
				    r->path);
			if (rescan(r, err) < 0)
				return -1;
		}
		/* Listed under both names: its turn comes, or has come. */
		if (map_get(&r->listed, unique, &place) && place != j * 2 + *sub)
			return 0;
		if (!map_get(&r->moved, unique, &place))
			return 0;
		*sub = place % 2;
		*name = r->moved_lists[*sub].entries[place / 2].name;
		set_path(r, *sub, *name);
		if (message_file_read(&r->file, buf_text(&r->at), out) == 1)
			return 1;
	}
	return 0;
}

static void
describe(struct maildir_reader *r, size_t sub, const char *name, struct entry *out)
{
	struct maildir_name parsed;
	size_t i;

	out->directory = slice_string(subs[sub]);
	out->name = slice_string(name);
	out->framing.lead = message_file_separator(out->bytes);
	if (r->is_mozilla) {
		out->framing.decor = DECOR_MOZILLA;
	} else {
		maildir_name_parse(out->name, &parsed);
		out->name = parsed.base;
		out->info = parsed.info;
		out->flags = flags_of_maildir(parsed.letters);
		for (i = 0; i < parsed.letters.n; i++) {
			unsigned char c = parsed.letters.p[i];

			if (c >= 'a' && c <= 'z' && r->keywords[c - 'a'].n > 0)
				marks_take_word(r->keywords[c - 'a'], &r->entry, &out->flags,
				    &out->tags);
		}
	}
	if (r->marks != NULL)
		marks_apply(r->marks, out->name, &r->entry, out);
	out->date = out->meta.mtime_ns / 1000000000;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct maildir_reader *r = maildir_reader_of(reader);
	const struct directory_entry *e;
	const char *name;
	size_t sub;
	int found;

	arena_reset(&r->entry);
	if (r->marks != NULL && marks_tell_failure(r->marks, out))
		return 1;
	for (; r->sub < 2; r->sub++, r->next = 0) {
		while (r->next < r->lists[r->sub].n) {
			e = &r->lists[r->sub].entries[r->next++];
			if (!maildir_is_message(e))
				continue;
			memset(out, 0, sizeof(*out));
			sub = r->sub;
			name = e->name;
			set_path(r, sub, name);
			describe(r, sub, name, out);
			if (message_file_is_known(reader, buf_text(&r->at), out)) {
				out->date = out->meta.mtime_ns / 1000000000;
				return 1;
			}
			memset(out, 0, sizeof(*out));
			found = message_file_read(&r->file, buf_text(&r->at), out);
			if (found == 0)
				found = read_moved(r, r->next - 1, &sub, &name, out, err);
			if (found < 0)
				return -1;
			if (found == 0)
				continue;
			describe(r, sub, name, out);
			return 1;
		}
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&maildir_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct maildir_reader *r;

	if (reader == NULL)
		return;
	r = maildir_reader_of(reader);
	message_file_free(&r->file);
	arena_free(&r->arena);
	arena_free(&r->again);
	arena_free(&r->entry);
	map_free(&r->listed);
	map_free(&r->moved);
	buf_free(&r->at);
	buf_free(&r->keyword_text);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops maildir_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

int
maildirreader_open(const char *path, bool is_mozilla, struct marks *marks,
    struct reader **out, struct error *err)
{
	struct maildir_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &maildir_reader_ops;
	r->path = mem_string(path);
	r->is_mozilla = is_mozilla;
	r->marks = marks;
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (list(r, &r->arena, r->lists, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	read_keywords(r);
	*out = &r->reader;
	return 0;
}
