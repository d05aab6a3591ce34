/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

int
main(void)
{
	const struct location *l;

	kit_write("home/gmvault-db/db/2014-02/1.eml", MESSAGE);
	kit_write("home/GYB-GMail-Backup-ann@example.org/msg-db.sqlite", "x");
	kit_directory("home/Downloads/GYB-GMail-Backup-empty");
	kit_write("home/Downloads/Takeout/Mail/All mail.mbox", SEPARATOR MESSAGE);
	kit_write("home/Downloads/Takeout/Mail/User Settings/Filters.json", "{}");
	kit_write("home/Takeout/Photos/x.mbox", SEPARATOR MESSAGE);
	kit_find(&locate_exports);
	T(kit.found.n == 3, "%zu locations", kit.found.n);
	l = kit_expect("home/gmvault-db", "gmvault", "~/gmvault-db", "gmvault", "plain");
	T(l != NULL && l->kind == LOCATION_EXPORT, "an export");
	kit_expect("home/GYB-GMail-Backup-ann@example.org", "gyb",
	    "~/GYB-GMail-Backup-ann@example.org", "gyb", "plain");
	l = kit_expect("home/Downloads/Takeout/Mail", "takeout", "~/Downloads/Takeout/Mail", "mbox",
	    "plain");
	T(strcmp(kit_role(l, "home/Downloads/Takeout/Mail/User Settings"), "settings") == 0,
	    "filters and signatures");
	return kit_done();
}
