/* What config.json can't say: each mistake is an error that begins with its place. */
#include "oci-config.h"

#include "base/error.h"

/* Puts @fragment into the minimal configuration, and expects @error. */
typedef struct
{
  const char *fragment, *error;
} Mistake;

#define NS(list) "'linux': {'namespaces': [{'type': 'mount'}" list "]"
#define MOUNT(members) "{'mounts': [{'destination': '/x', " members "}]}"
#define PROCESS(members) "{'process': {" members "}}"
#define LINUX(members) "{'linux': {" members "}}"
#define RESOURCES(members) "{'linux': {'resources': {" members "}}}"
#define HOOK(members) "{'hooks': {'poststop': [{" members "}]}}"
#define MAP(inside, outside, size) "{'containerID': " inside ", 'hostID': " outside ", 'size': " size "}"

static const Mistake versions[] = {
  { "{'ociVersion': null}", "/ociVersion: is missing" },
  { "{'ociVersion': 1}", "/ociVersion: expected a string, found a number" },
  { "{'ociVersion': '2.0.0'}", "/ociVersion: version \"2.0.0\" is not supported: it has to be 1.x" },
  { "{'ociVersion': '0.9.0'}", "/ociVersion: version \"0.9.0\" is not supported: it has to be 1.x" },
  { "{'ociVersion': '10.0.0'}", "/ociVersion: version \"10.0.0\" is not supported: it has to be 1.x" },
  { "{'ociVersion': ''}", "/ociVersion: \"\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1'}", "/ociVersion: \"1\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0'}", "/ociVersion: \"1.0\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0.0.0'}", "/ociVersion: \"1.0.0.0\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.01.0'}", "/ociVersion: \"1.01.0\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': 'v1.0.0'}", "/ociVersion: \"v1.0.0\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0.0-'}", "/ociVersion: \"1.0.0-\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0.0-a..b'}", "/ociVersion: \"1.0.0-a..b\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0.0-01'}", "/ociVersion: \"1.0.0-01\" is not a version such as \"1.3.0\"" },
  { "{'ociVersion': '1.0.0+'}", "/ociVersion: \"1.0.0+\" is not a version such as \"1.3.0\"" },
  { "{'process': []}", "/process: expected an object, found an array" },
  { "{'linux': 1}", "/linux: expected an object, found a number" },
};

static const Mistake roots[] = {
  { "{'root': null}", "/root: is missing" },
  { "{'root': {'path': null}}", "/root/path: is missing" },
  { "{'root': {'path': 'none'}}",
    "/root/path: can't open the root filesystem \"none\": No such file or directory" },
  { "{'root': {'path': ''}}", "/root/path: can't open the root filesystem \"\": No such file or directory" },
  { "{'root': {'path': 'file'}}", "/root/path: can't open the root filesystem \"file\": Not a directory" },
  { "{'root': {'path': '/etc/passwd'}}",
    "/root/path: can't open the root filesystem \"/etc/passwd\": Not a directory" },
  { "{'root': {'path': 'link'}}", "/root/path: \"link\" is a symbolic link: name the directory itself" },
  { "{'root': {'path': 'link/.'}}",
    "/root/path: can't open the root filesystem \"link/.\": Too many levels of symbolic links" },
  { "{'root': {'path': '/proc/self/cwd'}}",
    "/root/path: \"/proc/self/cwd\" is a symbolic link: name the directory itself" },
  { "{'root': {'readonly': 'yes'}}", "/root/readonly: expected true or false, found a string" },
  { LINUX ("'rootfsPropagation': 'public'"), "/linux/rootfsPropagation: unknown propagation \"public\"" },
  { LINUX ("'maskedPaths': ['/a', 'b']"), "/linux/maskedPaths/1: \"b\" is not an absolute path" },
  { LINUX ("'readonlyPaths': ['b']"), "/linux/readonlyPaths/0: \"b\" is not an absolute path" },
  { LINUX ("'readonlyPaths': [null]"), "/linux/readonlyPaths/0: is missing" },
};

