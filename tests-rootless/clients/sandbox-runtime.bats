#!/usr/bin/env bats
# Anthropic's sandbox-runtime (srt) of npm, which asks for bubblewrap and does the rest by proxies and a seccomp filter.
# It can be told of another bwrap: `bwrapPath` in its settings.
# client: sandbox-runtime
# packages: nodejs curl python3 ripgrep socat
# version: grep -h '^# sandbox-runtime' build/clients/clients-rootless-sandbox-runtime.tap
load desktop

setup_file ()
{
  write_recorder
  # npm has a list of certificate authorities of its own: this machine's count too.
  NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm install --no-audit --no-fund --cache "$BATS_FILE_TMPDIR/cache" \
    --prefix "$BATS_FILE_TMPDIR" @anthropic-ai/sandbox-runtime >"$BATS_FILE_TMPDIR/npm.log" 2>&1 || return 0
  echo "# sandbox-runtime $(node "$BATS_FILE_TMPDIR/node_modules/.bin/srt" --version)" >&3
}

setup ()
{
  : >"$noted"
  package=$BATS_FILE_TMPDIR/node_modules/@anthropic-ai/sandbox-runtime
  skip_unless_command npm
  [ -e "$package/dist/cli.js" ] || skip "it could not be installed by npm: $(grep -m 1 reason: "$BATS_FILE_TMPDIR/npm.log")"
  export HOME=$BATS_TEST_TMPDIR/home
  mkdir -p "$HOME/project"
  cd "$HOME/project"
  echo confidential >"$HOME/secret"
  echo kept >.env
  allow
}

teardown ()
{
  [ -z "${server-}" ] || kill "$server" || :
}

