#!/usr/bin/env bash
# A real S3 server on loopback: Ceph's monitor, one in-memory storage daemon and the RADOS gateway, from the Debian packages
# radosgw, ceph-mon and ceph-osd. Everything that it writes lies below FOLDER, and it ends when its standard input does.
#
#   radosgw.sh FOLDER GATEWAY_PORT MONITOR_PORT
#
# Prints "ready" once the gateway answers. The user "test" has the access key "testkey" and the secret "testsecret"; the user
# "small" ("smallkey", "smallsecret") may keep one mebibyte.
set -euo pipefail
folder=${1:?folder}
port=${2:?port of the gateway}
monitor_port=${3:?port of the monitor}

rm -rf "$folder"
mkdir -p "$folder"/{mon,osd,run,log,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon initial members = a
mon host = v2:127.0.0.1:$monitor_port/0
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = true
keyring = $folder/keyring
paxos propose interval = 0.05
paxos min wait = 0.01
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
run dir = $folder/run
admin socket = $folder/run/\$cluster-\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/log/\$name.log
log to stderr = false
[mon]
mon data = $folder/mon
mon data avail crit = 1
mon data avail warn = 2
mgr initial modules =
[osd]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd class load list = *
osd class default list = *
[client]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw enable usage log = false
rgw thread pool size = 16
rgw s3 auth use sts = false
CONF
export CEPH_CONF=$folder/ceph.conf

daemons=()
stop() {
  trap - EXIT
  kill -9 "${daemons[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM

# Output of a command goes to a log, which is shown when the command fails.
quietly() {
  "$@" >"$folder/log/setup.log" 2>&1 || {
    cat "$folder/log/setup.log" >&2
    return 1
  }
}

daemon() {
  "$@" >>"$folder/log/daemons.log" 2>&1 </dev/null &
  daemons+=($!)
}

quietly ceph-authtool -C "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
for user in client.admin osd.0; do
  quietly ceph-authtool "$folder/keyring" --gen-key -n $user --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
done
quietly monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor_port/0]" "$folder/monmap"
quietly ceph-mon -i a --mkfs --monmap "$folder/monmap" --keyring "$folder/keyring"
daemon ceph-mon -i a -f

osd=$(cat /proc/sys/kernel/random/uuid)
quietly ceph osd new "$osd"
quietly ceph auth import -i "$folder/keyring"
quietly ceph-osd -i 0 --mkfs --osd-uuid "$osd"
quietly ceph osd crush add 0 1.0 root=default host=localhost
daemon ceph-osd -i 0 -f

cp "$folder/keyring" "$folder/rgw/keyring"
daemon radosgw -n client.admin -f
quietly radosgw-admin user create --uid test --display-name test --access-key testkey --secret-key testsecret --max-buckets 100000
quietly radosgw-admin user create --uid small --display-name small --access-key smallkey --secret-key smallsecret
quietly radosgw-admin quota set --quota-scope=user --uid=small --max-size=1048576
quietly radosgw-admin quota enable --quota-scope=user --uid=small

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
for _ in $(seq 300); do
  answers && break
  sleep 0.1
done
answers || { tail -n 40 "$folder/log/"*.log >&2; exit 1; }
echo ready
cat >/dev/null