static const Mistake mounts[] = {
  { "{'mounts': {}}", "/mounts: expected an array, found an object" },
  { "{'mounts': [{'type': 'proc'}]}", "/mounts/0/destination: is missing" },
  { "{'mounts': [{'type': 'proc', 'destination': ''}]}", "/mounts/0/destination: is empty" },
  { MOUNT ("'options': ['bind']"), "/mounts/0/source: is missing: a bind mount needs one" },
  { MOUNT ("'source': 'x'"), "/mounts/0/type: is missing: all but bind mounts need one" },
  { MOUNT ("'type': 'bind', 'source': '/x'"),
    "/mounts/0/type: a bind mount has \"bind\" or \"rbind\" among its options" },
  { MOUNT ("'source': '/x', 'options': ['ro', 'rbind', 'size=1k']"),
    "/mounts/0/options/2: is an option of a filesystem, which a bind mount does not take" },
  { MOUNT ("'type': 'proc', 'options': [1]"), "/mounts/0/options/0: expected a string, found a number" },
  { MOUNT ("'type': 'proc', 'options': ['tmpcopyup']"),
    "/mounts/0/options: tmpcopyup is for mounts of type \"tmpfs\"" },
  { MOUNT ("'type': 'proc', 'options': ['copy-symlink']"),
    "/mounts/0/options: src-nofollow and copy-symlink are for bind mounts" },
  { MOUNT ("'source': '/x', 'options': ['bind', 'copy-symlink', 'dest-nofollow']"),
    "/mounts/0/options: copy-symlink excludes src-nofollow and dest-nofollow" },
  { MOUNT ("'source': '/x', 'options': ['bind', 'idmap']"),
    "/mounts/0/options: needs a namespace of type \"user\" in /linux/namespaces" },
  { MOUNT ("'source': '/x', 'options': ['bind', 'idmap'], 'uidMappings': [" MAP ("0", "0", "1") "]"),
    "/mounts/0: \"uidMappings\" and \"gidMappings\" belong together" },
  { MOUNT ("'source': '/x', 'options': ['bind'], 'gidMappings': [" MAP ("0", "0", "1") "]"),
    "/mounts/0: \"uidMappings\" and \"gidMappings\" belong together" },
  { LINUX ("'mountLabel': 'a'"),
    "/linux/mountLabel: labeling not supported on this system: SELinux is not enabled" },
};

static const Mistake devices[] = {
  { LINUX ("'devices': [{'type': 'c', 'major': 1, 'minor': 3}]"), "/linux/devices/0/path: is missing" },
  { LINUX ("'devices': [{'path': 'dev/x', 'type': 'p'}]"),
    "/linux/devices/0/path: \"dev/x\" is not an absolute path" },
  { LINUX ("'devices': [{'path': '/dev/x', 'major': 1, 'minor': 3}]"), "/linux/devices/0/type: is missing" },
  { LINUX ("'devices': [{'path': '/dev/x', 'type': 's'}]"),
    "/linux/devices/0/type: unknown device type \"s\"" },
  { LINUX ("'devices': [{'path': '/dev/x', 'type': 'b', 'minor': 3}]"), "/linux/devices/0/major: is missing" },
  { LINUX ("'devices': [{'path': '/dev/x', 'type': 'u', 'major': 3}]"), "/linux/devices/0/minor: is missing" },
  { LINUX ("'devices': [{'path': '/dev/x', 'type': 'c', 'major': -1, 'minor': 3}]"),
    "/linux/devices/0/major: expected a number from 0 to 4294967295, found -1" },
};

