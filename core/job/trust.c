/* SPDX-License-Identifier: MIT */
#include "core/job/trust.h"

#include "core/archive/identity.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/path.h"

#define DIRECTORY "trusted"

static const char *
directory(struct job *j, struct arena *a)
{
	return path_join(a, j->settings.data_directory, DIRECTORY);
}

static const char *
file_of(struct job *j, struct arena *a, const char *id)
{
	return path_join(a, directory(j, a), arena_format(a, "%s.json", id));
}

/* A relative path names another place from another directory. */
static const char *
place_of(const char *url)
{
	return url[0] == '/' || strchr(url, ':') != NULL ? url : "";
}

static bool
parse(const struct json *doc, struct arena *a, struct trusted *out)
{
	const struct json *list = json_member(doc, "recipients");
	struct slice id = json_get_string(doc, "archive");
	size_t i;

	if (id.n != sizeof(out->id) - 1 || !json_get_digest(doc, "identity", &out->identity) ||
	    json_length(list) == 0)
		return false;
	memcpy(out->id, id.p, id.n);
	out->url = arena_string_of(a, json_get_string(doc, "url"));
	for (i = 0; i < json_length(list); i++)
		if (!age_recipient_parse(json_value_string(json_item(list, i)), vec_push(&out->to)))
			return false;
	return true;
}

static int
read_file(const char *path, struct arena *a, struct trusted *out, struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct json *doc = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (file_read_all(path, CONFIG_FILE_MAX, &text, err) < 0)
		goto out;
	if (json_parse(buf_slice(&text), &doc, err) < 0 || !parse(doc, a, out))
		fail(err, ERR_SYSTEM, "%s is damaged: whom to encrypt to is not known; \"mailcask key "
		    "trust\" takes it from the archive, once you know that it is the right one", path);
	else
		rc = 0;

out:
	if (rc < 0)
		vec_free(&out->to);
	json_free(doc);
	buf_free(&text);
	return rc;
}

int
trust_read(struct job *j, struct arena *a, struct trusted *out, struct error *err)
{
	if (read_file(file_of(j, a, archive_id(j->archive)), a, out, err) == 0)
		return 1;
	if (err->code != ERR_NOT_FOUND)
		return -1;
	error_clear(err);
	return 0;
}

static int
write_file(struct job *j, const struct trusted *t, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf text = BUF_EMPTY, one = BUF_EMPTY;
	size_t i;
	int rc = -1;

	json_open(&text, NULL, '{');
	json_text(&text, "archive", t->id);
	json_text(&text, "url", t->url);
	json_digest(&text, "identity", &t->identity);
	json_open(&text, "recipients", '[');
	for (i = 0; i < t->to.n; i++) {
		buf_clear(&one);
		age_recipient_add(&one, &t->to.items[i]);
		json_text(&text, NULL, buf_text(&one));
	}
	json_close(&text, ']');
	json_close(&text, '}');
	buf_add_byte(&text, '\n');
	if (file_make_directories(directory(j, &a), 0700, err) == 0)
		rc = file_replace(file_of(j, &a, t->id), 0600, buf_slice(&text), err);
	buf_free(&text);
	buf_free(&one);
	arena_free(&a);
	return rc;
}

int
trust_set(struct job *j, const struct recipients *to, struct error *err)
{
	struct trusted t = { .url = place_of(j->target->url),
		.identity = archive_identity(j->archive)->digest, .to = *to };

	memcpy(t.id, archive_id(j->archive), sizeof(t.id));
	if (write_file(j, &t, err) < 0)
		return -1;
	archive_set_recipients(j->archive, to);
	return 0;
}

/*
 * Another archive that is remembered at this place; 1, 0, -1.  One that is
 * remembered itself may take turns with it: disks that rotate.  What a damaged
 * file remembered may have been this place.
 */
static int
find_other(struct job *j, struct arena *a, bool skip_damaged, struct trusted *out,
    struct error *err)
{
	const char *place = place_of(j->target->url), *own = file_of(j, a, archive_id(j->archive));
	struct directory d = { NULL, 0 };
	const char *path;
	size_t i;
	int rc = 0;

	if (place[0] == '\0' || !file_is_directory(directory(j, a)))
		return 0;
	if (directory_read(directory(j, a), false, a, &d, err) < 0)
		return -1;
	for (i = 0; i < d.n && rc == 0; i++) {
		path = path_join(a, directory(j, a), d.entries[i].name);
		if (!slice_ends(slice_string(path), ".json") || strcmp(path, own) == 0)
			continue;
		if (read_file(path, a, out, err) < 0) {
			if (skip_damaged)
				continue;
			return -1;
		}
		rc = strcmp(out->url, place) == 0;
		if (rc == 0)
			vec_free(&out->to);
	}
	return rc;
}

int
trust_accept(struct job *j, struct error *err)
{
	const struct identity *identity = archive_identity(j->archive);
	struct recipients to = VEC_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct trusted other;
	size_t i;
	int rc;

	while ((rc = find_other(j, &a, true, &other, err)) > 0) {
		other.url = "";
		rc = write_file(j, &other, err);
		vec_free(&other.to);
		if (rc < 0)
			break;
	}
	for (i = 0; i < identity->recipient_count; i++)
		*vec_push(&to) = identity->recipients[i];
	if (rc == 0 && identity->is_encrypted)
		rc = trust_set(j, &to, err);
	vec_free(&to);
	arena_free(&a);
	return rc;
}

static int
refuse(struct job *j, enum job_mode mode, const char *what, struct error *err)
{
	fail(err, ERR_CORRUPT, "%s: %s. If you know why, \"mailcask key trust\" accepts it",
	    j->target->url, what);
	if (mode != JOB_READ)
		return -1;
	job_notice(j, "%s", err->text);
	error_clear(err);
	return 0;
}

int
trust_check(struct job *j, enum job_mode mode, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct trusted known = { .url = "" }, other = { .url = "" };
	bool is_encrypted = archive_is_encrypted(j->archive);
	int rc, has = is_encrypted ? trust_read(j, &a, &known, err) : 0;

	if (has > 0 && !digest_equal(&known.identity, &archive_identity(j->archive)->digest)) {
		rc = refuse(j, mode, "archive.json is not the one that this machine knows, and may "
		    "name keys of somebody else: nothing is written", err);
	} else if (has > 0) {
		archive_set_recipients(j->archive, &known.to);
		rc = 0;
	} else if (has < 0 || mode == JOB_READ) {
		rc = has;
	} else {
		rc = find_other(j, &a, false, &other, err);
		if (rc > 0)
			rc = refuse(j, mode, "another archive stands here than the encrypted one that this "
			    "machine knows here: nothing is written", err);
		else if (rc == 0 && is_encrypted)
			rc = trust_set(j, archive_recipients(j->archive), err);
	}
	vec_free(&known.to);
	vec_free(&other.to);
	arena_free(&a);
	return rc;
}
