#!/usr/bin/env bash
# Tests the projects that stand outside the build, plugins/leaderboard and embedding, as somebody would who has only
# what this project publishes: copied to an empty folder, against installed jars and the packed npm package.
#
# Takes no options. Needs what ./sandbox test needs, and leaves nothing in the Maven repository of the user.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { echo "outside: $*"; }

# A repository with what the user's has, but for our own jars: those are the ones that are installed here.
theirs=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
ours=$work/repository
mkdir -p "$ours/org" "$theirs/org"
find "$theirs" -mindepth 1 -maxdepth 1 ! -name org -exec ln -s {} "$ours/" \;
find "$theirs/org" -mindepth 1 -maxdepth 1 ! -name cloudramp -exec ln -s {} "$ours/org/" \;
maven() { mvn -B -q -Dmaven.repo.local="$ours" "$@"; }

step "installing the jars and packing the npm package"
maven -DskipTests -Dspotless.check.skip=true \
  -pl sandbox-bom,sandbox-testkit-rooms,engine-wasmtime,sandbox-server -am install
package=$work/$(cd sdk-assemblyscript && npm pack --silent --pack-destination "$work")
cp -R examples/plugins/leaderboard examples/embedding "$work/"

# Compiles the room of a project; $2 describes the functions that it calls.
room() {
  cd "$work/$1/room"
  npm install --silent --no-audit --no-fund --no-save "$package"
  npx room bindings "$2"
  npx room build
  cd "$root"
}

# What host functions the jars on a class path offer, without a server.
describe() {
  local class_path="$1"
  shift
  java -cp "$class_path" org.cloudramp.sandbox.core.DescribeFunctions "$@"
}

step "plugins/leaderboard: jar, bindings, room, tests"
cd "$work/leaderboard"
maven -DskipTests package
mkdir -p "$work/server/plugins/leaderboard"
cp target/leaderboard-*.jar "$work/server/plugins/leaderboard/"
cd "$work/server"
describe "$root/sandbox-server/target/sandbox-server.jar" plugins=plugins functions=leaderboard >"$work/leaderboard.json"
room leaderboard "$work/leaderboard.json"
(cd "$work/leaderboard" && maven verify)

step "embedding: room, tests"
echo '{"abi":1,"modules":[{"name":"prices","functions":[{"name":"of","kind":"query","parameters":["STRING"],"result":"I32"}]}]}' \
  >"$work/prices.json"
room embedding "$work/prices.json"
(cd "$work/embedding" && maven verify)

step "all passed"
