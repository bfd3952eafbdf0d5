#!/bin/sh
# Makes the root folder of an image: a program, the shared libraries that it needs, what the C library looks names up with,
# the certificates of public authorities, and a user who is not root.
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
# Looked up at run time, so ldd does not see them.
for name in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do
    found=$(find /lib /usr/lib -name "$name" | head -n 1)
    if [ -n "$found" ]; then
        install -D -m 755 "$(realpath "$found")" "$root$found"
    fi
done

if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
fi
echo 'parlor:x:65532:65532::/data:/nonexistent' >"$root/etc/passwd"
echo 'parlor:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
chown 65532:65532 "$root/data"
chmod 700 "$root/data"
chmod 1777 "$root/tmp"
