/* SPDX-License-Identifier: MIT */
#include "core/job/copies.h"

#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/path.h"

#define COPIES_NAME "targets.json"
#define COPY_NAME "target.json"         /* FORMAT.md, 2 */
#define COPY_FORMAT "mailcask target"
#define SMALL_MAX MIB                   /* a text of ours at a target */

/* ---- What is remembered here ---- */

static int
understand(const struct json *doc, struct copies *out, struct error *err)
{
	const struct json *list = json_member(doc, "targets"), *one;
	struct copy *c;
	size_t i;

	if (json_get_integer(doc, "version") != 1)
		return fail(err, ERR_VERSION, "it is of another version of mailcask");
	for (i = 0; i < json_length(list); i++) {
		one = json_item(list, i);
		c = vec_push(&out->items);
		c->archive = arena_string_of(&out->strings, json_get_string(one, "archive"));
		c->id = arena_string_of(&out->strings, json_get_string(one, "id"));
		c->url = arena_string_of(&out->strings, json_get_string(one, "url"));
		json_get_time(one, "added", &c->added);
		json_get_time(one, "pushed", &c->pushed);
		if (json_has(one, "snapshot"))
			c->snapshot = arena_string_of(&out->strings, json_get_string(one, "snapshot"));
		c->of = arena_string_of(&out->strings, json_get_string(one, "of"));
		c->is_ahead = json_get_bool(one, "ahead");
	}
	return 0;
}

int
copies_read(const char *data_directory, struct copies *out, struct error *err)
{
	const char *path = path_join(&out->strings, data_directory, COPIES_NAME);
	struct buf text = BUF_EMPTY;
	struct json *doc = NULL;
	int rc = -1;

	if (file_read_all(path, CONFIG_FILE_MAX, &text, err) < 0) {
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
		goto out;
	}
	if (json_parse(buf_slice(&text), &doc, err) < 0 || understand(doc, out, err) < 0) {
		fail_in(err, "%s", path);
		goto out;
	}
	rc = 0;

out:
	json_free(doc);
	buf_free(&text);
	return rc;
}

int
copies_write(const char *data_directory, const struct copies *all, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf text = BUF_EMPTY;
	size_t i;
	int rc;

	json_open(&text, NULL, '{');
	json_integer(&text, "version", 1);
	json_open(&text, "targets", '[');
	for (i = 0; i < all->items.n; i++) {
		const struct copy *c = &all->items.items[i];

		json_open(&text, NULL, '{');
		json_text(&text, "archive", c->archive);
		json_text(&text, "id", c->id);
		json_text(&text, "url", c->url);
		json_time(&text, "added", c->added);
		if (c->pushed != 0)
			json_time(&text, "pushed", c->pushed);
		if (c->snapshot != NULL)
			json_text(&text, "snapshot", c->snapshot);
		json_text(&text, "of", c->of);
		if (c->is_ahead)
			json_bool(&text, "ahead", true);
		json_close(&text, '}');
	}
	json_close(&text, ']');
	json_close(&text, '}');
	buf_add_byte(&text, '\n');
	rc = file_replace(path_join(&a, data_directory, COPIES_NAME), 0600, buf_slice(&text), err);
	buf_free(&text);
	arena_free(&a);
	return rc;
}

void
copies_free(struct copies *c)
{
	vec_free(&c->items);
	arena_free(&c->strings);
}

/* ---- What is at the target ---- */

static bool
is_id(struct slice id)
{
	size_t i;

	for (i = 0; i < id.n; i++)
		if (id.p[i] == '\0' || strchr("0123456789abcdef", id.p[i]) == NULL)
			return false;
	return id.n == 32;
}

int
copy_identity(struct target *t, const char *archive, char id[33], struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct json *doc = NULL;
	struct slice said;
	int rc = -1;

	if (transfer_get(t, COPY_NAME, SMALL_MAX, &text, err) < 0) {
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
		goto out;
	}
	if (json_parse(buf_slice(&text), &doc, err) < 0) {
		fail(err, ERR_CORRUPT, "%s: " COPY_NAME " is damaged", t->url);
		goto out;
	}
	said = json_get_string(doc, "id");
	if (!slice_is(json_get_string(doc, "format"), COPY_FORMAT) || !is_id(said) ||
	    !slice_is(json_get_string(doc, "archive"), archive)) {
		fail(err, ERR_CORRUPT, "%s: " COPY_NAME " is of something else", t->url);
		goto out;
	}
	memcpy(id, said.p, 32);
	id[32] = '\0';
	rc = 1;

out:
	json_free(doc);
	buf_free(&text);
	return rc;
}

static int
write_identity(struct target *t, const char *archive, int64_t now, char id[33], struct error *err)
{
	struct buf text = BUF_EMPTY;
	int rc;

	random_hex(id);
	json_open(&text, NULL, '{');
	json_text(&text, "format", COPY_FORMAT);
	json_text(&text, "archive", archive);
	json_text(&text, "id", id);
	json_time(&text, "created", now);
	json_close(&text, '}');
	buf_add_byte(&text, '\n');
	rc = transfer_put(t, NULL, COPY_NAME, buf_slice(&text), err);
	buf_free(&text);
	return rc;
}

