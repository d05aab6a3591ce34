/* SPDX-License-Identifier: MIT */
#include "backends/clients/ini.h"

#include "tests/t.h"

/* All lines as "section|key|value" and a newline. */
static const char *
lines_of(struct slice text, struct buf *out)
{
	struct ini ini = ini_open(text);
	struct ini_line line;

	buf_clear(out);
	while (ini_next(&ini, &line)) {
		buf_add(out, line.section);
		buf_add_byte(out, '|');
		buf_add(out, line.key);
		buf_add_byte(out, '|');
		buf_add(out, line.value);
		buf_add_byte(out, '\n');
	}
	return buf_text(out);
}

int
main(void)
{
	static const struct {
		const char *text, *lines;
	} cases[] = {
		{ "", "" },
		{ "[a]\nk=v\n", "a|k|v\n" },
		{ "\xef\xbb\xbf[a]\r\n k = v w \r\n", "a|k|v w\n" },
		{ "k=v", "|k|v\n" },
		{ "[a]\n;k=1\n#k=2\n\n  # k=3\nk=4", "a|k|4\n" },
		{ "[a]\nk=\n=v\nk=a=b\n", "a|k|\na||v\na|k|a=b\n" },
		{ "[a\nk=v\n", "a|k|v\n" },
		{ "[]\nk=v\n[Account: 1]\nk=w\n", "|k|v\nAccount: 1|k|w\n" },
		{ "[a]x\nno line\nk[$e]=$HOME/x\n", "a|k[$e]|$HOME/x\n" },
	};
	struct buf out = BUF_EMPTY;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(strcmp(lines_of(slice_string(cases[i].text), &out), cases[i].lines) == 0,
		    "case %zu: %s", i, buf_text(&out));
	for (n = 0; n < strlen(cases[7].text); n++)
		T(strlen(lines_of(slice_of(cases[7].text, n), &out)) <= strlen(cases[7].lines),
		    "a prefix of %zu", n);
	buf_free(&out);
	return t_done();
}
