#!/bin/sh
# SPDX-License-Identifier: MIT
# Install what run.py drives, as root or through sudo: Debian 12's clients, a
# Dovecot for them to fetch from, and an invisible screen.  Debian starts no
# server by this: policy-rc.d forbids it for the time of the installation.
set -eu
packages="thunderbird claws-mail sylpheed mutt neomutt alpine isync offlineimap3 getmail6 fetchmail
procmail maildrop dovecot-imapd dovecot-pop3d xvfb xauth xdotool openbox dbus python3"
missing=
for package in $packages; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
	    missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
	as_root=
else
	as_root=sudo
fi
echo "install.sh: installing$missing" >&2
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
	$as_root chmod 755 $policy
	trap '$as_root rm -f $policy' EXIT
fi
install() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2
}
install || { $as_root apt-get update >&2 && install; }
