#!/bin/sh
# Bring Pythons that this machine lacks: `release/pythons.sh DIRECTORY 3.14 3.15` leaves DIRECTORY/usr/bin/python3.14 there.
#
# Debian's next release has the newest ones. Its packages are unpacked, not installed, with the C library that they need,
# and patchelf tells them where it lies. Where apt-get cannot have one, it says so, and the rest goes on.
set -eu
mkdir -p "$1/lists/partial" "$1/archives/partial"
cd "$1"
shift
here=$(pwd)
lib=$here/usr/lib/$(uname -m)-linux-gnu

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror testing main" >sources.list
apt() {
	apt-get -qq -o Dir::Etc::SourceList="$here/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$here/lists" \
		-o Dir::State::Status=/dev/null -o Dir::Cache::Archives="$here/archives" -o APT::Install-Recommends=false "$@"
}

apt update
for version; do
	apt install --yes --download-only "python$version" libstdc++6 >/dev/null 2>&1 || { echo "Debian has no Python $version for us."; continue; }
	for package in archives/*.deb; do dpkg-deb --extract "$package" . && rm "$package"; done
	patchelf --set-interpreter "$(echo "$lib"/ld-linux-*.so.*)" --force-rpath --set-rpath "$lib" "usr/bin/python$version"
	"usr/bin/python$version" --version
done