static const Mistake namespaces[] = {
  { LINUX ("'namespaces': [{}]"), "/linux/namespaces/0/type: is missing" },
  { "{" NS (", {'type': 'net'}") "}}", "/linux/namespaces/1/type: unknown namespace type \"net\"" },
  { "{" NS (", {'type': 'pid'}, {'type': 'pid'}") "}}",
    "/linux/namespaces/2: there is a namespace of type \"pid\" already" },
  { "{" NS (", {'type': 'uts', 'path': '/proc/self/ns/uts'}, {'type': 'uts'}") "}}",
    "/linux/namespaces/2: there is a namespace of type \"uts\" already" },
  { "{" NS (", {'type': 'pid', 'path': 'ns/pid'}") "}}",
    "/linux/namespaces/1/path: \"ns/pid\" is not an absolute path" },
  { "{" NS (", {'type': 'pid', 'path': '/none'}") "}}",
    "/linux/namespaces/1/path: can't open the namespace \"/none\": No such file or directory" },
  { "{" NS (", {'type': 'pid', 'path': '/proc/self/ns/net'}") "}}",
    "/linux/namespaces/1/path: \"/proc/self/ns/net\" is not a namespace of type \"pid\"" },
  { "{" NS (", {'type': 'pid', 'path': '/dev/null'}") "}}",
    "/linux/namespaces/1/path: \"/dev/null\" is not a namespace" },
  { "{'hostname': 'x'}", "/hostname: needs a namespace of type \"uts\" in /linux/namespaces" },
  { "{'domainname': 'x'}", "/domainname: needs a namespace of type \"uts\" in /linux/namespaces" },
  { "{'hostname': 'x', " NS (", {'type': 'uts', 'path': '/proc/self/ns/uts'}") "}}",
    "/hostname: would change the host: the namespace of type \"uts\" is the host's" },
  { LINUX ("'timeOffsets': {'monotonic': {'secs': 1}}"),
    "/linux/timeOffsets: needs a new namespace of type \"time\" in /linux/namespaces" },
  { "{" NS (", {'type': 'time', 'path': '/proc/self/ns/time'}") ", 'timeOffsets': {'monotonic': {'secs': 1}}}}",
    "/linux/timeOffsets: needs a new namespace of type \"time\" in /linux/namespaces" },
  { "{" NS (", {'type': 'time'}") ", 'timeOffsets': {'realtime': {'secs': 1}}}}",
    "/linux/timeOffsets/realtime: is not a clock: it is monotonic or boottime" },
  { "{" NS (", {'type': 'time'}") ", 'timeOffsets': {'boottime': {'nanosecs': 1000000000}}}}",
    "/linux/timeOffsets/boottime/nanosecs: expected a number from 0 to 999999999, found 1000000000" },
};

static const Mistake mappings[] = {
  { LINUX ("'uidMappings': [" MAP ("0", "0", "1") "], 'gidMappings': [" MAP ("0", "0", "1") "]"),
    "/linux/uidMappings: needs a namespace of type \"user\" in /linux/namespaces" },
  { "{" NS (", {'type': 'user'}") ", 'uidMappings': [" MAP ("0", "0", "1") "]}}",
    "/linux: \"uidMappings\" and \"gidMappings\" belong together" },
  { "{" NS (", {'type': 'user'}") ", 'gidMappings': [" MAP ("0", "0", "1") "]}}",
    "/linux: \"uidMappings\" and \"gidMappings\" belong together" },
  { "{" NS (", {'type': 'user'}") ", 'uidMappings': [{'containerID': 0, 'size': 1}]}}",
    "/linux/uidMappings/0/hostID: is missing" },
  { "{" NS (", {'type': 'user'}") ", 'uidMappings': [" MAP ("0", "0", "0") "]}}",
    "/linux/uidMappings/0: the range is empty or ends above 4294967294" },
  { "{" NS (", {'type': 'user'}") ", 'gidMappings': [" MAP ("4294967294", "0", "2") "]}}",
    "/linux/gidMappings/0: the range is empty or ends above 4294967294" },
  { "{" NS (", {'type': 'user'}") ", 'gidMappings': [" MAP ("4294967295", "0", "1") "]}}",
    "/linux/gidMappings/0/containerID: expected a number from 0 to 4294967294, found 4294967295" },
};

