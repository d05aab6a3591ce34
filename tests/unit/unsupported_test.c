/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

/* What is written, what must be found for it. */
static const struct {
	const char *file, *text, *path, *client, *format;
} cases[] = {
	{ "AppData/Local/Mailbird/Store/Store.db", "SQLite format 3", "AppData/Local/Mailbird/Store/Store.db",
	    "mailbird", "mailbird" },
	{ "AppData/Local/Spark Desktop/core-data/x", "x", "AppData/Local/Spark Desktop/core-data",
	    "spark", "spark" },
};

static void
every_one(void)
{
	const struct location *l;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		kit_write(path_join(&kit.arena, "home", cases[i].file), cases[i].text);
	kit_find(&locate_unsupported);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = path_join(&kit.arena, "home", cases[i].path);

		l = kit_expect(path, cases[i].client, path_base(path), cases[i].format, "plain");
		T(l && !l->supported && l->reason[strlen(l->reason) - 1] == '.', "%s: a sentence", path);
	}
	T(kit.found.n == i, "%zu locations", kit.found.n);
}

/* On a mounted Windows, in other letters. */
static void
on_windows(void)
{
	kit_directory("win/Windows/System32/config");
	kit_write("win/Users/Ann/APPDATA/local/mailbird/store/store.DB", "SQLite format 3");
	kit_find_in(&locate_unsupported, kit_home("win/Users/Ann"));
	kit_expect("win/Users/Ann/APPDATA/local/mailbird/store/store.DB", "mailbird", "store.DB",
	    "mailbird", "plain");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
}

int
main(void)
{
	every_one();
	on_windows();
	return kit_done();
}
