/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* IncrediMail: a directory for each identity, with its Message Store. */
#define CLIENT "incredimail"
#define NO_MAIL "No index that says what is in it was found: in IncrediMail move the mail to an IMAP " \
    "account."

static const struct place places[] = {
	{ PLACE_HOME, "AppData/Local/IM/Identities/*/Message Store", NULL },
	{ PLACE_HOME, "Local Settings/Application Data/IM/Identities/*/Message Store", NULL },
	{ PLACE_HOME, "Application Data/IM/Identities/*/Message Store", NULL },
	{ PLACE_HOME, "Windows/Application Data/IM/Identities/*/Message Store", NULL },
	{ PLACE_WINDOWS, "*/*/IM/Identities/*/Message Store", NULL },
	{ PLACE_ROOT, "Program Files*/IncrediMail/Data/Identities/*/Message Store", NULL },
	{ PLACE_HOME, NULL, NULL }
};

/* In the store, and in the identity's directory above it. */
static const struct keep store_keep[] = {
	{ "Attachments", "store" },
	{ "Messages", "store" },
	{ NULL, NULL }
};

static const struct keep identity_keep[] = {
	{ "AddressBook*", "addresses" },
	{ "Address Book", "addresses" },
	{ "*.imb", "addresses" },
	{ "Rules*", "filters" },
	{ "Signatures", "signature" },
	{ NULL, NULL }
};

static void
add(const struct disk *d, const char *path, struct locations *out)
{
	const char *identity = path_parent(d->arena, path);
	struct companions list = VEC_EMPTY;
	struct location *l;

	if (!places_holds(d, path, "*.imh") && !places_holds(d, path, "Containers.db") &&
	    !places_holds(d, path, "MessageStore.db")) {
		if (places_holds(d, path, "*.imm"))
			found_unsupported(d, out, CLIENT, path_base(identity), CLIENT, path, NO_MAIL);
		return;
	}
	l = found_add(d, out, CLIENT, path_base(identity), CLIENT, "plain", path);
	companions_keep(d, &list, path, store_keep);
	companions_keep(d, &list, identity, identity_keep);
	companions_give(&list, d->arena, l);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++)
		add(&d, paths.items[i], out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_incredimail = {
	.name = CLIENT,
	.find = find,
};