static const Mistake processes[] = {
  { PROCESS ("'args': null"), "/process/args: is missing" },
  { PROCESS ("'args': []"), "/process/args: must have at least one element, the program" },
  { PROCESS ("'args': ['a', 1]"), "/process/args/1: expected a string, found a number" },
  { PROCESS ("'args': 'a'"), "/process/args: expected an array, found a string" },
  { PROCESS ("'env': [null]"), "/process/env/0: is missing" },
  { PROCESS ("'cwd': null"), "/process/cwd: is missing" },
  { PROCESS ("'cwd': ''"), "/process/cwd: \"\" is not an absolute path" },
  { PROCESS ("'cwd': 'tmp'"), "/process/cwd: \"tmp\" is not an absolute path" },
  { PROCESS ("'terminal': 1"), "/process/terminal: expected true or false, found a number" },
  { PROCESS ("'terminal': true, 'consoleSize': {'height': 5}"), "/process/consoleSize/width: is missing" },
  { PROCESS ("'terminal': true, 'consoleSize': {'height': 65536, 'width': 1}"),
    "/process/consoleSize/height: expected a number from 0 to 65535, found 65536" },
  { PROCESS ("'user': {'uid': null}"), "/process/user/uid: is missing" },
  { PROCESS ("'user': {'gid': -1}"), "/process/user/gid: expected a number from 0 to 4294967294, found -1" },
  { PROCESS ("'user': {'uid': 4294967295}"),
    "/process/user/uid: expected a number from 0 to 4294967294, found 4294967295" },
  { PROCESS ("'user': {'uid': 1.0}"),
    "/process/user/uid: expected an integer, found a number with a fraction or an exponent" },
  { PROCESS ("'user': {'umask': 512}"), "/process/user/umask: expected a number from 0 to 511, found 512" },
  { PROCESS ("'user': {'additionalGids': [1, '2']}"),
    "/process/user/additionalGids/1: expected an integer, found a string" },
  { PROCESS ("'capabilities': {'bounding': [1]}"),
    "/process/capabilities/bounding/0: expected a string, found a number" },
  { PROCESS ("'capabilities': ['CAP_KILL']"), "/process/capabilities: expected an object, found an array" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_FOO', 'soft': 1, 'hard': 1}]"),
    "/process/rlimits/0/type: unknown resource limit \"RLIMIT_FOO\"" },
  { PROCESS ("'rlimits': [{'type': 'nofile', 'soft': 1, 'hard': 1}]"),
    "/process/rlimits/0/type: unknown resource limit \"nofile\"" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_CPU', 'hard': 1}]"), "/process/rlimits/0/soft: is missing" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 1}]"), "/process/rlimits/0/hard: is missing" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 2, 'hard': 1}]"),
    "/process/rlimits/0: the soft limit is above the hard one" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_CPU', 'soft': -1, 'hard': 1}]"),
    "/process/rlimits/0/soft: expected a number from 0 to 18446744073709551615, found -1" },
  { PROCESS ("'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 1, 'hard': 1},"
             " {'type': 'RLIMIT_CORE', 'soft': 1, 'hard': 1}, {'type': 'RLIMIT_CPU', 'soft': 1, 'hard': 1}]"),
    "/process/rlimits/2/type: there is a limit \"RLIMIT_CPU\" already" },
  { PROCESS ("'oomScoreAdj': 1001"), "/process/oomScoreAdj: expected a number from -1000 to 1000, found 1001" },
  { PROCESS ("'oomScoreAdj': -1001"),
    "/process/oomScoreAdj: expected a number from -1000 to 1000, found -1001" },
  { PROCESS ("'noNewPrivileges': 'no'"), "/process/noNewPrivileges: expected true or false, found a string" },
  { PROCESS ("'apparmorProfile': {}"), "/process/apparmorProfile: expected a string, found an object" },
  { PROCESS ("'selinuxLabel': 'a'"),
    "/process/selinuxLabel: labeling not supported on this system: SELinux is not enabled" },
};

