/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_IDENTITY_H
#define CORE_ARCHIVE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/archive/age.h"
#include "core/base/codec.h"
#include "core/base/digest.h"
#include "core/base/error.h"

struct archive;
struct archive_settings;
struct target;

/* What archive.json says; FORMAT.md, 3. */
struct identity {
	char id[33];
	enum codec codec;
	bool is_encrypted;      /* version 2 */
	struct age_recipient recipients[AGE_RECIPIENTS_MAX];
	size_t recipient_count;
	struct digest readme;   /* of README.txt */
	struct digest digest;   /* of the file, as it says itself */
	bool is_whole;          /* every byte is as it was written */
};

/*
 * ERR_NOT_FOUND; ERR_VERSION; ERR_CORRUPT where so much is damaged that the
 * archive cannot be read by it.  Less damage than that leaves an identity
 * that is not whole: good enough to get mail back, not to add to.
 */
int identity_read(struct target *t, struct identity *out, struct error *err);

/* Write README.txt and archive.json.  ERR_EXISTS. */
int identity_write(struct target *t, const struct archive_settings *settings, int64_t now,
    struct error *err);

/* That of an open archive, as it was when it was opened. */
const struct identity *archive_identity(const struct archive *a);

/* README.txt as this version writes it. */
struct slice readme_text(bool is_encrypted);

#endif
