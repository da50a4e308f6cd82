#!/bin/bash
# Copies programs and files out of a Debian, with the libraries that the programs are linked to:
#   copy-program FOLDER BASE-PACKAGES PATH...
# BASE-PACKAGES is a file of the packages that the target has already, one a line, sorted; nothing of them is copied. Each package of
# which something is copied is recorded below /var/lib/dpkg/status.d, and its licence is copied too.
set -euo pipefail
out=$1 base=$2
shift 2

paths=("$@")
for path in "$@"; do
  if [ -x "$path" ]; then
    mapfile -t libraries < <(ldd "$path" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p')
    paths+=("${libraries[@]}")
  fi
done

mkdir -p "$out/var/lib/dpkg/status.d"
while read -r path; do
  # Where it really is: /lib is a link to /usr/lib, and some libraries are chosen by links.
  file=$(readlink -f "$path")
  package=$(dpkg-query --search "$file" | sed 's/:.*//')
  if grep -qx "$package" "$base"; then continue; fi
  name=$(readlink -f "$(dirname "$path")")/$(basename "$path")
  mkdir -p "$out$(dirname "$name")"
  cp "$file" "$out$name"
  if [ ! -e "$out/var/lib/dpkg/status.d/$package" ]; then
    dpkg-query --status "$package" >"$out/var/lib/dpkg/status.d/$package"
    mkdir -p "$out/usr/share/doc/$package"
    cp -L "/usr/share/doc/$package/copyright" "$out/usr/share/doc/$package/"
  fi
done < <(printf '%s\n' "${paths[@]}" | sort -u)
