/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbox.h"

#include <string.h>

#include "core/base/base64.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"

#define METADATA_MARK SLICE_OF("\n\001\003\n")

/* ---- Heads ---- */

bool
dbox_file_head(struct slice s, size_t *line, size_t *message_head)
{
	struct slice rest = slice_sub(s, 0, DBOX_FILE_HEAD_MAX), text, word;
	uint64_t n;

	if (!slice_line(&rest, &text) || text.p[text.n - 1] != '\n' || !slice_starts(text, "2 "))
		return false;
	*line = text.n;
	*message_head = 0;
	text = slice_from(slice_chomp(text), 2);
	while (slice_field(&text, ' ', &word))
		if (slice_starts(word, "M") && slice_hex_number(slice_from(word, 1), 1024, &n))
			*message_head = (size_t)n;
	return *message_head >= 2 + 2 + 16;
}

bool
dbox_message_head(struct slice s, size_t message_head, struct dbox_message *out)
{
	struct slice head = slice_sub(s, 0, message_head), rest, word;
	bool has_size = false;

	memset(out, 0, sizeof(*out));
	out->mailbox = out->parts = SLICE_EMPTY;
	if (head.n < message_head || !slice_starts(head, "\001\002N"))
		return false;
	rest = slice_chomp(slice_from(head, 3));
	/* The old UID is blank in most; the size is last. */
	while (slice_field(&rest, ' ', &word))
		if (word.n == 16)
			has_size = slice_hex_number(word, INT64_MAX / 2, &out->body_size);
	out->body = message_head;
	return has_size;
}

bool
dbox_metadata(struct slice s, struct dbox_message *out)
{
	struct slice rest = s, line;
	uint64_t n;

	if (s.n < METADATA_MARK.n || !slice_equal(slice_sub(s, 0, METADATA_MARK.n), METADATA_MARK))
		return false;
	rest = slice_from(rest, METADATA_MARK.n);
	while (slice_line(&rest, &line)) {
		if (line.p[line.n - 1] != '\n')
			return false;
		line = slice_chomp(line);
		if (line.n == 0) {
			out->metadata = s.n - rest.n;
			return true;
		}
		switch (line.p[0]) {
		case 'R':
			if (slice_hex_number(slice_from(line, 1), INT64_MAX, &n))
				out->received = (int64_t)n;
			break;
		case 'Z':
			out->is_packed = true;
			break;
		case 'B':
			out->mailbox = slice_from(line, 1);
			break;
		case 'X':
			out->parts = slice_from(line, 1);
			break;
		default:
			break;
		}
	}
	return false;
}

/* ---- Bodies ---- */

/* "777 270176 B76 81/5f/815f…": where in the message, how long there, how it
 * was encoded, which file. */
struct part {
	uint64_t at, size, columns;     /* columns 0: as it lies */
	bool has_crlf;
	struct slice path;
};

static bool
next_part(struct slice *rest, struct part *out)
{
	struct slice field[4];
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < 4; i++)
		if (!slice_field(rest, ' ', &field[i]))
			return false;
	for (i = 0; i < field[2].n; i++) {
		size_t digits = i + 1;

		if (field[2].p[i] == 'C')
			out->has_crlf = true;
		if (field[2].p[i] != 'B')
			continue;
		while (digits < field[2].n && field[2].p[digits] >= '0' && field[2].p[digits] <= '9')
			digits++;
		if (!slice_number(slice_sub(field[2], i + 1, digits - i - 1), 10000, &out->columns) ||
		    out->columns < 4 || out->columns % 4 != 0)
			return false;
	}
	out->path = field[3];
	return slice_number(field[0], DBOX_MESSAGE_MAX, &out->at) &&
	    slice_number(field[1], DBOX_MESSAGE_MAX, &out->size) && path_is_safe(field[3]);
}

static void
encode(struct slice bytes, const struct part *part, struct buf *out)
{
	if (part->columns == 0)
		buf_add(out, bytes);
	else
		base64_encode_lines(bytes, (unsigned)part->columns, part->has_crlf ? "\r\n" : "\n", out);
}

/* The attachment's file: mdbox names it as X does, sdbox with the mailbox and
 * the UID behind it.  NULL: it is not there. */
