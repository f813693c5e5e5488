# fish completion for snug-oci.  tools/gen-docs makes it of completions/fish/snug-oci.fish.in and the tables of verbs and
# options.

# What follows a verb, a word an argument; ID=created is a container that is created.
function __snug_oci_arguments
    switch $argv[1]
        case create
            string split ' ' 'ID'
        case start
            string split ' ' 'ID=created'
        case run
            string split ' ' 'ID'
        case exec
            string split ' ' 'ID=running COMMAND...'
        case state
            string split ' ' 'ID'
        case kill
            string split ' ' 'ID=running SIGNAL'
        case delete
            string split ' ' 'ID=stopped'
        case ps
            string split ' ' 'ID=running OPTION...'
        case pause
            string split ' ' 'ID=running'
        case resume
            string split ' ' 'ID=paused'
        case update
            string split ' ' 'ID'
        case events
            string split ' ' 'ID'
        case mounts
            string split ' ' 'add|remove ID=running FILE'
        case checkpoint
            string split ' ' 'ARGUMENT...'
        case restore
            string split ' ' 'ARGUMENT...'
    end
end

# Whether an argument follows the option $argv[2] of the verb $argv[1], or before the verb ("global").
function __snug_oci_takes
    switch $argv[2]
        case create
            contains -- $argv[2] --bundle -b --config -f --pid-file --console-socket --pidfd-socket --preserve-fds
        case start
            contains -- $argv[2]
        case run
            contains -- $argv[2] --bundle -b --config -f --pid-file --console-socket --pidfd-socket --preserve-fds
        case exec
            contains -- $argv[2] --process -p --user -u --additional-gids -g --cwd --env -e --cap -c --apparmor --process-label --cgroup --pid-file --console-socket --pidfd-socket --preserve-fds
        case state
            contains -- $argv[2]
        case kill
            contains -- $argv[2]
        case delete
            contains -- $argv[2]
        case list
            contains -- $argv[2] --format -f
        case ps
            contains -- $argv[2] --format -f
        case pause
            contains -- $argv[2]
        case resume
            contains -- $argv[2]
        case update
            contains -- $argv[2] --resources -r --memory --memory-reservation --memory-swap --kernel-memory --kernel-memory-tcp --cpu-quota --cpu-period --cpu-burst --cpu-share --cpu-idle --cpu-rt-period --cpu-rt-runtime --cpuset-cpus --cpuset-mems --blkio-weight --pids-limit --l3-cache-schema --mem-bw-schema
        case events
            contains -- $argv[2] --interval
        case spec
            contains -- $argv[2] --bundle -b --file -f
        case features
            contains -- $argv[2]
        case info
            contains -- $argv[2]
        case mounts
            contains -- $argv[2]
        case checkpoint
            contains -- $argv[2]
        case restore
            contains -- $argv[2]
        case global
            contains -- $argv[2] --root --log --log-format --log-level --cgroup-manager --rootless
    end
end

# Where the cursor is: the verb or "global", how many arguments stand between, and which word the verb is.
function __snug_oci_place
    set -l words (commandline -opc)
    set -l place global
    set -l verb (math (count $words) + 1)
    set -l n 0
    set -l skip
    for at in (seq 2 (count $words))
        if set -q skip[1]
            set skip
        else if string match -q -- '-*' $words[$at]
            __snug_oci_takes $place $words[$at]; and set skip yes
        else if test $place = global
            set place $words[$at]
            set verb $at
        else
            set n (math $n + 1)
        end
    end
    printf '%s\n' $place $n $verb
end

# Whether the cursor is at one of the places, and what stands there is not somebody else's.
function __snug_oci_in
    set -l here (__snug_oci_place)
    set -l at (math $here[2] + 1)
    set -l kinds (__snug_oci_arguments $here[1])
    contains $here[1] $argv; and not string match -q '*...' $kinds[1..$at]
end

# Containers, all of them or those in a state, as the words before the verb find them.
function __snug_oci_containers
    set -l words (commandline -opc)
    set -l here (__snug_oci_place)
    set -l last (math $here[3] - 1)
    set -l before $words[1..$last]
    $before list 2>/dev/null | while read -l id pid state rest
        test $id != ID; and contains "$argv[1]" '' $state; and echo $id
    end
end

