/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_CLIENTS_H
#define BACKENDS_CLIENTS_CLIENTS_H

#include "backends/clients/homes.h"
#include "core/port/locator.h"

/*
 * The locators.  A client's own configuration knows more about a directory
 * than its look does, so the registry lists them in this order, and the
 * first to name a directory keeps it.
 */
extern const struct locator_ops locate_mozilla;
extern const struct locator_ops locate_netscape;
extern const struct locator_ops locate_claws;
extern const struct locator_ops locate_evolution;
extern const struct locator_ops locate_kmail;
extern const struct locator_ops locate_geary;
extern const struct locator_ops locate_apple;
extern const struct locator_ops locate_outlook_mac;
extern const struct locator_ops locate_mutt;
extern const struct locator_ops locate_alpine;
extern const struct locator_ops locate_balsa;
extern const struct locator_ops locate_dovecot;
extern const struct locator_ops locate_fetch;
extern const struct locator_ops locate_gnus;
extern const struct locator_ops locate_mh;
extern const struct locator_ops locate_exports;
extern const struct locator_ops locate_maildir;
extern const struct locator_ops locate_spool;
extern const struct locator_ops locate_outlook;
extern const struct locator_ops locate_outlook_express;
extern const struct locator_ops locate_windows_mail;
extern const struct locator_ops locate_eudora;
extern const struct locator_ops locate_thebat;
extern const struct locator_ops locate_becky;
extern const struct locator_ops locate_pegasus;
extern const struct locator_ops locate_opera;
extern const struct locator_ops locate_foxmail;
extern const struct locator_ops locate_emclient;
extern const struct locator_ops locate_incredimail;
extern const struct locator_ops locate_caches;
extern const struct locator_ops locate_unsupported;

#endif
