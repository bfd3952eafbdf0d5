#!/bin/sh
# Makes the root folder of an image: a program, the shared libraries that it needs, how names are looked up, the certificates of
# public authorities, and a user who is not root. Names are looked up by glibc itself, from version 2.34 on.
#
#     deploy/image-root.sh target/release/parlor FOLDER
set -eu
program=$1
root=$2

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/data" "$root/tmp"
install -m 755 "$program" "$root/usr/bin/$(basename "$program")"

# The loader and the libraries, each at its own path.
ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do
    install -D -m 755 "$(realpath "$library")" "$root$library"
done
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
echo 'parlor:x:65532:65532::/data:/nonexistent' >"$root/etc/passwd"
echo 'parlor:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
chown 65532:65532 "$root/data"
chmod 700 "$root/data"
chmod 1777 "$root/tmp"
