/* SPDX-License-Identifier: MIT */
#include "backends/registry.h"

#include <string.h>

#include "backends/clients/clients.h"
#include "backends/formats/confined.h"
#include "backends/formats/dbx.h"
#include "backends/formats/formats.h"
#include "backends/formats/mapi.h"
#include "backends/formats/msg.h"
#include "backends/formats/pst.h"
#include "backends/targets/remote.h"
#include "backends/targets/targets.h"
#include "core/port/format.h"
#include "core/port/locator.h"
#include "core/port/target.h"

const struct format_ops *const registry_formats[] = { &format_mbox, &format_maildir,
	&format_mh, &format_eml, &format_archive, &format_evolution, &format_akonadi,
	&format_geary, &format_mbx, &format_mix, &format_sdbox, &format_mdbox, &format_pst,
	&format_msg, &format_dbx, &format_emlx, &format_tbb, &format_pegasus, &format_becky,
	&format_foxmail, &format_eudora, &format_mbs, &format_emclient, &format_incredimail,
	&format_babyl, &format_gyb, &format_gmvault, &format_proton, &format_olk,
	&format_mailmate, NULL };

const struct writer_ops *const registry_writers[] = { &writer_mbox, &writer_maildir,
	&writer_mh, &writer_eml, &writer_emlx, &writer_evolution, &writer_kmail, NULL };

/* The first to name a directory keeps it: see clients.h. */
const struct locator_ops *const registry_locators[] = { &locate_mozilla, &locate_netscape,
	&locate_claws, &locate_evolution, &locate_kmail, &locate_geary, &locate_apple,
	&locate_mutt, &locate_alpine, &locate_balsa, &locate_dovecot, &locate_fetch,
	&locate_gnus, &locate_exports, &locate_mh, &locate_maildir, &locate_spool,
	&locate_outlook, &locate_outlook_express, &locate_windows_mail, &locate_eudora,
	&locate_thebat, &locate_becky, &locate_pegasus, &locate_opera, &locate_foxmail,
	&locate_emclient, &locate_incredimail, &locate_caches, &locate_outlook_mac,
	&locate_unsupported, NULL };

int (*const registry_wrap)(const char *, const char *, struct error *) = archive_write_tree;

static const struct confined_parser parsers[] = {
	{ "pst", mapi_prepare, pst_parse },
	{ "msg", mapi_prepare, msg_parse },
	{ "dbx", NULL, dbx_parse },
	{ NULL, NULL, NULL },
};

static const struct target_ops *const targets[] = { &target_local, &target_sftp, &target_s3,
	&target_webdav, &target_webdavs, &target_rclone, NULL };

const struct format_ops *
format_by_name(const char *name)
{
	size_t i;

	for (i = 0; registry_formats[i] != NULL; i++) {
		if (strcmp(registry_formats[i]->name, name) == 0)
			return registry_formats[i];
	}
	return NULL;
}

const struct writer_ops *
writer_by_name(const char *name)
{
	size_t i;

	for (i = 0; registry_writers[i] != NULL; i++) {
		if (strcmp(registry_writers[i]->name, name) == 0)
			return registry_writers[i];
	}
	return NULL;
}

const struct format_ops *
format_probe(const char *path, struct error *err)
{
	const struct format_ops *best = NULL;
	int highest = 0, bid;
	size_t i;

	error_clear(err);
	for (i = 0; registry_formats[i] != NULL; i++) {
		bid = registry_formats[i]->probe(path, err);
		if (bid > highest) {
			highest = bid;
			best = registry_formats[i];
		}
	}
	if (best == NULL && err->code == ERR_NONE)
		fail(err, ERR_FORMAT, "%s: no mail of a known format", path);
	return best;
}

bool
registry_serve(int argc, char **argv, int *status)
{
	return confined_serve(argc, argv, parsers, status);
}

int
target_open(const char *url, bool create, struct target **out, struct error *err)
{
	const char *end = strstr(url, "://");
	size_t i, n;

	if (strncmp(url, "rclone:", 7) == 0)
		return target_rclone.open(url, create, out, err);
	if (end == NULL || strncmp(url, "file:", 5) == 0)
		return target_local.open(url, create, out, err);
	n = (size_t)(end - url);
	for (i = 0; targets[i] != NULL; i++) {
		if (strlen(targets[i]->scheme) == n && memcmp(targets[i]->scheme, url, n) == 0)
			return targets[i]->open(url, create, out, err);
	}
	return fail(err, ERR_USAGE, "%s: no target of that kind is known; there are directories, "
	    "sftp://, s3://, webdav://, webdavs:// and rclone:", url);
}

void
target_settle(const struct target_world *world)
{
	remote_set_world(world);
}
