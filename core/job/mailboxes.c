/* SPDX-License-Identifier: MIT */
#include "core/job/job.h"

#include <string.h>

#include "core/base/path.h"

/* An account that is called by the path of its only mailbox, "~/mbox", says
 * that name already. */
static bool
says_it(const char *account, const char *name)
{
	const char *last = strrchr(account, '/');

	return last != NULL && (account[0] == '~' || account[0] == '/') &&
	    strcmp(last + 1, name) == 0;
}

void
job_mailbox_name(struct buf *out, const char *client, const char *account, const char *name)
{
	buf_add_string(out, client);
	buf_add_byte(out, ':');
	buf_add_string(out, account);
	if (says_it(account, name))
		return;
	buf_add_byte(out, '/');
	buf_add_string(out, name);
}

void
job_mailbox_own_name(struct buf *out, const struct catalog_mailbox *m)
{
	if (m->has_twin)
		buf_add_string(out, m->path);
	else
		job_mailbox_name(out, m->client, m->account, m->name);
}

/* How well words name a mailbox; the best fit wins over all worse ones. */
enum fit { FIT_NONE, FIT_TAIL, FIT_ACCOUNT, FIT_FULL };

static bool
is_tail(struct slice full, struct slice words)
{
	unsigned char before;

	if (words.n == 0 || words.n >= full.n ||
	    !slice_equal(slice_from(full, full.n - words.n), words))
		return false;
	before = full.p[full.n - words.n - 1];
	return before == ':' || before == '/';
}

static enum fit
fit_of(const struct catalog_mailbox *m, struct slice words, struct buf *full)
{
	size_t account_n;

	buf_clear(full);
	job_mailbox_name(full, m->client, m->account, m->name);
	if (slice_equal(buf_slice(full), words) || slice_is(words, m->path))
		return FIT_FULL;
	account_n = strlen(m->client) + 1 + strlen(m->account);
	if (slice_equal(slice_sub(buf_slice(full), 0, account_n), words) ||
	    slice_is(words, m->store) || slice_is(words, m->client) ||
	    slice_is(words, m->account))
		return FIT_ACCOUNT;
	return is_tail(buf_slice(full), words) ? FIT_TAIL : FIT_NONE;
}

static struct catalog_mailbox
keep_row(struct arena *a, const struct catalog_mailbox *m)
{
	struct catalog_mailbox kept = *m;

	kept.client = arena_string(a, m->client);
	kept.account = arena_string(a, m->account);
	kept.kind = arena_string(a, m->kind);
	kept.format = arena_string(a, m->format);
	kept.layout = arena_string(a, m->layout);
	kept.home = arena_string(a, m->home);
	kept.store = arena_string(a, m->store);
	kept.path = arena_string(a, m->path);
	kept.name = arena_string(a, m->name);
	return kept;
}

static int
several(const struct mailbox_list *list, const char *words, struct error *err)
{
	struct buf names = BUF_EMPTY;
	size_t i;

	for (i = 0; i < list->n && i < 6; i++) {
		buf_add_string(&names, i ? ", \"" : "\"");
		job_mailbox_own_name(&names, &list->items[i]);
		buf_add_byte(&names, '"');
	}
	if (list->n > i)
		buf_add_format(&names, " and %zu more", list->n - i);
	fail(err, ERR_USAGE, "\"%s\" names several mailboxes: %s", words, buf_text(&names));
	buf_free(&names);
	return -1;
}

int
job_mailboxes(struct job *j, const char *words, int64_t snapshot, bool one_only,
    struct arena *a, struct mailbox_list *out, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_mailbox m;
	struct buf full = BUF_EMPTY;
	VEC(struct catalog_mailbox) found = VEC_EMPTY;
	enum fit best = FIT_TAIL, fit;
	int rc = -1, next;

	if (catalog_mailboxes(j->catalog, snapshot, snapshot == 0, &rows, err) < 0)
		goto out;
	while ((next = catalog_next_mailbox(rows, &m, err)) == 1) {
		fit = words ? fit_of(&m, slice_string(words), &full) : FIT_FULL;
		if (fit < best)
			continue;
		if (fit > best)
			vec_clear(&found);
		best = fit;
		*(struct catalog_mailbox *)vec_push(&found) = keep_row(a, &m);
	}
	if (next < 0)
		goto out;
	out->n = found.n;
	out->items = arena_alloc(a, found.n * sizeof(*out->items));
	if (found.n)
		memcpy(out->items, found.items, found.n * sizeof(*out->items));
	if (words && found.n == 0) {
		fail(err, ERR_NOT_FOUND, "no mailbox is called \"%s\"; \"mailcask list\" "
		    "shows their names", words);
		goto out;
	}
	if (one_only && found.n > 1) {
		several(out, words ? words : "", err);
		goto out;
	}
	rc = 0;

out:
	catalog_rows_close(rows);
	vec_free(&found);
	buf_free(&full);
	return rc;
}
