#!/bin/sh
# What is run on the emulated machine, as whoever calls this.
cd "$HOME" || exit
export PATH=/usr/bin:/bin EGRESS_JOURNAL="$HOME/journal" EGRESS_KEYS="$HOME/keys"
egress() { node /opt/egress/node_modules/egress/bin/run.js "$@"; }
run() { egress run --kernel=require "$@"; }
say() { echo "=== $(id -un): $*"; }

say doctor
egress doctor
say Node: fetch, datagrams, a connection that is refused
run -- node -e '
const server = require("http").createServer((q, r) => r.end("tea")).listen(0, "127.0.0.1", async () => {
  await (await fetch(`http://127.0.0.1:${server.address().port}/tea`)).text();
  const udp = require("dgram").createSocket("udp4");
  udp.send("x", 9, "127.0.0.1", () => udp.close());
  require("net").connect(1, "127.0.0.1").on("error", () => { server.closeAllConnections(); server.close(); });
});'
say a static program with bare system calls
run -- raw-connect 4000 20
say a program of 32 bits: a gap, as its arguments are not read
run -- raw-connect-32 4000 2
egress log -n 4
say addresses that are rewritten under the observer
run -- rewrite-address 4000 4001 500
say exit code and signal: 41, 143
run -- sh -c 'exit 41'
echo "$?"
run -- sh -c 'kill -TERM $$'
echo "$?"
say the recorder is killed among the connects: none fails
run -- sh -c 'raw-connect 4000 20; kill -KILL $PPID; sleep 1; raw-connect 4000 80'
sleep 6
say its folder is removed by the next run, whose connection outlives it
ls /tmp
run --wait 0 -- sh -c '(sleep 8 | nc 127.0.0.1 4000 >/dev/null 2>&1) & sleep 1'
ls /tmp
egress log -n 5
say verify
egress verify