/* A small file of the archive, byte for byte. */
static int
copy_small(struct target *from, struct target *to, const char *name, struct error *err)
{
	struct buf text = BUF_EMPTY, there = BUF_EMPTY;
	int rc = transfer_get(from, name, SMALL_MAX, &text, err);

	if (rc == 0)
		rc = transfer_put(to, NULL, name, buf_slice(&text), err);
	/* One that was interrupted may have put it. */
	if (rc < 0 && err->code == ERR_EXISTS && transfer_get(to, name, SMALL_MAX, &there, err) == 0)
		rc = slice_equal(buf_slice(&text), buf_slice(&there)) ? 0 :
		    fail(err, ERR_EXISTS, "%s: a %s of something else lies here", to->url, name);
	buf_free(&text);
	buf_free(&there);
	return rc;
}

/* An empty place becomes a copy; archive.json comes last, for a place that has
 * it is one. */
static int
make_copy(struct job *j, struct target *t, char id[33], struct error *err)
{
	int has = copy_identity(t, archive_id(j->archive), id, err);

	if (has < 0 || copy_small(j->target, t, README_NAME, err) < 0 || (has == 0 &&
	    write_identity(t, archive_id(j->archive), j->settings.now, id, err) < 0))
		return -1;
	return copy_small(j->target, t, IDENTITY_NAME, err);
}

/* A copy made by other means (cp, rsync, an older disk). */
static int
take_copy(struct job *j, struct target *t, char id[33], struct error *err)
{
	struct identity there;
	int has;

	if (identity_read(t, &there, err) < 0)
		return fail_in(err, "%s", t->url);
	if (strcmp(there.id, archive_id(j->archive)) != 0)
		return fail(err, ERR_EXISTS, "%s: another archive lies there", t->url);
	has = copy_identity(t, archive_id(j->archive), id, err);
	if (has == 0)
		has = write_identity(t, archive_id(j->archive), j->settings.now, id, err);
	return has < 0 ? -1 : 0;
}

static bool
is_same_place(struct job *j, struct target *t)
{
	struct arena a = ARENA_EMPTY;
	struct file_meta one, other;
	struct error ignored;
	bool same = strcmp(j->target->url, t->url) == 0;

	if (!same && j->target->directory != NULL && t->directory != NULL)
		same = file_stat(path_join(&a, j->target->directory, IDENTITY_NAME), &one, &ignored) == 0 &&
		    file_stat(path_join(&a, t->directory, IDENTITY_NAME), &other, &ignored) == 0 &&
		    one.device == other.device && one.inode == other.inode;
	arena_free(&a);
	return same;
}

static struct copy *
remember(struct job *j, struct copies *all, const char *id, const char *url, const char *of)
{
	struct copy *c = NULL;
	size_t i;

	for (i = 0; i < all->items.n && c == NULL; i++)
		if (strcmp(all->items.items[i].id, id) == 0 &&
		    strcmp(all->items.items[i].archive, archive_id(j->archive)) == 0)
			c = &all->items.items[i];
	if (c == NULL) {
		c = vec_push(&all->items);
		c->archive = arena_string(&all->strings, archive_id(j->archive));
		c->id = arena_string(&all->strings, id);
		c->added = j->settings.now;
	}
	c->url = arena_string(&all->strings, url);
	c->of = arena_string(&all->strings, of);
	return c;
}

int
job_add_copy(struct job *j, const char *url, const char *of, struct copies *all,
    struct copy **out, struct error *err)
{
	struct target *t = NULL;
	struct error why;
	char id[33];
	int rc = -1;

	if (j->ports->open_target(url, false, &t, err) == 0) {
		if (is_same_place(j, t)) {
			fail(err, ERR_USAGE, "%s: that is the archive itself", url);
			goto out;
		}
		rc = take_copy(j, t, id, err);
	} else if (err->code == ERR_UNREACHABLE || err->code == ERR_NOT_FOUND) {
		why = *err;
		rc = j->ports->open_target(url, true, &t, err);
		if (rc < 0 && err->code == ERR_UNREACHABLE)
			*err = why;
		if (rc == 0)
			rc = make_copy(j, t, id, err);
	}
	if (rc < 0)
		goto out;
	*out = remember(j, all, id, url, of);
	rc = copies_write(j->settings.data_directory, all, err);

out:
	if (t != NULL)
		t->ops->close(t);
	return rc;
}

int
job_remove_copy(struct job *j, const char *word, struct copies *all, struct error *err)
{
	const struct copy *c;
	size_t i, found = 0, at = 0;

	for (i = 0; i < all->items.n; i++) {
		c = &all->items.items[i];
		if (strcmp(c->archive, archive_id(j->archive)) != 0 || (strcmp(c->url, word) != 0 &&
		    (word[0] == '\0' || strncmp(c->id, word, strlen(word)) != 0)))
			continue;
		found++;
		at = i;
	}
	if (found == 0)
		return fail(err, ERR_NOT_FOUND, "%s: no target of this archive; \"mailcask target "
		    "list\" names them", word);
	if (found > 1)
		return fail(err, ERR_USAGE, "%s: several targets are that; name one by its id", word);
	all->items.n--;
	memmove(all->items.items + at, all->items.items + at + 1,
	    (all->items.n - at) * sizeof(all->items.items[0]));
	return copies_write(j->settings.data_directory, all, err);
}
