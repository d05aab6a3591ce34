/* SPDX-License-Identifier: MIT */
#include "core/base/qr.h"

#include <qrencode.h>
#include <stdbool.h>

#include "core/base/library.h"
#include "core/base/secret.h"

static struct {
	LIBRARY_POINTER(QRcode_encodeString8bit);
	LIBRARY_POINTER(QRcode_free);
} libqrencode;

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(libqrencode, QRcode_encodeString8bit),
	LIBRARY_FUNCTION(libqrencode, QRcode_free),
	{ NULL, NULL }
};

static struct library library = { "libqrencode.so.4", "libqrencode4", functions, false };

#define QRcode_encodeString8bit libqrencode.QRcode_encodeString8bit
#define QRcode_free libqrencode.QRcode_free

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
	QRcode *code;
	int x, y;

	if (library_load(&library, err) < 0)
		return -1;
	code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_Q);
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
