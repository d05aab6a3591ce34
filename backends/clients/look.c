/* SPDX-License-Identifier: MIT */
#include "backends/clients/look.h"

#include <string.h>

#include "core/base/codec.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/mail/separator.h"

#define HEAD_MAX 1024           /* bytes of a file that are looked at */
#define BOX_HEAD_MAX 65536      /* of one that may hold several messages */
#define BOX_FAR_MAX (1u * MIB)  /* of one that begins with what is no mail */
#define SAMPLES_MAX 4           /* messages of an MH folder that are looked at */

static bool
is_mbox(struct slice head)
{
	struct slice line, next = SLICE_EMPTY;

	if (slice_starts(head, "\xef\xbb\xbf"))
		head = slice_from(head, 3);
	if (!slice_line(&head, &line))
		return false;
	switch (separator_parse(line, NULL)) {
	case SEPARATOR_STRONG:
		return true;
	case SEPARATOR_WEAK:
		return slice_line(&head, &next) && header_line_looks_good(next);
	default:
		return false;
	}
}

/* "23-Nov-2026 11:43:24 +0000,49;000000000001": the line before a message of
 * mtx and tenex. */
static bool
is_counted(struct slice head)
{
	static const char shape[] = "  -   -       :  :        ,";
	struct slice line;
	size_t i;

	if (!slice_line(&head, &line) || line.n < sizeof(shape) || slice_find(line, 0, ';') == line.n)
		return false;
	for (i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] != ' ' && line.p[i] != (unsigned char)shape[i])
			return false;
	return true;
}

static enum look
look_at_head(struct slice head)
{
	struct slice rest = head, line = SLICE_EMPTY;

	if (head.n == 0)
		return LOOK_EMPTY;
	if (slice_starts(head, "\001\001\001\001\n") || slice_starts(head, "\001\001\001\001\r\n"))
		return LOOK_MBOX;
	if (slice_starts(head, "*mbx*\r\n") || is_counted(head))
		return LOOK_MBX;
	if (slice_starts(head, "BABYL OPTIONS:"))
		return LOOK_BABYL;
	if (is_mbox(head))
		return LOOK_MBOX;
	return slice_line(&rest, &line) && header_line_looks_good(line) ? LOOK_MESSAGE :
	    LOOK_NOTHING;
}

/* Compressed, only an mbox is believed. */
static enum look
look_inside(const char *path, struct error *err)
{
	unsigned char bytes[HEAD_MAX];
	struct expander *e;
	int64_t n;
	int fd = -1;

	if (file_open_read(path, &fd, err) < 0)
		return LOOK_UNREADABLE;
	e = expander_open(fd);
	n = expander_read(e, bytes, sizeof(bytes), err);
	expander_close(e);
	file_close(fd);
	return n > 0 && is_mbox(slice_of(bytes, (size_t)n)) ? LOOK_MBOX : LOOK_NOTHING;
}

enum look
look_at(const char *path, struct error *err)
{
	unsigned char bytes[HEAD_MAX];
	struct slice head;
	int64_t n;
	int fd = -1;

	if (file_open_read(path, &fd, err) < 0)
		return err->code == ERR_NOT_FOUND || err->code == ERR_FORMAT ? LOOK_NOTHING :
		    LOOK_UNREADABLE;
	n = file_read(fd, bytes, sizeof(bytes), err);
	file_close(fd);
	if (n < 0) {
		fail_in(err, "%s", path);
		return LOOK_UNREADABLE;
	}
	head = slice_of(bytes, (size_t)n);
	if (slice_starts(head, "\x1f\x8b") || slice_starts(head, "\x28\xb5\x2f\xfd"))
		return look_inside(path, err);
	return look_at_head(head);
}

bool
look_is_maildir(const char *path, struct arena *a)
{
	return file_is_directory(path_join(a, path, "cur")) &&
	    file_is_directory(path_join(a, path, "new"));
}

bool
look_is_number(const char *name)
{
	return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static bool
has_mh_mark(const struct directory *list)
{
	static const char *const marks[] = { ".mh_sequences", ".xmhcache", ".mew_cache",
	    ".mew-cache", ".mew-summary", ".sylpheed_cache", ".sylpheed_mark", ".claws_cache",
	    ".claws_mark", ".overview" };
	size_t i, j;

	for (i = 0; i < list->n; i++)
		for (j = 0; j < sizeof(marks) / sizeof(marks[0]) && list->entries[i].name[0] == '.'; j++)
			if (strcmp(list->entries[i].name, marks[j]) == 0)
				return true;
	return false;
}

/* Does a separator stand behind a blank line?  Of a long first message only
 * the beginning is looked at. */
static bool
holds_two(const char *path)
{
	struct buf bytes = BUF_EMPTY;
	struct error err;
	struct slice rest, line;
	bool found;

	if (file_read_head(path, BOX_HEAD_MAX, &bytes, &err) < 0)
		return false;
	rest = buf_slice(&bytes);
	found = slice_line(&rest, &line) && separator_follows(rest);
	buf_free(&bytes);
	return found;
}

bool
look_finds_mbox(const char *path)
{
	struct buf bytes = BUF_EMPTY;
	struct error err;
	bool found = file_read_head(path, BOX_FAR_MAX, &bytes, &err) == 0 &&
	    separator_follows(buf_slice(&bytes));

	buf_free(&bytes);
	return found;
}

bool
look_is_mh(const char *path, const struct directory *list, struct arena *a)
{
	struct error err;
	enum look look;
	const char *name;
	unsigned samples = 0;
	size_t i;

	if (has_mh_mark(list))
		return true;
	for (i = 0; i < list->n && samples < SAMPLES_MAX; i++) {
		name = list->entries[i].name;
		if (list->entries[i].kind != FILE_REGULAR || !look_is_number(name))
			continue;
		samples++;
		look = look_at(path_join(a, path, name), &err);
		if (look == LOOK_MESSAGE)
			return true;
		/* procmail begins MH files with a From_ line; but "2019" is an
		 * mbox of that year, and what holds two messages is one too. */
		if (look == LOOK_MBOX && strlen(name) != 4 && !holds_two(path_join(a, path, name)))
			return true;
	}
	return false;
}
