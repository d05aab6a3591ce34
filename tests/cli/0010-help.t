#!/bin/sh
# SPDX-License-Identifier: MIT
# Help: on standard output, exit 0, with an example that runs its command.
. "$(dirname "$0")/lib.sh"

verbs="locate backup snapshots list search show restore export check repair forget prune target push status schedule init key"
exits 0 "help" --help
t "help: nothing on standard error" empty err
for verb in $verbs; do
	t "help lists $verb" has out "  $verb "
done
t "help lists nothing else" is "$(sed -n '/^Commands:/,/^$/p' out | grep -c '^  ')" 18
exits 0 "version" --version
t "version: one line" is "$(grep -cE '^mailcask [0-9]+\.[0-9]+\.[0-9]+$' out)" 1

for verb in $verbs; do
	exits 0 "$verb --help" "$verb" --help
	t "$verb --help: nothing on standard error" empty err
	t "$verb --help: usage" has out "Usage: mailcask $verb [OPTIONS]"
	t "$verb --help: an example" has out "  mailcask $verb"
	t "$verb --help: fits 100 columns" is "$(awk 'length($0) > 100' out)" ""
	t "$verb: the manual has its own heading" \
	    grep -q "^\.SS mailcask $verb" "$tests/../packaging/mailcask.1"
	# Every option stands in the manual and in the completions.
	for option in $(sed -n 's/^  --\([a-z-]*\) .*/\1/p' out); do
		t "$verb --$option: in the manual" \
		    grep -q "^\.B[RI]* .*\\\\-\\\\-$(echo "$option" | sed 's/-/\\\\-/g')" \
		    "$tests/../packaging/mailcask.1"
		for shell in mailcask.bash _mailcask mailcask.fish; do
			t "$verb --$option: completed by $shell" \
			    grep -q -e "$option" "$tests/../packaging/completions/$shell"
		done
	done
done
exits 0 "help wins over what is missing" restore --help
finish
