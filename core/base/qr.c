/* SPDX-License-Identifier: MIT */
#include "core/base/qr.h"

#include <qrencode.h>
#include <stdbool.h>

#include "core/base/secret.h"

#define MARGIN 4                        /* modules, as the standard asks for */

static bool
is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

int
qr_add(struct buf *out, const char *prefix, const char *text, struct error *err)
{
	/* Nothing, the lower half, the upper half, both. */
	static const char *const blocks[] = { " ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88" };
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_Q);
	int x, y;

	if (code == NULL)
		return fail(err, ERR_LIMIT, "too long for a QR code");
	for (y = -MARGIN; y < code->width + MARGIN; y += 2) {
		buf_add_string(out, prefix);
		for (x = -MARGIN; x < code->width + MARGIN; x++)
			buf_add_string(out, blocks[2 * is_dark(code, x, y) + is_dark(code, x, y + 1)]);
		buf_add_byte(out, '\n');
	}
	secret_wipe(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	return 0;
}
