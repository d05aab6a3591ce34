/* SPDX-License-Identifier: MIT */
#include "core/job/behind.h"

#include "core/archive/transfer.h"
#include "core/base/digest.h"
#include "tests/memorytarget.h"
#include "tests/t.h"

#define PACKS 20

static struct memory_target *memory;
static unsigned fail_at;                /* the call of a line that fails; 0: none */

/* One more line to the memory. */
static int
open_line(const char *url, bool create, struct target **out, struct error *err)
{
	struct failing_target *f = failing_target_open(&memory->target);

	(void)url;
	(void)create;
	(void)err;
	f->fail_at = fail_at;
	f->for_ever = true;
	*out = &f->target;
	return 0;
}

static struct target *
begin(unsigned failing_call)
{
	memory = memory_target_open(NULL);
	fail_at = failing_call;
	return behind_open(&memory->target, open_line);
}

static const char *
pack(struct arena *a, unsigned number, struct slice *bytes)
{
	struct digest digest;
	char hex[DIGEST_HEX + 1];

	*bytes = slice_string(arena_format(a, "the bytes of pack %u", number));
	digest_of(*bytes, &digest);
	digest_hex(&digest, hex);
	return arena_format(a, "packs/%.2s/%s.tar.zst", hex, hex);
}

static int
put(struct target *t, struct arena *a, const char *name, struct slice bytes, struct error *err)
{
	const char *path = arena_format(a, "%s/spool-%p", t_directory(), (const void *)name);

	T(file_replace(path, 0600, bytes, err) == 0, "%s", err->text);
	return t->ops->put(t, name, path, true, err);
}

/* Whatever is no pack comes after all packs before it. */
static void
order(void)
{
	struct target *t = begin(0);
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct slice bytes;
	const char *names[PACKS];
	struct buf out = BUF_EMPTY;
	unsigned i;

	for (i = 0; i < PACKS; i++) {
		names[i] = pack(&a, i, &bytes);
		T(put(t, &a, names[i], bytes, &err) == 0, "%s", err.text);
		/* What is read back is there, on its way or not. */
		T(t->ops->get(t, names[i], 0, 100, &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), bytes), "%u: %s", i, err.text);
	}
	for (; i < 2 * PACKS; i++) {
		names[i - PACKS] = pack(&a, i, &bytes);
		T(put(t, &a, names[i - PACKS], bytes, &err) == 0, "%s", err.text);
	}
	T(put(t, &a, "index/one", SLICE_OF("index"), &err) == 0, "%s", err.text);
	for (i = 0; i < PACKS; i++)
		T(memory_bytes(memory, names[i]) != NULL, "pack %u is not there before the index", i);
	/* The same again, and over one that is damaged. */
	memory_bytes(memory, names[3])->p[0] ^= 1;
	pack(&a, PACKS + 3, &bytes);
	T(put(t, &a, names[3], bytes, &err) == 0 && put(t, &a, "index/two", SLICE_OF("x"), &err) == 0,
	    "%s", err.text);
	T(slice_equal(buf_slice(memory_bytes(memory, names[3])), bytes), "the damaged one gave way");
	t->ops->close(t);
	buf_free(&out);
	arena_free(&a);
}

/* A pack that fails is an error of what comes after it, at the latest of the
 * index, which is not put then. */
static void
failure(unsigned call)
{
	struct target *t = begin(call);
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct slice bytes;
	const char *name;
	unsigned i;

	for (i = 0; i < PACKS; i++) {
		name = pack(&a, i, &bytes);
		if (put(t, &a, name, bytes, &err) < 0)
			break;
	}
	error_clear(&err);
	T(put(t, &a, "index/one", SLICE_OF("index"), &err) < 0 &&
	    strstr(err.text, "Input/output error") != NULL, "call %u: %s", call, err.text);
	T(memory_bytes(memory, "index/one") == NULL, "call %u: the index was put", call);
	t->ops->close(t);
	arena_free(&a);
}

int
main(void)
{
	unsigned call;

	order();
	for (call = 1; call < 6; call++)
		failure(call);
	return t_done();
}