# Writes the settings: DOMAIN… may be talked to, files are written only here, and neither .env nor what is in ../secret.
allow () # DOMAIN…
{
  local domains=
  [ $# = 0 ] || domains=$(printf ', "%s"' "$@")
  cat >"$HOME/settings.json" <<END
{ "bwrapPath": "$recorder",
  "network": { "allowedDomains": [${domains#, }], "deniedDomains": [] },
  "filesystem": { "denyRead": ["$HOME/secret"], "allowWrite": ["."], "denyWrite": [".env"] } }
END
}

srt () # SHELL-COMMAND
{
  node "$package/dist/cli.js" --settings "$HOME/settings.json" -c "$1"
}

# Starts a server on this machine's loopback that answers "served"; $port is where.
serve ()
{
  mkfifo port
  python3 -c '
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served\n")
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open("port", "w") as f:
    print(server.server_port, file=f)
server.serve_forever()' 3>&- &
  server=$!
  read -r port <port
}

@test "a command runs in snug, in namespaces of its own and without capabilities, and its exit status comes back" {
  works srt 'echo "in $(readlink /proc/self/ns/net)"; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status'
  has "in net:"
  lacks "$(readlink /proc/self/ns/net)"
  has $'CapEff:\t0000000000000000'
  has $'NoNewPrivs:\t1'
  called_with --new-session --die-with-parent --unshare-net --unshare-pid --unshare-user "--cap-drop ALL" "--proc /proc"
  run srt 'exit 42'
  [ "$status" = 42 ] || fail "exit status $status"
}

@test "it reads all but what is denied, and writes only where it may" {
  run srt 'cat ../secret; echo new >made; echo changed >.env; touch ../outside; cat /etc/hostname >/dev/null && echo reads'
  lacks confidential
  has "secret: Permission denied"
  has ".env: Read-only file system"
  has "'../outside': Read-only file system"
  has reads
  [ "$(cat made .env)" = $'new\nkept' ]
  [ ! -e ../outside ]
}

@test "files that a shell or git would run are stubs inside where there are none, and nothing of them stays" {
  works srt 'stat -c %t:%T .bashrc; echo evil >.bashrc; mkdir .git/hooks; ls -A | wc -l'
  has $'1:3\n'
  called_with "--ro-bind /dev/null $PWD/.bashrc"
  [ "$(ls -A)" = .env ] || fail "left in the project: $(ls -A)"
}

@test "the program makes no unix socket: a filter in a user namespace inside the sandbox's refuses it" {
  run srt 'readlink /proc/self/ns/user; grep Seccomp: /proc/self/status; python3 -c "import socket; socket.socket(socket.AF_UNIX)"'
  has $'Seccomp:\t2'
  has "PermissionError: [Errno 1] Operation not permitted"
}

@test "without a proxy there is no way out" {
  serve
  allow "127.0.0.1:$port"
  run srt "curl -sS --max-time 5 --noproxy '*' http://127.0.0.1:$port/"
  [ "$status" != 0 ]
  lacks served
}

@test "through the proxies it reaches what is allowed, by HTTP and by SOCKS, and nothing else" {
  serve
  allow "127.0.0.1:$port"
  works srt "curl -sS --noproxy '' http://127.0.0.1:$port/ && curl -sS --noproxy '' -x \$ALL_PROXY http://127.0.0.1:$port/"
  equals $'served\nserved'
  allow 127.0.0.1:1
  run srt "curl -sS --noproxy '' http://127.0.0.1:$port/; curl -sS --noproxy '' -x \$ALL_PROXY http://127.0.0.1:$port/"
  lacks served
  has "blocked by network allowlist"
}

@test "what it may talk to changes while it runs" {
  serve
  mkfifo control go
  {
    read -r _ <go
    allow "127.0.0.1:$port"
    tr -d '\n' <"$HOME/settings.json"
    echo
    read -r _ <go
  } >control 3>&- &
  works node "$package/dist/cli.js" --settings "$HOME/settings.json" --control-fd 5 -c "
    curl -sS --noproxy '' http://127.0.0.1:$port/ && echo
    echo >go
    for i in \$(seq 50); do
      curl -sS --noproxy '' http://127.0.0.1:$port/ | grep served && break
      sleep 0.1
    done
    echo >go" 5<control
  has "blocked by network allowlist"
  has served
}

@test "rules that are too many for a command line come by --args" {
  local i
  mkdir many
  for ((i = 0; i < 1500; i++)); do
    echo confidential >"many/a-name-that-is-long-enough-for-so-many-to-be-more-than-a-command-line-$i"
  done
  sed -i "s|\"denyRead\": \[|&\"$PWD/many/a*\", |" "$HOME/settings.json"
  run srt 'cat many/*0 many/*7; echo that is all'
  called_with "--args 9"
  lacks confidential
  has 'that is all'
}

@test "ended, it ends the shell that called bwrap, and with that the sandbox" {
  mkfifo pid
  node "$package/dist/cli.js" --settings "$HOME/settings.json" -c 'echo >pid; exec sleep 1000' 3>&- &
  local client=$!
  read -r _ <pid
  runs () { pgrep -u "$(id -u)" -f "^$recorder .*$PWD" >/dev/null; }
  gone () { ! runs; }
  runs || fail "no sandbox runs"
  kill -TERM "$client"
  eventually gone || fail "it still runs"
}

@test "in a container, whose /proc has masks, it works in its weaker mode, and says why it does not otherwise" {
  local container=("$SNUG" --unshare-all --dev-bind / / --proc /proc --tmpfs /proc/sys)
  run "${container[@]}" -- node "$package/dist/cli.js" --settings "$HOME/settings.json" -c 'echo works'
  has "Can't mount proc on /proc"
  sed -i '1 s/{/{ "enableWeakerNestedSandbox": true,/' "$HOME/settings.json"
  works "${container[@]}" -- node "$package/dist/cli.js" --settings "$HOME/settings.json" -c 'cat ../secret; echo works'
  lacks confidential
  has works
  called_with "--bind /proc /proc"
}

@test "as a library it runs several at once, each by its own rules, and explains what was refused" {
  cat >several.mjs <<'END'
import { SandboxManager } from '@anthropic-ai/sandbox-runtime'
import { spawn } from 'child_process'
import fs from 'fs'

const run = command => new Promise(resolve => {
  const child = spawn(command, { shell: true })
  let output = ''
  child.stdout.on('data', data => { output += data })
  child.stderr.on('data', data => { output += data })
  child.on('exit', code => resolve(`${code} ${output.trim()}`))
})
await SandboxManager.initialize(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')))
const commands = []
for (let i = 0; i < 8; i++)
  commands.push(await SandboxManager.wrapWithSandbox(`echo ${i} >made-${i}; cat made-${i} ../secret; exit ${i}`))
console.log((await Promise.all(commands.map(run))).join('\n'))
await SandboxManager.reset()
END
  mkdir node_modules
  ln -s "$BATS_FILE_TMPDIR/node_modules/@anthropic-ai" node_modules/
  works node several.mjs "$HOME/settings.json"
  local i
  for ((i = 0; i < 8; i++)); do
    has "$i $i"
    [ "$(cat made-$i)" = $i ]
  done
  lacks confidential
  [ "$(wc -l <"$noted")" = 8 ] || fail "snug was called $(wc -l <"$noted") times"
}