static const Mistake schedules[] = {
  { PROCESS ("'scheduler': {}"), "/process/scheduler/policy: is missing" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_NONE'}"),
    "/process/scheduler/policy: unknown scheduling policy \"SCHED_NONE\"" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_OTHER', 'flags': ['SCHED_FLAG_X']}"),
    "/process/scheduler/flags/0: unknown scheduling flag \"SCHED_FLAG_X\"" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_OTHER', 'nice': 20}"),
    "/process/scheduler/nice: expected a number from -20 to 19, found 20" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_OTHER', 'priority': 1}"),
    "/process/scheduler/priority: is for SCHED_FIFO and SCHED_RR, not for SCHED_OTHER" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_RR', 'priority': 100}"),
    "/process/scheduler/priority: expected a number from 0 to 99, found 100" },
  { PROCESS ("'scheduler': {'policy': 'SCHED_FIFO', 'period': 1}"),
    "/process/scheduler: runtime, deadline and period are for SCHED_DEADLINE, not for SCHED_FIFO" },
  { PROCESS ("'ioPriority': {'priority': 1}"), "/process/ioPriority/class: is missing" },
  { PROCESS ("'ioPriority': {'class': 'IOPRIO_CLASS_RT'}"), "/process/ioPriority/priority: is missing" },
  { PROCESS ("'ioPriority': {'class': 'IOPRIO_CLASS_NONE', 'priority': 1}"),
    "/process/ioPriority/class: unknown I/O scheduling class \"IOPRIO_CLASS_NONE\"" },
  { PROCESS ("'ioPriority': {'class': 'IOPRIO_CLASS_RT', 'priority': 8}"),
    "/process/ioPriority/priority: expected a number from 0 to 7, found 8" },
  { PROCESS ("'execCPUAffinity': {'initial': '3-1'}"), "/process/execCPUAffinity/initial: expected a list such "
                                                       "as \"0-3,7\" with numbers below 8192, found \"3-1\"" },
  { PROCESS ("'execCPUAffinity': {'final': '1,'}"),
    "/process/execCPUAffinity/final: expected a list such as \"0-3,7\" with numbers below 8192, found \"1,\"" },
  { PROCESS ("'execCPUAffinity': {'final': ',1'}"),
    "/process/execCPUAffinity/final: expected a list such as \"0-3,7\" with numbers below 8192, found \",1\"" },
  { PROCESS ("'execCPUAffinity': {'final': '1-2-3'}"),
    "/process/execCPUAffinity/final: expected a list such as \"0-3,7\" with numbers below 8192, found "
    "\"1-2-3\"" },
  { LINUX ("'memoryPolicy': {}"), "/linux/memoryPolicy/mode: is missing" },
  { LINUX ("'memoryPolicy': {'mode': 'MPOL_X'}"),
    "/linux/memoryPolicy/mode: unknown memory policy \"MPOL_X\"" },
  { LINUX ("'memoryPolicy': {'mode': 'MPOL_DEFAULT', 'flags': ['MPOL_F_X']}"),
    "/linux/memoryPolicy/flags/0: unknown memory policy flag \"MPOL_F_X\"" },
  { LINUX ("'memoryPolicy': {'mode': 'MPOL_LOCAL', 'nodes': '0'}"),
    "/linux/memoryPolicy/nodes: must name no node for MPOL_LOCAL" },
  { LINUX ("'memoryPolicy': {'mode': 'MPOL_BIND', 'nodes': ''}"),
    "/linux/memoryPolicy/nodes: must name at least one node for MPOL_BIND" },
  { LINUX ("'memoryPolicy': {'mode': 'MPOL_BIND', 'nodes': '0-1024'}"),
    "/linux/memoryPolicy/nodes: expected a list such as \"0-3,7\" with numbers below 1024, found \"0-1024\"" },
  { LINUX ("'personality': {}"), "/linux/personality/domain: is missing" },
  { LINUX ("'personality': {'domain': 'BSD'}"), "/linux/personality/domain: unknown execution domain \"BSD\"" },
  { LINUX ("'personality': {'domain': 'LINUX', 'flags': ['X']}"),
    "/linux/personality/flags: no flags are supported" },
};