static const char *
attachment_file(const char *directory, struct slice path, struct arena *a)
{
	const char *whole = path_join(a, directory, arena_string_of(a, path));
	struct error ignored = ERROR_NONE;
	struct directory all;
	size_t i, n = strlen(path_base(whole));

	if (file_exists(whole))
		return whole;
	if (directory_read(path_parent(a, whole), false, a, &all, &ignored) < 0)
		return NULL;
	for (i = 0; i < all.n; i++)
		if (all.entries[i].kind == FILE_REGULAR &&
		    strncmp(all.entries[i].name, path_base(whole), n) == 0 &&
		    all.entries[i].name[n] == '-')
			return path_join(a, path_parent(a, whole), all.entries[i].name);
	return NULL;
}

static int
add_part(const struct part *part, const char *directory, struct buf *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY, plain = BUF_EMPTY;
	size_t before = out->n;
	const char *path = attachment_file(directory, part->path, &a);
	int rc = -1;

	if (path == NULL) {
		fail(err, ERR_NOT_FOUND, "its attachment %.*s is not there", (int)part->path.n,
		    (const char *)part->path.p);
		goto out;
	}
	if (file_read_all(path, DBOX_MESSAGE_MAX, &bytes, err) < 0)
		goto out;
	encode(buf_slice(&bytes), part, out);
	if (out->n - before != part->size) {
		/* A file that was packed as well. */
		buf_truncate(out, before);
		if (dbox_unpack(buf_slice(&bytes), &plain, err) < 0)
			goto out;
		encode(buf_slice(&plain), part, out);
	}
	if (out->n - before != part->size) {
		fail(err, ERR_FORMAT, "the attachment %.*s has another size than it was stored with",
		    (int)part->path.n, (const char *)part->path.p);
		goto out;
	}
	rc = 0;

out:
	buf_free(&bytes);
	buf_free(&plain);
	arena_free(&a);
	return rc;
}

static int
put_parts_back(struct slice body, struct slice parts, const char *directory, struct buf *out,
    struct error *err)
{
	struct part part;
	size_t at = 0, n;

	buf_clear(out);
	if (directory == NULL)
		return fail(err, ERR_NOT_FOUND, "the directory of its attachments is not there");
	while (parts.n > 0) {
		if (!next_part(&parts, &part) || part.at < out->n ||
		    part.at - out->n > body.n - at || out->n > DBOX_MESSAGE_MAX)
			return fail(err, ERR_FORMAT, "the list of its attachments makes no sense");
		n = (size_t)part.at - out->n;
		buf_add(out, slice_sub(body, at, n));
		at += n;
		if (add_part(&part, directory, out, err) < 0)
			return -1;
	}
	buf_add(out, slice_from(body, at));
	return 0;
}

int
dbox_restore(struct slice body, const struct dbox_message *message, const char *attachments,
    struct buf *out, struct error *err)
{
	struct buf plain = BUF_EMPTY;
	int rc = dbox_unpack(body, &plain, err);

	if (rc == 0 && message->parts.n > 0)
		rc = put_parts_back(buf_slice(&plain), message->parts, attachments, out, err);
	else if (rc == 0)
		buf_take(out, &plain);
	buf_free(&plain);
	return rc;
}

/* ---- Where attachments lie ---- */

static const char *
attachments_in(const char *directory, struct slice path, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct directory all;
	const char *candidate;
	size_t i;

	if (directory_read(directory, false, a, &all, &ignored) < 0)
		return NULL;
	for (i = 0; i < all.n; i++) {
		if (all.entries[i].kind == FILE_REGULAR ||
		    strstr(all.entries[i].name, "attach") == NULL)
			continue;
		candidate = path_join(a, directory, all.entries[i].name);
		if (attachment_file(candidate, path, a) != NULL)
			return candidate;
	}
	return NULL;
}

const char *
dbox_attachments(const char *store, struct slice parts, struct arena *a)
{
	struct part part;
	const char *found;

	if (!next_part(&parts, &part))
		return NULL;
	found = attachments_in(store, part.path, a);
	return found != NULL ? found : attachments_in(path_parent(a, store), part.path, a);
}
