# SPDX-License-Identifier: MIT
# fish completion for mailcask(1)

function __mailcask_mailboxes
	mailcask list --json 2>/dev/null | string replace -rf '^\{"name":"([^"\\\\]*)".*' '$1'
end

function __mailcask_verb
	set -l words (commandline -opc)
	test (count $words) -ge 2; and contains -- $words[2] $argv
end

complete -c mailcask -f
set -l none 'test (count (commandline -opc)) -eq 1'
complete -c mailcask -n $none -a locate -d 'Show which mail is where'
complete -c mailcask -n $none -a backup -d 'Save what is new'
complete -c mailcask -n $none -a snapshots -d 'Show the backups there are'
complete -c mailcask -n $none -a list -d 'Show the mailboxes, or the messages of one'
complete -c mailcask -n $none -a search -d 'Find messages, deleted ones as well'
complete -c mailcask -n $none -a show -d 'Read a message, or get its parts out'
complete -c mailcask -n $none -a restore -d 'Give mail back'
complete -c mailcask -n $none -a export -d 'Write the messages that a query finds'
complete -c mailcask -n $none -a check -d 'Prove the archive'
complete -c mailcask -n $none -a repair -d 'Mend a damaged archive'
complete -c mailcask -n $none -a forget -d 'Let old backups go by rules'
complete -c mailcask -n $none -a prune -d 'Free the space of what no backup needs'
complete -c mailcask -n $none -a target -d 'Where else copies of the archive lie'
complete -c mailcask -n $none -a push -d 'Give the other targets what they lack'
complete -c mailcask -n $none -a status -d 'Show how old the newest backup is'
complete -c mailcask -n $none -a schedule -d 'Install, show or remove the nightly run'
complete -c mailcask -n $none -a init -d 'Make an archive'
complete -c mailcask -n $none -a key -d 'Keys of an encrypted archive'
complete -c mailcask -n $none -l version -d 'Show the version'
complete -c mailcask -l help -d 'Show help'

set -l not_locate '__mailcask_verb backup snapshots list search show restore export check repair forget prune target push status schedule init key'
complete -c mailcask -n $not_locate -l archive -r -F -d 'The archive'
complete -c mailcask -n $not_locate -l data -r -a '(__fish_complete_directories)' -d 'The data directory'
complete -c mailcask -n '__mailcask_verb locate backup snapshots list search show restore export check repair forget prune target push status key' -l json -d 'Print JSON'
complete -c mailcask -n '__mailcask_verb backup restore export check repair forget prune target push status schedule init key' -l quiet -d 'Print nothing at success'
complete -c mailcask -n '__mailcask_verb locate backup schedule' -l home -r -a '(__fish_complete_directories)' -d 'A home directory'
complete -c mailcask -n '__mailcask_verb locate backup' -l root -r -a '(__fish_complete_directories)' -d 'A mounted disk'
complete -c mailcask -n '__mailcask_verb locate backup' -F
complete -c mailcask -n '__mailcask_verb backup' -l alarm-percent -x -d 'Alarm when fewer messages are left'
complete -c mailcask -n '__mailcask_verb backup init' -l codec -x -a 'zstd gzip' -d 'How to compress'
complete -c mailcask -n '__mailcask_verb list restore export' -l at -x -d 'As of a date or a snapshot'
complete -c mailcask -n '__mailcask_verb list' -l gone -d 'Also mailboxes that are no longer there'
complete -c mailcask -n '__mailcask_verb list restore' -a '(__mailcask_mailboxes)'
complete -c mailcask -n '__mailcask_verb search' -l limit -x -d 'At most so many'
complete -c mailcask -n '__mailcask_verb search' -l oldest-first -d 'The oldest first'
complete -c mailcask -n '__mailcask_verb show' -l raw -d 'The stored bytes'
complete -c mailcask -n '__mailcask_verb show export' -l mailbox -x -a '(__mailcask_mailboxes)' -d 'A mailbox'
complete -c mailcask -n '__mailcask_verb show' -l part -x -d 'One part, decoded'
complete -c mailcask -n '__mailcask_verb show' -l save -r -a '(__fish_complete_directories)' -d 'Save attachments'
complete -c mailcask -n '__mailcask_verb restore export' -l to -r -F -d 'Where to write'
complete -c mailcask -n '__mailcask_verb restore export' -l format -x -a 'mbox maildir mh eml emlx evolution kmail' -d 'Format to write'
complete -c mailcask -n '__mailcask_verb restore' -l in-place -d 'Put mail back where it was'
complete -c mailcask -n '__mailcask_verb restore' -l overwrite -d 'Replace files that differ'
complete -c mailcask -n '__mailcask_verb restore' -l mail-only -d 'Leave settings and address books out'
complete -c mailcask -n '__mailcask_verb check' -l read-data -d 'Read every byte (=N/M, =P%: of a share)'
for period in last hourly daily weekly monthly yearly
	complete -c mailcask -n '__mailcask_verb forget' -l keep-$period -x -d 'Keep so many'
end
# keep-last keep-hourly keep-daily keep-weekly keep-monthly keep-yearly
complete -c mailcask -n '__mailcask_verb forget' -l keep-within -x -d 'Keep all within a span'
complete -c mailcask -n '__mailcask_verb forget' -l keep-alarmed -d 'Keep those that found mail missing'
complete -c mailcask -n '__mailcask_verb forget' -l keep-messages -d 'Mail in no backup any more stays'
complete -c mailcask -n '__mailcask_verb forget' -l drop-messages -d 'Mail in no backup any more goes'
complete -c mailcask -n '__mailcask_verb forget prune' -l dry-run -d 'Only say what would be done'
complete -c mailcask -n '__mailcask_verb target' -a 'add list remove'
complete -c mailcask -n '__mailcask_verb backup push' -l transfers -x -d 'Files at a time to each target'
complete -c mailcask -n '__mailcask_verb backup push' -l bandwidth -x -d 'At most so many bytes a second'
complete -c mailcask -n '__mailcask_verb backup push' -l max-age -x -d 'Fail when a target has been away for longer'
complete -c mailcask -n '__mailcask_verb repair' -l from -r -F -d 'Another copy of the archive'
complete -c mailcask -n '__mailcask_verb prune' -l threshold -x -d 'Make packs anew that are emptier'
complete -c mailcask -n '__mailcask_verb status' -l max-age -x -d 'Exit status 1 when older'
complete -c mailcask -n '__mailcask_verb schedule' -l time -x -d 'When: HH:MM'
complete -c mailcask -n '__mailcask_verb schedule' -l systemd -d 'A systemd user timer'
complete -c mailcask -n '__mailcask_verb schedule' -l cron -d 'A line in the crontab'
complete -c mailcask -n '__mailcask_verb schedule' -a 'install show remove'
complete -c mailcask -n '__mailcask_verb init' -F
set -l reads '__mailcask_verb backup snapshots list search show restore export check repair forget prune target push status key'
complete -c mailcask -n $reads -l identity -r -F -d 'The key of an encrypted archive'
complete -c mailcask -n $reads -l identity-command -x -d 'A command that prints it'
complete -c mailcask -n '__mailcask_verb init' -l encrypt -d 'Make a key, and encrypt to it'
complete -c mailcask -n '__mailcask_verb init' -l recipient -x -d 'Encrypt to this key'
complete -c mailcask -n '__mailcask_verb init' -l identity -r -F -d 'Where the key goes'
complete -c mailcask -n '__mailcask_verb key' -l passphrase -d 'The file wants one'
complete -c mailcask -n '__mailcask_verb key' -F -a 'show make enter add remove trust'
