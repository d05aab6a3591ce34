/* SPDX-License-Identifier: MIT */
#include "core/archive/bech32.h"

#define CHECKSUM 6u

static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* The checksum so far, carried on over one more value of five bits. */
static uint32_t
carry(uint32_t sum, unsigned value)
{
	static const uint32_t generators[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = sum >> 25;
	unsigned i;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= generators[i];
	return sum;
}

static uint32_t
carry_prefix(const char *prefix)
{
	uint32_t sum = 1;
	const char *p;

	for (p = prefix; *p != '\0'; p++)
		sum = carry(sum, (unsigned char)*p >> 5);
	sum = carry(sum, 0);
	for (p = prefix; *p != '\0'; p++)
		sum = carry(sum, *p & 31);
	return sum;
}

void
bech32_add(struct buf *out, const char *prefix, struct slice bytes)
{
	uint32_t sum = carry_prefix(prefix), bits = 0;
	unsigned held = 0, value, k;
	size_t i;

	buf_add_string(out, prefix);
	buf_add_byte(out, '1');
	for (i = 0; i < bytes.n || held > 0; i++) {
		if (i < bytes.n) {
			bits = bits << 8 | bytes.p[i];
			held += 8;
		} else {                        /* what is left, filled up with zeros */
			bits <<= 5 - held;
			held = 5;
		}
		for (; held >= 5; held -= 5) {
			value = bits >> (held - 5) & 31;
			sum = carry(sum, value);
			buf_add_byte(out, (unsigned char)letters[value]);
		}
		bits &= 0xff;
	}
	for (k = 0; k < CHECKSUM; k++)
		sum = carry(sum, 0);
	sum ^= 1;
	for (k = 0; k < CHECKSUM; k++)
		buf_add_byte(out, (unsigned char)letters[sum >> 5 * (CHECKSUM - 1 - k) & 31]);
}

bool
bech32_parse(struct slice text, const char *prefix, unsigned char *out, size_t n)
{
	struct slice rest = slice_from(text, strlen(prefix));
	size_t digits = (n * 8 + 4) / 5, i, at = 0;
	uint32_t sum = carry_prefix(prefix), bits = 0;
	unsigned held = 0, value;
	const char *letter;

	if (!slice_starts(text, prefix) || rest.n != 1 + digits + CHECKSUM || rest.p[0] != '1')
		return false;
	rest = slice_from(rest, 1);
	for (i = 0; i < rest.n; i++) {
		letter = rest.p[i] != '\0' ? strchr(letters, rest.p[i]) : NULL;
		if (letter == NULL)
			return false;
		value = (unsigned)(letter - letters);
		sum = carry(sum, value);
		if (i >= digits)
			continue;
		bits = (bits << 5 | value) & 0xfff;
		held += 5;
		if (held >= 8) {
			held -= 8;
			out[at++] = (unsigned char)(bits >> held);
		}
	}
	/* What fills up the last value is zero. */
	return sum == 1 && (bits & ((1u << held) - 1)) == 0;
}
