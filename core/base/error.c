/* SPDX-License-Identifier: MIT */
#include "core/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What is printed may be part of err->text itself, so it is made aside. */
__attribute__((format(printf, 2, 0))) static void
print(struct error *err, const char *fmt, va_list args)
{
	char text[sizeof(err->text)];

	vsnprintf(text, sizeof(text), fmt, args);
	memcpy(err->text, text, strlen(text) + 1);
}

static void
append(struct error *err, const char *more)
{
	size_t n = strlen(err->text);

	snprintf(err->text + n, sizeof(err->text) - n, "%s", more);
}

int
fail(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(err, fmt, args);
	va_end(args);
	err->code = code;
	return -1;
}

int
fail_errno(struct error *err, const char *fmt, ...)
{
	int number = errno;
	va_list args;

	va_start(args, fmt);
	print(err, fmt, args);
	va_end(args);
	append(err, ": ");
	append(err, strerror(number));
	switch (number) {
	case ENOENT:
	case ENOTDIR: err->code = ERR_NOT_FOUND; break;
	case EEXIST: err->code = ERR_EXISTS; break;
	default: err->code = ERR_SYSTEM; break;
	}
	return -1;
}

/* The reason stands at the end, so where both do not fit the context is cut. */
int
fail_in(struct error *err, const char *fmt, ...)
{
	char context[sizeof(err->text)];
	size_t n, have = strlen(err->text), room = sizeof(err->text) - 1 - have;
	va_list args;

	if (room <= 2)
		return -1;
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	n = strnlen(context, room - 2);
	memmove(err->text + n + 2, err->text, have + 1);
	memcpy(err->text, context, n);
	memcpy(err->text + n, ": ", 2);
	return -1;
}

void
error_clear(struct error *err)
{
	err->code = ERR_NONE;
	err->text[0] = '\0';
}
