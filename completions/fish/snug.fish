# fish completion for snug.  tools/gen-docs makes it of completions/fish/snug.fish.in and the table of options.

# What follows an option, a word an argument.
function __snug_arguments
    switch $argv[1]
        case --args
            string split ' ' 'FD'
        case --args-file
            string split ' ' 'FILE'
        case --argv0
            string split ' ' 'VALUE'
        case --userns
            string split ' ' 'FD'
        case --userns2
            string split ' ' 'FD'
        case --pidns
            string split ' ' 'FD'
        case --uid
            string split ' ' 'UID'
        case --gid
            string split ' ' 'GID'
        case --uid-map
            string split ' ' 'IN'
        case --gid-map
            string split ' ' 'IN'
        case --hostname
            string split ' ' 'NAME'
        case --chdir
            string split ' ' 'DIR'
        case --setenv
            string split ' ' 'VAR VALUE'
        case --unsetenv
            string split ' ' 'VAR'
        case --keep-fd
            string split ' ' 'FD'
        case --umask
            string split ' ' 'OCTAL'
        case --nice
            string split ' ' 'N'
        case --rlimit
            string split ' ' 'RLIMIT'
        case --lock-file
            string split ' ' 'DEST'
        case --sync-fd
            string split ' ' 'FD'
        case --block-fd
            string split ' ' 'FD'
        case --userns-block-fd
            string split ' ' 'FD'
        case --info-fd
            string split ' ' 'FD'
        case --json-status-fd
            string split ' ' 'FD'
        case --bind
            string split ' ' 'SRC DEST'
        case --bind-try
            string split ' ' 'SRC DEST'
        case --dev-bind
            string split ' ' 'SRC DEST'
        case --dev-bind-try
            string split ' ' 'SRC DEST'
        case --ro-bind
            string split ' ' 'SRC DEST'
        case --ro-bind-try
            string split ' ' 'SRC DEST'
        case --bind-fd
            string split ' ' 'FD DEST'
        case --ro-bind-fd
            string split ' ' 'FD DEST'
        case --remount-ro
            string split ' ' 'DEST'
        case --overlay-src
            string split ' ' 'SRC'
        case --overlay
            string split ' ' 'RWSRC WORKDIR DEST'
        case --tmp-overlay
            string split ' ' 'DEST'
        case --ro-overlay
            string split ' ' 'DEST'
        case --proc
            string split ' ' 'DEST'
        case --dev
            string split ' ' 'DEST'
        case --tmpfs
            string split ' ' 'DEST'
        case --mqueue
            string split ' ' 'DEST'
        case --dir
            string split ' ' 'DEST'
        case --file
            string split ' ' 'FD DEST'
        case --bind-data
            string split ' ' 'FD DEST'
        case --ro-bind-data
            string split ' ' 'FD DEST'
        case --symlink
            string split ' ' 'TARGET DEST'
        case --chmod
            string split ' ' 'OCTAL PATH'
        case --perms
            string split ' ' 'OCTAL'
        case --size
            string split ' ' 'BYTES'
        case --file-label
            string split ' ' 'LABEL'
        case --memory
            string split ' ' 'SIZE'
        case --memory-high
            string split ' ' 'SIZE'
        case --swap
            string split ' ' 'SIZE'
        case --cpus
            string split ' ' 'N'
        case --cpu-weight
            string split ' ' 'N'
        case --cpuset
            string split ' ' 'CPUS'
        case --pids
            string split ' ' 'N'
        case --io-weight
            string split ' ' 'N'
        case --cgroup-property
            string split ' ' 'PROPERTY'
        case --cgroup-manager
            string split ' ' 'MANAGER'
        case --exec-label
            string split ' ' 'LABEL'
        case --seccomp
            string split ' ' 'FD'
        case --add-seccomp-fd
            string split ' ' 'FD'
        case --seccomp-profile
            string split ' ' 'PROFILE'
        case --cap-add
            string split ' ' 'CAP'
        case --cap-drop
            string split ' ' 'CAP'
    end