# Directories with a config.json or that lead to one; any if there are none.
function __snug_oci_bundles
    set -l all (__fish_complete_directories (commandline -ct) '')
    set -l bundles
    for line in $all
        set -l directory (string split -f 1 \t -- $line)
        set -l configs $directory/config.json $directory/*/config.json
        path is -- $configs; and set -a bundles $line
    end
    set -q bundles[1]; and printf '%s\n' $bundles; or printf '%s\n' $all
end

# Values for an argument of a kind.
function __snug_oci_values
    switch "$argv[1]"
        case '*|*'
            string split '|' $argv[1]
        case ID 'ID=*'
            __snug_oci_containers (string replace -r '^ID=?' '' $argv[1])
        case BUNDLE
            __snug_oci_bundles
        case DIR
            __fish_complete_directories (commandline -ct) ''
        case FILE SOCKET
            __fish_complete_path (commandline -ct)
        case CAP
            string match -ra '\S+' -- '
                CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP
                CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND
                CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            '
        case SIGNAL
            string match -ra '\S+' -- '
                HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM CHLD CONT STOP
                TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS IOT CLD POLL
            '
    end
end

function __snug_oci_argument
    set -l here (__snug_oci_place)
    set -l at (math $here[2] + 1)
    set -l kinds (__snug_oci_arguments $here[1])
    __snug_oci_values "$kinds[$at]"
end

complete -c snug-oci -f
complete -c snug-oci -n 'not __snug_oci_in global' -a '(__snug_oci_argument)'
complete -c snug-oci -n '__snug_oci_in global' -a create -d 'Make a container from a bundle, and leave its program waiting'
complete -c snug-oci -n '__snug_oci_in global' -a start -d 'Start the program of a created container'
complete -c snug-oci -n '__snug_oci_in global' -a run -d 'Make a container, start it and wait for its end'
complete -c snug-oci -n '__snug_oci_in global' -a exec -d 'Run another program in a running container'
complete -c snug-oci -n '__snug_oci_in global' -a state -d 'Print what a container is and does, as JSON'
complete -c snug-oci -n '__snug_oci_in global' -a kill -d 'Send a signal to a container, TERM unless told otherwise'
complete -c snug-oci -n '__snug_oci_in global' -a delete -d 'Remove a container that has ended'
complete -c snug-oci -n '__snug_oci_in global' -a list -d 'List the containers'
complete -c snug-oci -n '__snug_oci_in global' -a ps -d 'List the processes of a container'
complete -c snug-oci -n '__snug_oci_in global' -a pause -d 'Freeze all processes of a container'
complete -c snug-oci -n '__snug_oci_in global' -a resume -d 'Let the processes of a paused container go on'
complete -c snug-oci -n '__snug_oci_in global' -a update -d 'Change the resource limits of a container'
complete -c snug-oci -n '__snug_oci_in global' -a events -d 'Print what a container uses, every few seconds'
complete -c snug-oci -n '__snug_oci_in global' -a spec -d 'Write a config.json to begin with'
complete -c snug-oci -n '__snug_oci_in global' -a features -d 'Print what this runtime knows, as JSON'
complete -c snug-oci -n '__snug_oci_in global' -a info -d 'Print what this machine and user can do for containers'
complete -c snug-oci -n '__snug_oci_in global' -a mounts -d 'Add or remove mounts of a running container'
complete -c snug-oci -n '__snug_oci_in global' -a checkpoint -d 'Not supported yet'
complete -c snug-oci -n '__snug_oci_in global' -a restore -d 'Not supported yet'
complete -c snug-oci -n '__snug_oci_in global' -l root -d 'Keep the containers\' records in DIR' -x -a '(__snug_oci_values "DIR")'
complete -c snug-oci -n '__snug_oci_in global' -l log -d 'Append messages to FILE' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in global' -l log-format -d 'Write messages as text or as one JSON object a line' -x -a '(__snug_oci_values "text|json")'
complete -c snug-oci -n '__snug_oci_in global' -l log-level -d 'Write messages of this level and worse' -x -a '(__snug_oci_values "error|warning|debug")'
complete -c snug-oci -n '__snug_oci_in global' -l debug -d 'The same as --log-level debug'
complete -c snug-oci -n '__snug_oci_in global' -l cgroup-manager -d 'Who makes the containers\' cgroups' -x -a '(__snug_oci_values "cgroupfs|systemd|disabled")'
complete -c snug-oci -n '__snug_oci_in global' -l systemd-cgroup -d 'The same as --cgroup-manager systemd'
complete -c snug-oci -n '__snug_oci_in global' -l rootless -d 'Go on without cgroups where they can\'t be made' -x -a '(__snug_oci_values "auto|true|false")'
complete -c snug-oci -n '__snug_oci_in global' -s v -l version -d 'Print the version'
complete -c snug-oci -n '__snug_oci_in create start run exec state kill delete list ps pause resume update events spec features info mounts checkpoint restore global' -s h -l help -d 'Print this help'
complete -c snug-oci -n '__snug_oci_in create run spec' -s b -l bundle -d 'The directory with config.json; by default the current one' -x -a '(__snug_oci_values "BUNDLE")'
complete -c snug-oci -n '__snug_oci_in create run' -s f -l config -d 'Read FILE instead of the bundle\'s config.json' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in spec' -s f -l file -d 'Write FILE instead of the bundle\'s config.json' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in spec' -l rootless -d 'Write a config.json that an ordinary user can run'
complete -c snug-oci -n '__snug_oci_in create run' -l explain -d 'Show what would be done, as text or json, and do nothing' -f -a '(__snug_oci_values "text|json")'
complete -c snug-oci -n '__snug_oci_in exec' -s p -l process -d 'Run what FILE says, in the form of config.json\'s process' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in run exec' -s d -l detach -d 'Return as soon as the program runs'
complete -c snug-oci -n '__snug_oci_in run' -l die-with-parent -d 'Kill the container when the caller dies'
complete -c snug-oci -n '__snug_oci_in run' -l keep -d 'Keep the container after its program has ended'
complete -c snug-oci -n '__snug_oci_in exec' -s t -l tty -d 'Give the program a terminal of its own'
complete -c snug-oci -n '__snug_oci_in exec' -s u -l user -d 'Run the program as UID and GID, which are numbers' -x -a '(__snug_oci_values "UID[:GID]")'
complete -c snug-oci -n '__snug_oci_in exec' -s g -l additional-gids -d 'Add GID to the program\'s groups; also GID,GID' -x -a '(__snug_oci_values "GID")'
complete -c snug-oci -n '__snug_oci_in exec' -l cwd -d 'Start the program in the directory DEST of the container' -x -a '(__snug_oci_values "DEST")'
complete -c snug-oci -n '__snug_oci_in exec' -s e -l env -d 'Set a variable of the program\'s environment' -x -a '(__snug_oci_values "VAR=VALUE")'
complete -c snug-oci -n '__snug_oci_in exec' -s c -l cap -d 'Give the program the capability CAP' -x -a '(__snug_oci_values "CAP")'
complete -c snug-oci -n '__snug_oci_in exec' -l no-new-privs -d 'Let the program gain no privileges'
complete -c snug-oci -n '__snug_oci_in exec' -l apparmor -d 'Run the program under an AppArmor profile' -x -a '(__snug_oci_values "PROFILE")'
complete -c snug-oci -n '__snug_oci_in exec' -l process-label -d 'Run the program under an SELinux label' -x -a '(__snug_oci_values "LABEL")'
complete -c snug-oci -n '__snug_oci_in exec' -l cgroup -d 'Run the program in a cgroup below the container\'s' -x -a '(__snug_oci_values "PATH")'
complete -c snug-oci -n '__snug_oci_in exec' -l ignore-paused -d 'Don\'t refuse when the container is paused'
complete -c snug-oci -n '__snug_oci_in create run exec' -l pid-file -d 'Write the pid of the program to FILE' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in create run exec' -l console-socket -d 'Send the terminal\'s other end to SOCKET' -x -a '(__snug_oci_values "SOCKET")'
complete -c snug-oci -n '__snug_oci_in create run exec' -l pidfd-socket -d 'Send a pidfd of the program to SOCKET' -x -a '(__snug_oci_values "SOCKET")'
complete -c snug-oci -n '__snug_oci_in create run exec' -l preserve-fds -d 'Pass N open descriptors on, from 3 on' -x -a '(__snug_oci_values "N")'
complete -c snug-oci -n '__snug_oci_in create run' -l no-pivot -d 'Work on an initial ramfs too, which pivot_root can\'t replace'
complete -c snug-oci -n '__snug_oci_in create run' -l no-new-keyring -d 'Keep the caller\'s session keyring'
complete -c snug-oci -n '__snug_oci_in create run' -l no-subreaper -d 'Accepted, without effect: there is no subreaper'
complete -c snug-oci -n '__snug_oci_in kill' -s a -l all -d 'Send the signal to all processes of the container'
complete -c snug-oci -n '__snug_oci_in kill delete' -s r -l regex -d 'Take ID for a regular expression, and all that match'
complete -c snug-oci -n '__snug_oci_in delete' -s f -l force -d 'Kill the container first; one that is not there is no error'
complete -c snug-oci -n '__snug_oci_in list ps' -s f -l format -d 'Print a table, or JSON' -x -a '(__snug_oci_values "table|json")'
complete -c snug-oci -n '__snug_oci_in list' -s q -l quiet -d 'Print ids only'
complete -c snug-oci -n '__snug_oci_in events' -l stats -d 'Print it once'
complete -c snug-oci -n '__snug_oci_in events' -l interval -d 'Print it every TIME, as in 30s; by default 5s' -x -a '(__snug_oci_values "TIME")'
complete -c snug-oci -n '__snug_oci_in info' -l json -d 'Print JSON'
complete -c snug-oci -n '__snug_oci_in update' -s r -l resources -d 'Read the limits from FILE, as in config.json; - is stdin' -x -a '(__snug_oci_values "FILE")'
complete -c snug-oci -n '__snug_oci_in update' -l memory -d 'Limit memory; -1 is no limit' -x -a '(__snug_oci_values "BYTES")'
complete -c snug-oci -n '__snug_oci_in update' -l memory-reservation -d 'Memory that is left alone as long as there is enough' -x -a '(__snug_oci_values "BYTES")'
complete -c snug-oci -n '__snug_oci_in update' -l memory-swap -d 'Limit memory and swap together; -1 is no limit' -x -a '(__snug_oci_values "BYTES")'
complete -c snug-oci -n '__snug_oci_in update' -l kernel-memory -d 'Accepted, without effect: Linux has no such limit any more' -x -a '(__snug_oci_values "BYTES")'
complete -c snug-oci -n '__snug_oci_in update' -l kernel-memory-tcp -d 'Accepted, without effect: cgroup v2 has no such limit' -x -a '(__snug_oci_values "BYTES")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-quota -d 'Limit cpu time in each period; -1 is no limit' -x -a '(__snug_oci_values "USEC")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-period -d 'The length of a period' -x -a '(__snug_oci_values "USEC")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-burst -d 'Cpu time that may be saved up for later periods' -x -a '(__snug_oci_values "USEC")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-share -d 'The share of cpu time against other containers, from 2 on' -x -a '(__snug_oci_values "N")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-idle -d 'Run only when nothing else wants to' -x -a '(__snug_oci_values "0|1")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-rt-period -d 'The length of a period for real-time processes' -x -a '(__snug_oci_values "USEC")'
complete -c snug-oci -n '__snug_oci_in update' -l cpu-rt-runtime -d 'Limit the cpu time of real-time processes' -x -a '(__snug_oci_values "USEC")'
complete -c snug-oci -n '__snug_oci_in update' -l cpuset-cpus -d 'Run on these cpus, as in 0-2,7' -x -a '(__snug_oci_values "LIST")'
complete -c snug-oci -n '__snug_oci_in update' -l cpuset-mems -d 'Use the memory of these nodes, as in 0-2,7' -x -a '(__snug_oci_values "LIST")'
complete -c snug-oci -n '__snug_oci_in update' -l blkio-weight -d 'The share of disk time against others, 10 to 1000' -x -a '(__snug_oci_values "N")'
complete -c snug-oci -n '__snug_oci_in update' -l pids-limit -d 'Limit the number of processes; -1 is no limit' -x -a '(__snug_oci_values "N")'
complete -c snug-oci -n '__snug_oci_in update' -l l3-cache-schema -d 'Limit the use of the L3 cache (Intel RDT)' -x -a '(__snug_oci_values "SCHEMA")'
complete -c snug-oci -n '__snug_oci_in update' -l mem-bw-schema -d 'Limit the memory bandwidth (Intel RDT)' -x -a '(__snug_oci_values "SCHEMA")'
