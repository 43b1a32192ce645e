#!/bin/sh
# Compiles the sources of a folder here to its plugin.jar, once, against the sandbox-api of that release:
#   sh freeze.sh 0.1.0 /path/to/sandbox-api-0.1.0.jar:/path/to/jspecify-1.0.0.jar
# A jar that is committed is never made anew: it stands for those that users have.
set -eu
cd "$(dirname "$0")/$1"
test ! -e plugin.jar || { echo "$1/plugin.jar is frozen" >&2; exit 1; }
classes=$(mktemp -d)
javac --release 17 -cp "$2" -d "$classes" com/example/frozen/*.java
cp -R META-INF "$classes"
jar --create --date=2026-11-25T00:00:00Z --file plugin.jar -C "$classes" com -C "$classes" META-INF
rm -r "$classes"