end

# Where the cursor is, in two words: "option", "value" and its kind, or "command" and the number of the word that it
# begins with.
function __snug_place
    set -l words (commandline -opc)
    set -l here (math (count $words) + 1)
    set -l at 2
    while test $at -lt $here; and string match -q -- '-*' $words[$at]
        if test $words[$at] = --
            printf '%s\n' command (math $at + 1)
            return
        end
        set -l kinds (__snug_arguments $words[$at])
        if test $here -le (math $at + (count $kinds))
            printf '%s\n' value $kinds[(math $here - $at)]
            return
        end
        set at (math $at + 1 + (count $kinds))
    end
    if test $at -eq $here; and string match -q -- '-*' (commandline -ct)
        echo option
    else
        printf '%s\n' command $at
    end
end

function __snug_at
    set -l place (__snug_place)
    test $place[1] = $argv[1]
end

# Values for an argument of a kind.
function __snug_values
    switch $argv[1]
        case SRC DEST FILE PATH RWSRC WORKDIR TARGET
            __fish_complete_path (commandline -ct)
        case DIR
            __fish_complete_directories (commandline -ct) ''
        case PROFILE
            echo default
            __fish_complete_path (commandline -ct)
        case FORMAT
            printf '%s\n' text json
        case MANAGER
            printf '%s\n' systemd cgroupfs
        case CPUS
            cat /sys/devices/system/cpu/online
        case VAR
            set -nx
        case FD
            string match -rg '/([0-9]+)$' -- /proc/self/fd/*
        case CAP
            string match -ra '\S+' -- 'ALL
                CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP
                CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND
                CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            '
        case RLIMIT
            string match -ra '\S+' -- '
                as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime
                sigpending stack
            ' | string replace -r '$' '='
    end
end

# The command's own completion, as if it stood alone.
function __snug_command
    set -l words (commandline -opc)
    set -l at (__snug_place)[2]
    complete -C (string join ' ' -- (string escape -- $words[$at..]) (commandline -ct))
end

complete -c snug -f
complete -c snug -n '__snug_at value' -a '(__snug_values (__snug_place)[2])'
complete -c snug -n '__snug_at command' -a '(__snug_command)'
complete -c snug -n '__snug_at option' -l help -d 'Print this help'
complete -c snug -n '__snug_at option' -l version -d 'Print the version'
complete -c snug -n '__snug_at option' -l args -d 'Read NUL-separated arguments from FD'
complete -c snug -n '__snug_at option' -l args-file -d 'Read NUL-separated arguments from FILE'
complete -c snug -n '__snug_at option' -l argv0 -d 'Start the program with VALUE as its argv[0]'
complete -c snug -n '__snug_at option' -l level-prefix -d 'Begin each message with its syslog level, as in <3>'
complete -c snug -n '__snug_at option' -l explain -d 'Show what would be done, as text or json, and do nothing' -f -a '(__snug_values FORMAT)'
complete -c snug -n '__snug_at option' -l not-a-security-boundary -d 'Let certain failures of the set-up be warnings'
complete -c snug -n '__snug_at option' -l unshare-all -d 'Make every kind of namespace new'
complete -c snug -n '__snug_at option' -l share-net -d 'Keep the host\'s network after --unshare-all'
complete -c snug -n '__snug_at option' -l unshare-user -d 'Make a new user namespace (implied for ordinary users)'
complete -c snug -n '__snug_at option' -l unshare-user-try -d 'Make a new user namespace if possible'
complete -c snug -n '__snug_at option' -l unshare-ipc -d 'Make a new ipc namespace'
complete -c snug -n '__snug_at option' -l unshare-pid -d 'Make a new pid namespace'
complete -c snug -n '__snug_at option' -l unshare-net -d 'Make a new network namespace with nothing but loopback'
complete -c snug -n '__snug_at option' -l unshare-uts -d 'Make a new uts namespace'
complete -c snug -n '__snug_at option' -l unshare-cgroup -d 'Make a new cgroup namespace'
complete -c snug -n '__snug_at option' -l unshare-cgroup-try -d 'Make a new cgroup namespace if possible'
complete -c snug -n '__snug_at option' -l userns -d 'Use the user namespace behind FD'
complete -c snug -n '__snug_at option' -l userns2 -d 'Switch to the user namespace behind FD after set-up'
complete -c snug -n '__snug_at option' -l disable-userns -d 'Let the program make no further user namespaces'
complete -c snug -n '__snug_at option' -l assert-userns-disabled -d 'Fail unless further user namespaces are disabled'
complete -c snug -n '__snug_at option' -l pidns -d 'Use the pid namespace behind FD'
complete -c snug -n '__snug_at option' -l uid -d 'Be UID in the sandbox'
complete -c snug -n '__snug_at option' -l gid -d 'Be GID in the sandbox'
complete -c snug -n '__snug_at option' -l map-auto -d 'Be root inside, with all subordinate ids mapped from 1 on'
complete -c snug -n '__snug_at option' -l map-ids -d 'Keep the own id, with subordinate ids mapped around it'
complete -c snug -n '__snug_at option' -l uid-map -d 'Map N user ids from OUT outside to IN inside'
complete -c snug -n '__snug_at option' -l gid-map -d 'Map N group ids from OUT outside to IN inside'
complete -c snug -n '__snug_at option' -l hostname -d 'Set the host name in the sandbox'
complete -c snug -n '__snug_at option' -l chdir -d 'Start in the directory DIR'
complete -c snug -n '__snug_at option' -l clearenv -d 'Begin with an empty environment'
complete -c snug -n '__snug_at option' -l setenv -d 'Set a variable of the environment'
complete -c snug -n '__snug_at option' -l unsetenv -d 'Remove a variable from the environment'
complete -c snug -n '__snug_at option' -l new-session -d 'Start in a new terminal session'
complete -c snug -n '__snug_at option' -l pty -d 'Give the program a terminal of its own'
complete -c snug -n '__snug_at option' -l die-with-parent -d 'Kill the sandbox when the caller dies'
complete -c snug -n '__snug_at option' -l as-pid-1 -d 'Run the program itself as pid 1'
complete -c snug -n '__snug_at option' -l keep-fd -d 'Pass the descriptor FD on to the program'
complete -c snug -n '__snug_at option' -l umask -d 'Set the file mode mask'
complete -c snug -n '__snug_at option' -l nice -d 'Add N to the program\'s niceness'
complete -c snug -n '__snug_at option' -l rlimit -d 'Limit a resource, as in nofile=1024:4096'
complete -c snug -n '__snug_at option' -l lock-file -d 'Hold a lock on DEST while the sandbox runs'
complete -c snug -n '__snug_at option' -l sync-fd -d 'Keep FD open while the sandbox runs'
complete -c snug -n '__snug_at option' -l block-fd -d 'Wait for a byte from FD before the program starts'
complete -c snug -n '__snug_at option' -l userns-block-fd -d 'Wait for FD while others write the id maps'
complete -c snug -n '__snug_at option' -l info-fd -d 'Write pid and namespace ids to FD as JSON'
complete -c snug -n '__snug_at option' -l json-status-fd -d 'Write start and exit to FD as lines of JSON'
complete -c snug -n '__snug_at option' -l bind -d 'Bind SRC on DEST'
complete -c snug -n '__snug_at option' -l bind-try -d 'Bind SRC on DEST, if SRC exists'
complete -c snug -n '__snug_at option' -l dev-bind -d 'Bind SRC on DEST, device files working'
complete -c snug -n '__snug_at option' -l dev-bind-try -d 'The same, if SRC exists'
complete -c snug -n '__snug_at option' -l ro-bind -d 'Bind SRC read-only on DEST'
complete -c snug -n '__snug_at option' -l ro-bind-try -d 'Bind SRC read-only on DEST, if SRC exists'
complete -c snug -n '__snug_at option' -l bind-fd -d 'Bind what FD refers to on DEST'
complete -c snug -n '__snug_at option' -l ro-bind-fd -d 'Bind what FD refers to read-only on DEST'
complete -c snug -n '__snug_at option' -l remount-ro -d 'Make the mount at DEST read-only'
complete -c snug -n '__snug_at option' -l overlay-src -d 'Add a lower layer to the overlay that follows'
complete -c snug -n '__snug_at option' -l overlay -d 'Mount an overlay on DEST that writes to RWSRC'
complete -c snug -n '__snug_at option' -l tmp-overlay -d 'Mount an overlay on DEST that forgets what is written'
complete -c snug -n '__snug_at option' -l ro-overlay -d 'Mount a read-only overlay on DEST'
complete -c snug -n '__snug_at option' -l proc -d 'Mount /proc on DEST'
complete -c snug -n '__snug_at option' -l dev -d 'Make a minimal /dev on DEST'
complete -c snug -n '__snug_at option' -l tmpfs -d 'Mount a tmpfs on DEST'
complete -c snug -n '__snug_at option' -l mqueue -d 'Mount POSIX message queues on DEST'
complete -c snug -n '__snug_at option' -l dir -d 'Make the directory DEST'
complete -c snug -n '__snug_at option' -l file -d 'Copy from FD to the file DEST'
complete -c snug -n '__snug_at option' -l bind-data -d 'Copy from FD to a file bound on DEST'
complete -c snug -n '__snug_at option' -l ro-bind-data -d 'Copy from FD to a file bound read-only on DEST'
complete -c snug -n '__snug_at option' -l symlink -d 'Make a symlink at DEST that says TARGET'
complete -c snug -n '__snug_at option' -l chmod -d 'Change the mode of PATH'
complete -c snug -n '__snug_at option' -l perms -d 'Set the mode of what the next option makes'
complete -c snug -n '__snug_at option' -l size -d 'Set the size of the next --tmpfs'
complete -c snug -n '__snug_at option' -l file-label -d 'Label temporary content with LABEL (SELinux)'
complete -c snug -n '__snug_at option' -l memory -d 'Let it use SIZE of memory, as in 512M'
complete -c snug -n '__snug_at option' -l memory-high -d 'Slow it down when it uses more than SIZE of memory'
complete -c snug -n '__snug_at option' -l swap -d 'Let it use SIZE of swap besides the memory'
complete -c snug -n '__snug_at option' -l cpus -d 'Let it use the time of N processors, as in 1.5'
complete -c snug -n '__snug_at option' -l cpu-weight -d 'Its share of busy processors, 1 to 10000'
complete -c snug -n '__snug_at option' -l cpuset -d 'Run it on these processors, as in 0-3,6'
complete -c snug -n '__snug_at option' -l pids -d 'Let it have N processes and threads'
complete -c snug -n '__snug_at option' -l io-weight -d 'Its share of busy disks, 1 to 10000'
complete -c snug -n '__snug_at option' -l cgroup-property -d 'Set NAME=VALUE, a property of its systemd unit'
complete -c snug -n '__snug_at option' -l cgroup-manager -d 'Who makes its cgroup: systemd, or cgroupfs'
complete -c snug -n '__snug_at option' -l exec-label -d 'Run the program under LABEL (SELinux)'
complete -c snug -n '__snug_at option' -l seccomp -d 'Load a compiled seccomp filter from FD'
complete -c snug -n '__snug_at option' -l add-seccomp-fd -d 'Load a further seccomp filter from FD'
complete -c snug -n '__snug_at option' -l seccomp-profile -d 'Filter system calls by a profile: default, or a JSON file'
complete -c snug -n '__snug_at option' -l cap-add -d 'Give the program the capability CAP, or ALL'
complete -c snug -n '__snug_at option' -l cap-drop -d 'Take the capability CAP, or ALL, from the program'