static const Mistake sysctls[] = {
  { LINUX ("'sysctl': {'net.core.somaxconn': '1'}"),
    "/linux/sysctl/net.core.somaxconn: needs a namespace of type \"network\" in /linux/namespaces" },
  { LINUX ("'sysctl': {'kernel.sem': '1'}"),
    "/linux/sysctl/kernel.sem: needs a namespace of type \"ipc\" in /linux/namespaces" },
  { LINUX ("'sysctl': {'kernel.hostname': '1'}"),
    "/linux/sysctl/kernel.hostname: needs a namespace of type \"uts\" in /linux/namespaces" },
  { LINUX ("'sysctl': {'user.max_mnt_namespaces': '1'}"),
    "/linux/sysctl/user.max_mnt_namespaces: needs a namespace of type \"user\" in /linux/namespaces" },
  { "{" NS (", {'type': 'network', 'path': '/proc/self/ns/net'}") ", 'sysctl': {'net.a': '1'}}}",
    "/linux/sysctl/net.a: would change the host: the namespace of type \"network\" is the host's" },
  { LINUX ("'sysctl': {'vm.swappiness': '1'}"),
    "/linux/sysctl/vm.swappiness: is not namespaced: it would change the host" },
  { LINUX ("'sysctl': {'kernel.core_pattern': '1'}"),
    "/linux/sysctl/kernel.core_pattern: is not namespaced: it would change the host" },
  { LINUX ("'sysctl': {'kernel.semaphore': '1'}"),
    "/linux/sysctl/kernel.semaphore: is not namespaced: it would change the host" },
  { LINUX ("'sysctl': {'': '1'}"), "/linux/sysctl/: is not the name of a sysctl" },
  { "{" NS (", {'type': 'network'}") ", 'sysctl': {'net/../vm/swappiness': '1'}}}",
    "/linux/sysctl/net~1..~1vm~1swappiness: is not the name of a sysctl" },
  { "{" NS (", {'type': 'network'}") ", 'sysctl': {'net.//.vm.swappiness': '1'}}}",
    "/linux/sysctl/net.~1~1.vm.swappiness: is not the name of a sysctl" },
  { "{" NS (", {'type': 'network'}") ", 'sysctl': {'net..x': '1'}}}",
    "/linux/sysctl/net..x: is not the name of a sysctl" },
  { "{" NS (", {'type': 'network'}") ", 'sysctl': {'net.x': 1}}}",
    "/linux/sysctl/net.x: expected a string, found a number" },
  { "{" NS (", {'type': 'network'}") ", 'sysctl': {'net.x': null}}}", "/linux/sysctl/net.x: is missing" },
};

static const Mistake others[] = {
  { LINUX ("'seccomp': {'listenerMetadata': 'x'}"),
    "/linux/seccomp/listenerMetadata: means nothing without \"listenerPath\"" },
  { LINUX ("'seccomp': []"), "/linux/seccomp: expected an object, found an array" },
  { LINUX ("'netDevices': {'eth0': {}}"),
    "/linux/netDevices: needs a namespace of type \"network\" in /linux/namespaces" },
  { "{" NS (", {'type': 'network'}") ", 'netDevices': {'a/b': {}}}}",
    "/linux/netDevices/a~1b: \"a/b\" is not a name of a network device" },
  { "{" NS (", {'type': 'network'}") ", 'netDevices': {'eth0': {'name': 'sixteen-letters-'}}}}",
    "/linux/netDevices/eth0/name: \"sixteen-letters-\" is not a name of a network device" },
  { "{" NS (", {'type': 'network'}") ", 'netDevices': {'eth0': null}}}", "/linux/netDevices/eth0: is missing" },
  { LINUX ("'cgroupsPath': 1"), "/linux/cgroupsPath: expected a string, found a number" },
  { LINUX ("'intelRdt': {'closID': '../x'}"),
    "/linux/intelRdt/closID: \"../x\" is not a name of a class of service" },
  { LINUX ("'intelRdt': {'memBwSchema': 'L3:0=1'}"),
    "/linux/intelRdt/memBwSchema: must begin with \"MB:\" and be one line" },
  { LINUX ("'intelRdt': {'memBwSchema': 'MB:0=1\\nL3:0=1'}"),
    "/linux/intelRdt/memBwSchema: must begin with \"MB:\" and be one line" },
  { LINUX ("'intelRdt': {'schemata': ['a', 'b\\nc']}"), "/linux/intelRdt/schemata/1: must be one line" },
  { RESOURCES ("'memory': {'limit': '1G'}"),
    "/linux/resources/memory/limit: expected an integer, found a string" },
  { RESOURCES ("'memory': 1"), "/linux/resources/memory: expected an object, found a number" },
  { RESOURCES ("'devices': [{'access': 'r'}]"), "/linux/resources/devices/0/allow: is missing" },
  { RESOURCES ("'devices': [null]"), "/linux/resources/devices/0: is missing" },
  { RESOURCES ("'blockIO': {'weightDevice': [{'major': 1}]}"),
    "/linux/resources/blockIO/weightDevice/0/minor: is missing" },
  { RESOURCES ("'unified': {'io.max': 1}"),
    "/linux/resources/unified/io.max: expected a string, found a number" },
  { RESOURCES ("'rdma': {'a': {'hcaObjects': true}}"),
    "/linux/resources/rdma/a/hcaObjects: expected an integer, found true or false" },
  { HOOK ("'args': ['x']"), "/hooks/poststop/0/path: is missing" },
  { HOOK ("'path': 'x'"), "/hooks/poststop/0/path: \"x\" is not an absolute path" },
  { HOOK ("'path': '/x', 'timeout': 0"), "/hooks/poststop/0/timeout: expected a number of seconds above 0" },
  { HOOK ("'path': '/x', 'timeout': -5"), "/hooks/poststop/0/timeout: expected a number of seconds above 0" },
  { HOOK ("'path': '/x', 'env': [{}]"), "/hooks/poststop/0/env/0: expected a string, found an object" },
  { "{'hooks': {'prestart': {}}}", "/hooks/prestart: expected an array, found an object" },
  { "{'annotations': []}", "/annotations: expected an object, found an array" },
  { "{'annotations': {'a': 1}}", "/annotations/a: expected a string, found a number" },
  { "{'annotations': {'': 'x'}}", "/annotations: the name of an annotation is empty" },
};

