/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/output.h"
#include "core/base/buf.h"
#include "core/base/vec.h"

/* Longer words are near nothing. */
#define NEAR_MAX 32

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, left out, replaced or swapped with their
 * neighbour to make one word the other. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_MAX + 1] = { { 0 } };
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t m = strlen(a), n = strlen(b), i, j;

	if (m > NEAR_MAX || n > NEAR_MAX)
		return NEAR_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; i <= m; i++) {
		spare = before;
		before = above;
		above = row;
		row = spare;
		row[0] = i;
		for (j = 1; j <= n; j++) {
			row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]),
			    least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[n];
}

const char *
nearest_name(const char *word, const char *const *names)
{
	const char *best = NULL;
	size_t i, d, n = strlen(word), least_d = n / 3 + 2;

	for (i = 0; names[i]; i++) {
		d = n >= 2 && strncmp(names[i], word, n) == 0 ? 0 : distance(word, names[i]);
		if (d < least_d) {
			least_d = d;
			best = names[i];
		}
	}
	return best;
}

static const struct option *
find_option(const struct option *options, struct slice name)
{
	for (; options->name; options++)
		if (slice_is(name, options->name))
			return options;
	return NULL;
}

static void
print_help(const struct verb *verb, const struct option *options)
{
	struct buf out = BUF_EMPTY;
	struct slice rest, line;
	size_t i, width = strlen("help");

	buf_add_format(&out, "Usage: mailcask %s [OPTIONS]%s%s\n%s\n", verb->name,
	    verb->arguments[0] ? " " : "", verb->arguments, verb->summary);
	if (verb->about[0])
		buf_add_format(&out, "\n%s", verb->about);
	for (i = 0; options[i].name; i++)
		if (strlen(options[i].name) + 1 +
		    (options[i].value ? strlen(options[i].value) : 0) > width)
			width = strlen(options[i].name) + 1 +
			    (options[i].value ? strlen(options[i].value) : 0);
	buf_add_string(&out, "\nOptions:\n");
	for (i = 0; options[i].name; i++) {
		buf_add_format(&out, "  --%s %-*s  %s\n", options[i].name,
		    (int)(width - strlen(options[i].name) - 1),
		    options[i].value ? options[i].value : "", options[i].help);
	}
	buf_add_format(&out, "  --%-*s  show this\n\nExamples:\n", (int)width, "help");
	rest = slice_string(verb->examples);
	while (slice_line(&rest, &line)) {
		buf_add_string(&out, "  ");
		buf_add(&out, line);
	}
	output_text(buf_slice(&out));
	buf_free(&out);
}

int
usage_error(const struct verb *verb, const char *fmt, ...)
{
	struct buf text = BUF_EMPTY;
	char sentence[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	say("%s", sentence);
	buf_add_format(&text, "Try 'mailcask %s --help'.\n", verb->name);
	say_plain(buf_slice(&text));
	buf_free(&text);
	return STATUS_USAGE;
}

static int
wrong_option(const struct verb *verb, const struct option *options, const char *word, size_t n)
{
	VEC(const char *) names = VEC_EMPTY;
	struct buf name = BUF_EMPTY;
	const char *near;
	int status;

	for (; options->name; options++)
		*(const char **)vec_push(&names) = options->name;
	*(const char **)vec_push(&names) = "help";
	*(const char **)vec_push(&names) = NULL;
	buf_add_bytes(&name, word, n);
	near = nearest_name(buf_text(&name) + strspn(buf_text(&name), "-"), names.items);
	if (near)
		status = usage_error(verb, "there is no option %s; did you mean --%s?",
		    buf_text(&name), near);
	else
		status = usage_error(verb, "there is no option %s", buf_text(&name));
	buf_free(&name);
	vec_free(&names);
	return status;
}

/* Put value where the option wants it; false when it makes no sense. */
static bool
take_value(const struct verb *verb, const struct option *option, const char *value)
{
	if (value[0] == '\0') {
		usage_error(verb, "--%s needs a value", option->name);
		return false;
	}
	if (option->text) {
		*option->text = value;
	} else if (option->list) {
		*(const char **)vec_push(option->list) = value;
	} else if (!slice_number(slice_string(value), UINT64_MAX, option->number)) {
		usage_error(verb, "--%s needs a number, not \"%s\"", option->name, value);
		return false;
	}
	return true;
}

bool
options_parse(const struct verb *verb, const struct option *options, int argc, char **argv,
    struct words *words, int *status)
{
	const struct option *option;
	const char *word, *equals;
	size_t n;
	int i;

	*status = STATUS_USAGE;
	for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		word = argv[i];
		if (word[0] != '-' || word[1] == '\0' || (word[1] != '-' && verb->dash_words)) {
			*(const char **)vec_push(words) = word;
			continue;
		}
		equals = strchr(word, '=');
		n = equals ? (size_t)(equals - word) : strlen(word);
		if (strcmp(word, "--help") == 0) {
			print_help(verb, options);
			*status = STATUS_DONE;
			return false;
		}
		option = word[1] == '-' ? find_option(options, slice_of(word + 2, n - 2)) : NULL;
		if (!option) {
			*status = wrong_option(verb, options, word, n);
			return false;
		}
		if (option->on) {
			if (equals && !option->text) {
				usage_error(verb, "--%s takes no value", option->name);
				return false;
			}
			*option->on = true;
			if (!equals)
				continue;
		}
		if (!equals && i + 1 == argc) {
			usage_error(verb, "--%s needs a value", option->name);
			return false;
		}
		if (!take_value(verb, option, equals ? equals + 1 : argv[++i]))
			return false;
	}
	for (i++; i < argc; i++)
		*(const char **)vec_push(words) = argv[i];
	return true;
}

void
add_words(struct buf *out, const struct words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++) {
		if (i > 0)
			buf_add_byte(out, ' ');
		buf_add_string(out, words->items[i]);
	}
}
