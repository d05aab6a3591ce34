/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "core/archive/age.h"
#include "core/archive/agecipher.h"
#include "core/archive/bech32.h"
#include "core/base/secret.h"

#define RECIPIENT_PREFIX "age"
#define IDENTITY_PREFIX "age-secret-key-"
#define IDENTITY_LENGTH 74u

bool
age_recipient_equal(const struct age_recipient *a, const struct age_recipient *b)
{
	return memcmp(a->bytes, b->bytes, AGE_KEY) == 0;
}

bool
age_recipient_parse(struct slice text, struct age_recipient *out)
{
	static const unsigned char some[AGE_KEY] = { 1 };
	unsigned char ignored[AGE_KEY];

	/* A point of low order is nobody's: all could read what is encrypted to it. */
	return bech32_parse(text, RECIPIENT_PREFIX, out->bytes, AGE_KEY) &&
	    cipher_x25519(some, out->bytes, ignored);
}

void
age_recipient_add(struct buf *out, const struct age_recipient *r)
{
	bech32_add(out, RECIPIENT_PREFIX, slice_of(r->bytes, AGE_KEY));
}

static void
find_recipient(struct age_identity *id)
{
	bool good = cipher_x25519(id->secret, NULL, id->recipient.bytes);

	assert(good);
}

void
age_identity_make(struct age_identity *out)
{
	secret_random(out->secret, AGE_KEY);
	find_recipient(out);
}

/* In capitals only, as age has it. */
bool
age_identity_parse(struct slice text, struct age_identity *out)
{
	unsigned char small[IDENTITY_LENGTH];
	size_t i;
	bool good = text.n == IDENTITY_LENGTH;

	for (i = 0; i < IDENTITY_LENGTH && good; i++) {
		good = text.p[i] < 'a' || text.p[i] > 'z';
		small[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ?
		    (unsigned char)(text.p[i] + 'a' - 'A') : text.p[i];
	}
	good = good && bech32_parse(slice_of(small, sizeof(small)), IDENTITY_PREFIX, out->secret,
	    AGE_KEY);
	if (good)
		find_recipient(out);
	secret_wipe(small, sizeof(small));
	return good;
}

void
age_identity_add(struct buf *out, const struct age_identity *id)
{
	size_t i = out->n;

	buf_reserve(out, IDENTITY_LENGTH + 1);
	bech32_add(out, IDENTITY_PREFIX, slice_of(id->secret, AGE_KEY));
	for (; i < out->n; i++)
		if (out->p[i] >= 'a' && out->p[i] <= 'z')
			out->p[i] = (unsigned char)(out->p[i] + 'A' - 'a');
}
