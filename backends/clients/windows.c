/* SPDX-License-Identifier: MIT */
#include "backends/clients/windows.h"

#include <ctype.h>
#include <string.h>

#include "core/base/path.h"
#include "core/base/vec.h"

#define SHELL "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\"
#define CODEPAGE_MAX 65535u
#define PEOPLE_MAX 100u         /* in one hive of Windows 95 */

/* A home of Windows 95 to Me without profiles is the disk itself. */
static const char *const local_places[] = { "AppData/Local", "Local Settings/Application Data",
	"Windows/Local Settings/Application Data", NULL };
static const char *const roaming_places[] = { "AppData/Roaming", "Application Data",
	"Windows/Application Data", NULL };
static const char *const document_places[] = { "Documents", "My Documents", "OneDrive*/Documents",
	NULL };

static void
add(struct paths *list, const char *path)
{
	size_t i;

	for (i = 0; path != NULL && i < list->n; i++)
		if (strcmp(list->items[i], path) == 0)
			return;
	if (path != NULL)
		*vec_push(list) = path;
}

static void
add_places(const struct windows *w, const char *const *patterns, const char *value,
    struct paths *out)
{
	static const char *const keys[] = { SHELL "User Shell Folders", SHELL "Shell Folders" };
	const struct disk *d = w->disk;
	struct paths found = VEC_EMPTY;
	const char *text;
	size_t i;

	for (i = 0; patterns[i] != NULL; i++)
		disk_match(d, d->home->path, patterns[i], &found);
	for (i = 0; i < found.n; i++)
		add(out, found.items[i]);
	vec_free(&found);
	for (i = 0; i < 2; i++) {
		text = hive_text(&w->hive, hive_find(&w->hive, w->user, keys[i]), value,
		    d->arena);
		if (text != NULL)
			add(out, windows_place(w, text));
	}
}

/* In Windows 2000 and XP of other languages these directories have names in
 * that language: what holds the data of Microsoft's programs is one. */
static void
add_by_look(const struct windows *w, const char *pattern, struct paths *out)
{
	const struct disk *d = w->disk;
	struct paths found = VEC_EMPTY;
	size_t i;

	if (out->n > 0 || d->system != SYSTEM_WINDOWS)
		return;
	disk_match(d, d->home->path, pattern, &found);
	for (i = 0; i < found.n; i++)
		add(out, path_parent(d->arena, found.items[i]));
	vec_free(&found);
}

/* In Windows 95 to Me the hive has a key for each person in it. */
static void
find_user(struct windows *w)
{
	struct hive_keys keys = VEC_EMPTY;
	size_t i;

	w->user = hive_root(&w->hive);
	if (w->user.at == 0 || hive_find(&w->hive, w->user, "Software").at != 0)
		return;
	hive_add_keys(&w->hive, w->user, &keys);
	for (i = 0; i < keys.n && i < PEOPLE_MAX; i++) {
		if (hive_find(&w->hive, keys.items[i], "Software").at == 0)
			continue;
		w->user = keys.items[i];
		/* Of a person before ".Default". */
		if (hive_name(&w->hive, keys.items[i], w->disk->arena)[0] != '.')
			break;
	}
	vec_free(&keys);
}

void
windows_open(struct windows *w, const struct disk *d)
{
	static const char *const hives[] = { "NTUSER.DAT", "USER.DAT", "Windows/USER.DAT", NULL };
	struct error ignored = ERROR_NONE;
	size_t i;

	memset(w, 0, sizeof(*w));
	w->disk = d;
	for (i = 0; hives[i] != NULL && w->hive_path == NULL; i++) {
		w->hive_path = disk_in_home(d, hives[i]);
		if (w->hive_path != NULL && hive_open(w->hive_path, &w->hive, &ignored) < 0)
			w->hive_path = NULL;
	}
	find_user(w);
	add_places(w, local_places, "Local AppData", &w->local);
	add_places(w, roaming_places, "AppData", &w->roaming);
	add_by_look(w, "*/*/Microsoft", &w->local);
	add_by_look(w, "*/*/Identities", &w->local);
	add_by_look(w, "*/Microsoft", &w->roaming);
	add_places(w, document_places, "Personal", &w->documents);
}

