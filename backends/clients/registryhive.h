/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_REGISTRYHIVE_H
#define BACKENDS_CLIENTS_REGISTRYHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/map.h"

/*
 * A hive of the Windows registry: NTUSER.DAT of a person, SYSTEM of the
 * machine, and of Windows 95 to Me USER.DAT and SYSTEM.DAT.  Only read, all of it in memory; whatever its bytes
 * are, looking things up in it ends, and yields at most what is there.  What
 * Windows had not yet written out of its log (NTUSER.DAT.LOG1) is not seen.
 */
struct hive {
	struct buf file;
	uint32_t root;
	bool is_95;                     /* registry95.h */
	struct map records;             /* there: where the names and values of keys lie */
};

#define HIVE_EMPTY { BUF_EMPTY, 0, false, MAP_EMPTY }

/* A key, by the place of its cell; 0 is none, and has nothing in it. */
struct hive_key {
	uint32_t at;
};

struct hive_keys {
	struct hive_key *items;
	size_t n, cap;
};

enum hive_type { HIVE_TEXT = 1, HIVE_EXPANDABLE = 2, HIVE_BYTES = 3, HIVE_NUMBER = 4 };

struct hive_value {
	const char *name;       /* UTF-8; "" for the key's own */
	uint32_t type;          /* enum hive_type, or another */
	bool is_8_bits;         /* its text */
	struct slice data;
};

struct hive_values {
	struct hive_value *items;
	size_t n, cap;
};

/* ERR_FORMAT where it is none. */
int hive_open(const char *path, struct hive *out, struct error *err);
int hive_open_bytes(struct slice bytes, struct hive *out, struct error *err);
void hive_close(struct hive *h);

struct hive_key hive_root(const struct hive *h);
/* Down a path of names with "\" between them, letters compared without case;
 * a key at 0 where there is none. */
struct hive_key hive_find(const struct hive *h, struct hive_key from, const char *path);
const char *hive_name(const struct hive *h, struct hive_key key, struct arena *a);
/* Append the keys in a key, and its values; free with vec_free(). */
void hive_add_keys(const struct hive *h, struct hive_key key, struct hive_keys *out);
void hive_add_values(const struct hive *h, struct hive_key key, struct arena *a,
    struct hive_values *out);

/* The value of that name as text in UTF-8, or NULL: texts, and bytes that are
 * one in UTF-16 or in 8 bits. */
const char *hive_text(const struct hive *h, struct hive_key key, const char *name,
    struct arena *a);
const char *hive_value_text(const struct hive_value *value, struct arena *a);

#endif
