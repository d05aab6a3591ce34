# SPDX-License-Identifier: MIT
# bash completion for mailcask(1)

_mailcask_mailboxes() {
	# Names hold blanks, so one a line.
	local IFS=$'\n' name
	for name in $(mailcask list --json 2>/dev/null | sed -n 's/^{"name":"\([^"\\]*\)".*/\1/p'); do
		[[ $name == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
	done
	declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
}

_mailcask() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
	local common="--archive --data --help" options=
	local keys="--identity --identity-command"
	COMPREPLY=()
	# Names of mailboxes hold colons, which readline takes for ends of words.
	declare -F _get_comp_words_by_ref >/dev/null && _get_comp_words_by_ref -n : cur prev
	if [[ $COMP_CWORD -eq 1 ]]; then
		COMPREPLY=($(compgen -W "locate backup snapshots list search show restore export check
		    repair forget prune target push status schedule init key --help --version" -- "$cur"))
		return
	fi
	case $prev in
	--home|--root|--data|--save|--archive|--from) COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--to|--identity) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--format) COMPREPLY=($(compgen -W "mbox maildir mh eml emlx evolution kmail" -- "$cur")); return ;;
	--codec) COMPREPLY=($(compgen -W "zstd gzip" -- "$cur")); return ;;
	--mailbox) _mailcask_mailboxes; return ;;
	--at|--limit|--part|--alarm-percent|--max-age|--transfers|--bandwidth|--time|--identity-command|--recipient) return ;;
	esac
	case $verb in
	locate) options="--home --root --json --help" ;;
	backup) options="--home --root --alarm-percent --codec --transfers --bandwidth --max-age --quiet --json $keys $common" ;;
	snapshots) options="--json $keys $common" ;;
	list) options="--at --gone --json $keys $common" ;;
	search) options="--limit --oldest-first --json $keys $common" ;;
	show) options="--raw --mailbox --part --save --json $keys $common" ;;
	restore) options="--to --in-place --at --format --overwrite --mail-only --quiet --json $keys $common" ;;
	export) options="--to --format --mailbox --at --quiet --json $keys $common" ;;
	check) options="--read-data --quiet --json $keys $common" ;;
	repair) options="--from --quiet --json $keys $common" ;;
	forget) options="--keep-last --keep-hourly --keep-daily --keep-weekly --keep-monthly --keep-yearly
	    --keep-within --keep-alarmed --keep-messages --drop-messages --dry-run --quiet --json $keys $common" ;;
	prune) options="--threshold --dry-run --quiet --json $keys $common" ;;
	target) options="--quiet --json $keys $common" ;;
	push) options="--transfers --bandwidth --max-age --quiet --json $keys $common" ;;
	status) options="--max-age --quiet --json $keys $common" ;;
	schedule) options="--time --home --systemd --cron --quiet $common" ;;
	init) options="--codec --encrypt --recipient --identity --quiet $common" ;;
	key) options="--passphrase --quiet --json $keys $common" ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
		return
	fi
	case $verb in
	locate|backup) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
	init) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
	list|restore) _mailcask_mailboxes ;;
	search|export) compopt -o nospace 2>/dev/null
		COMPREPLY=($(compgen -W "from: to: subject: file: folder: client: account: tag: id:
		    is:unread is:seen is:flagged is:answered is:draft is:deleted is:forwarded
		    has:attachment date: before: after: larger: smaller:" -- "$cur")) ;;
	schedule) COMPREPLY=($(compgen -W "install show remove" -- "$cur")) ;;
	key) COMPREPLY=($(compgen -W "show make enter add remove trust" -- "$cur")) ;;
	esac
}

complete -F _mailcask mailcask