static void
check_mistake (const Mistake *mistake)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Config) config = test_load (mistake->fragment, &error);
  g_autoptr (Spec) spec = config != NULL ? config_to_spec (config, test_context (), &error) : NULL;

  g_test_message ("%s", mistake->fragment);
  g_assert_null (spec);
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
  g_assert_cmpstr (error->message, ==, mistake->error);
}

#define MISTAKES(name)                              \
  static void test_##name (void)                    \
  {                                                 \
    for (gsize i = 0; i < G_N_ELEMENTS (name); i++) \
      check_mistake (&name[i]);                     \
  }

MISTAKES (versions)
MISTAKES (roots)
MISTAKES (mounts)
MISTAKES (devices)
MISTAKES (namespaces)
MISTAKES (mappings)
MISTAKES (processes)
MISTAKES (schedules)
MISTAKES (sysctls)
MISTAKES (others)

/* Documents that are none: read by json_load, whose own tests have the rest. */
static void
test_documents (void)
{
  static const struct
  {
    const char *text, *error;
  } rows[] = {
    { "", "line 1, column 1: expected a value, found the end" },
    { "null", "/: is missing" },
    { "[]", "/: expected an object, found an array" },
    { "{\"ociVersion\": \"1.0.0\", \"ociVersion\": \"1.0.0\"}",
      "line 1, column 25: the member \"ociVersion\" is there twice" },
    { "{\"ociVersion\": \"\xff\"}", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (config_load_text (rows[i].text, strlen (rows[i].text), &error));
      g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
      if (rows[i].error != NULL)
        g_assert_cmpstr (error->message, ==, rows[i].error);
    }
}

/* The file that is wrong is named. */
static void
test_names (void)
{
  g_autofree char *path = g_build_filename (test_context ()->bundle, "config.json", NULL);
  g_autoptr (GError) error = NULL, process_error = NULL;

  g_assert_true (g_file_set_contents (path, "{\"ociVersion\": 1}", -1, NULL));
  g_assert_null (config_load (test_context ()->bundle_dir, "config.json", &error));
  g_assert_cmpstr (error->message, ==, "config.json: /ociVersion: expected a string, found a number");

  g_autoptr (Config) config = test_load ("{}", NULL);
  g_assert_true (g_file_set_contents (path, "[]", -1, NULL));
  g_assert_false (config_load_process (config, test_context ()->bundle_dir, "config.json", &process_error));
  g_assert_cmpstr (process_error->message, ==, "config.json: /: expected an object, found an array");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) test_add ("/oci-config/errors/" #name, test_##name)
  TEST (documents);
  TEST (names);
  TEST (versions);
  TEST (roots);
  TEST (mounts);
  TEST (devices);
  TEST (namespaces);
  TEST (mappings);
  TEST (processes);
  TEST (schedules);
  TEST (sysctls);
  TEST (others);
  return test_run ();
}