void
windows_close(struct windows *w)
{
	hive_close(&w->hive);
	vec_free(&w->local);
	vec_free(&w->roaming);
	vec_free(&w->documents);
}

static const char *
first_of(const struct paths *list)
{
	return list->n > 0 ? list->items[0] : NULL;
}

/* The directory that a variable at the beginning of text names; *rest is what
 * follows.  NULL: none that is known. */
static const char *
variable(const struct windows *w, struct slice text, struct slice *rest)
{
	const struct home *home = w->disk->home;
	const struct {
		const char *name, *path;
	} known[] = {
		{ "%USERPROFILE%", home->path },
		{ "%HOMEDRIVE%%HOMEPATH%", home->path },
		{ "%LOCALAPPDATA%", first_of(&w->local) },
		{ "%APPDATA%", first_of(&w->roaming) },
		{ "%SYSTEMDRIVE%", home->root },
		{ "%HOMEDRIVE%", home->root },
		{ "%SYSTEMROOT%", path_join(w->disk->arena, home->root, "Windows") },
		{ "%WINDIR%", path_join(w->disk->arena, home->root, "Windows") },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!slice_starts_nocase(text, known[i].name))
			continue;
		*rest = slice_from(text, strlen(known[i].name));
		while (slice_starts(*rest, "\\") || slice_starts(*rest, "/"))
			*rest = slice_from(*rest, 1);
		return known[i].path;
	}
	return NULL;
}

const char *
windows_place(const struct windows *w, const char *text)
{
	struct slice rest = slice_string(text);
	const char *base;
	char *relative;
	size_t i;

	if (text[0] != '%')
		return disk_named(w->disk, w->disk->home->path, rest, NULL);
	base = variable(w, rest, &rest);
	if (base == NULL)
		return NULL;
	relative = arena_string_of(w->disk->arena, rest);
	for (i = 0; relative[i] != '\0'; i++)
		if (relative[i] == '\\')
			relative[i] = '/';
	return disk_below(w->disk, base, relative);
}

bool
windows_is_elsewhere(const struct windows *w, const char *text)
{
	return disk_is_elsewhere(w->disk, slice_string(text));
}

unsigned
windows_codepage(const struct windows *w)
{
	/* Sets differ in drivers, not in the language. */
	static const struct {
		const char *file, *key;
	} places[] = {
		{ "Windows/System32/config/SYSTEM", "ControlSet001\\Control\\Nls\\CodePage" },
		{ "WINNT/System32/config/SYSTEM", "ControlSet001\\Control\\Nls\\CodePage" },
		{ "Windows/SYSTEM.DAT", "System\\CurrentControlSet\\Control\\Nls\\CodePage" },
	};
	const struct disk *d = w->disk;
	struct error ignored = ERROR_NONE;
	struct hive hive;
	const char *path, *text;
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && number == 0; i++) {
		path = disk_below(d, d->home->root, places[i].file);
		if (path == NULL || hive_open(path, &hive, &ignored) < 0)
			continue;
		text = hive_text(&hive, hive_find(&hive, hive_root(&hive), places[i].key), "ACP",
		    d->arena);
		if (text == NULL || !slice_number(slice_string(text), CODEPAGE_MAX, &number))
			number = 0;
		hive_close(&hive);
	}
	return (unsigned)number;
}

void
windows_keep(const struct windows *w, const struct paths *directories, const struct keep *keep,
    struct companions *out)
{
	size_t i;

	for (i = 0; i < directories->n; i++)
		companions_keep(w->disk, out, directories->items[i], keep);
}
