#!/usr/bin/env bash
# Tests the projects that stand outside the build, plugins/leaderboard and embedding, the quiz that calls the plugin, and
# what docs/plugins.md shows, as somebody would who has only what this project publishes: copied to an empty folder, against installed jars and the
# packed npm package.
#
# With --packed it takes the jars that the last build has packed, and builds none itself: so the build calls it (outside-tests).
# Needs what ./sandbox test needs, and leaves nothing in the Maven repository of the user.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

# Each of the many short runs of Maven is over before a second compiler and a collector with threads have paid off.
export MAVEN_OPTS="${MAVEN_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmn64m}"

packed=
case "${1:-}" in
  "") ;;
  --packed) packed=yes ;;
  *) echo "outside: unknown option '$1'" >&2; exit 2 ;;
esac

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# What the caller has set for other servers and other tests is not meant for these.
unset ROOM_SERVER ROOM_TOKEN ${!SANDBOX_@}

step() { echo "outside: $*"; }
fail() { echo "outside: $*" >&2; exit 1; }

# A repository with what the user's has, but for our own jars: those are the ones that are installed here.
theirs=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
ours=$work/repository
mkdir -p "$ours/org" "$theirs/org"
find "$theirs" -mindepth 1 -maxdepth 1 ! -name org -exec ln -s {} "$ours/" \;
find "$theirs/org" -mindepth 1 -maxdepth 1 ! -name cloudramp -exec ln -s {} "$ours/org/" \;
maven() { mvn -B -q -Dmaven.repo.local="$ours" "$@"; }

# Puts a project where "install" puts it: its POM, and its jar if it has one.
install_packed() {
  local pom="$1/pom.xml" artifact folder jar
  artifact=$(sed '/<parent>/,/<\/parent>/d' "$pom" | sed -n 's/^  <artifactId>\(.*\)<\/artifactId>/\1/p')
  folder=$ours/org/cloudramp/sandbox/$artifact/$version
  mkdir -p "$folder"
  cp "$pom" "$folder/$artifact-$version.pom"
  grep -q '<packaging>pom</packaging>' "$pom" && return 0
  for jar in "$1/target/$artifact-$version.jar" "$1/target/$artifact.jar"; do
    if [ -f "$jar" ]; then
      cp "$jar" "$folder/$artifact-$version.jar"
      return 0
    fi
  done
  fail "$1 has no jar; run the build first, or this without --packed"
}

step "installing the jars and packing the npm package"
if [ -n "$packed" ]; then
  version=$(sed -n 's/^  <version>\(.*\)<\/version>/\1/p' pom.xml)
  for project in . sandbox-bom sandbox-api sandbox-testkit engine-chicory engine-endive engine-wasmtime store-filesystem store-s3 \
    kv-redis host-rooms sandbox-core sandbox-testkit-rooms playground sandbox-server; do
    install_packed "$project"
  done
else
  maven -DskipTests -Dspotless.check.skip=true \
    -pl sandbox-bom,sandbox-testkit-rooms,engine-wasmtime,sandbox-server -am install
fi
package=$work/$(cd sdk-assemblyscript && npm pack --silent --pack-destination "$work")
cp -R examples/plugins/leaderboard examples/embedding examples/guests/quiz "$work/"

# Compiles the room in a folder; $2 describes the functions that it calls.
room() {
  cd "$work/$1"
  npm install --silent --no-audit --no-fund --no-save "$package"
  npx room bindings "$2"
  npx room build
}

# What host functions the jars on a class path offer, without a server.
describe() {
  local class_path="$1"
  shift
  java -cp "$class_path" org.cloudramp.sandbox.server.DescribeFunctions "$@"
}

# Starts a server in a folder, with the settings that are there; sets $server, $url, and ROOM_TOKEN to a token of it.
start_server() {
  cd "$1"
  ROOM_TOKEN=$(java -jar "$root/sandbox-server/target/sandbox-server.jar" token create outside --scope admin | sed -n 's/^token: //p')
  export ROOM_TOKEN
  SANDBOX_LIMITS_TIME=2s java -jar "$root/sandbox-server/target/sandbox-server.jar" --port 0 >server.log 2>&1 &
  server=$!
  url=
  until [ -n "$url" ]; do
    kill -0 "$server" 2>/dev/null || { cat server.log >&2; exit 1; }
    sleep 0.2
    url=$(sed -n 's/^WASM-Sandbox is ready: //p' server.log)
  done
}

step "plugins/leaderboard: jar, bindings, room, tests"
cd "$work/leaderboard"
maven -DskipTests package
mkdir -p "$work/server/plugins/leaderboard"
cp target/leaderboard-*.jar "$work/server/plugins/leaderboard/"
cd "$work/server"
describe "$root/sandbox-server/target/sandbox-server.jar" plugins=plugins functions=leaderboard >"$work/leaderboard.json"
room leaderboard/room "$work/leaderboard.json"
cd "$work/leaderboard"
maven -DfailIfNoTests=true verify

step "plugins/leaderboard: dropped into a server, called from a room that is deployed there"
cd "$work/server"
cat >sandbox.properties <<'EOF'
sandbox.store.filesystem.folder = modules
sandbox.plugins = plugins
sandbox.functions = leaderboard
sandbox.permissions.leaderboard = points, quiz
sandbox.functions.leaderboard.points = 50
sandbox.server.tokenFile = tokens
EOF
start_server "$work/server"
cd "$work/leaderboard/room"
npx room deploy --server "$url"
if npx room deploy --server "$url" --service stranger >refusal.log 2>&1 ||
  ! grep -q "denied to service 'stranger'" refusal.log; then
  cat refusal.log >&2
  fail "a service without permission was not refused by name"
fi
talk() { java "$work/leaderboard/Talk.java" "${url/http/ws}rooms/$1/lobby" "${@:2}"; }
answer=$(talk points '.*' "add 5" points)
[ "$answer" = 5 ] || fail "the room answered '$answer', not '5'"

step "quiz: the same functions as those it was written for, unit tests, a game on the server"
room quiz "$url"
cmp assembly/plugins/leaderboard.ts "$root/examples/guests/quiz/assembly/plugins/leaderboard.ts" ||
  fail "the quiz has other functions than the leaderboard: run 'npx room bindings' there, and commit what it writes"
npx room test
npx room deploy --server "$url"
talk quiz 'The best: .+ [0-9]+' start Canberra top || fail "the winner is not in the leaderboard"
cd "$root"

step "README.md: the commands that make and deploy a room, as they stand there"
mkdir -p "$work/readme/project"
cp -R sdk-assemblyscript "$work/readme/project/"
cd "$work/readme/project"
sed -n '/^To write one yourself/,/^```$/{/^```sh$/,/^```$/{/^```/d;p}}' "$root/README.md" >"$work/readme/commands.sh"
ROOM_SERVER=$url bash -euo pipefail "$work/readme/commands.sh"
talk my-room '.+: hello' hello
cd "$root"

step "docs/plugins.md: every file that it shows, in an empty folder"
mkdir "$work/guide"
cd "$work/guide"
node -e '
  const { mkdirSync, readFileSync, writeFileSync } = require("fs");
  const page = readFileSync(process.argv[1], "utf8");
  for (const [, file, text] of page.matchAll(/^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$/gms)) {
    mkdirSync(require("path").dirname(file), { recursive: true });
    writeFileSync(file, text);
  }' "$root/docs/plugins.md"
maven -DskipTests package
mkdir -p server/plugins/leaderboard
cp target/leaderboard-1.0.0.jar server/plugins/leaderboard/
kill "$server"
start_server "$work/guide/server"
cd "$work/guide/points"
npm install --silent --no-audit --no-fund "$package"
npx room new
npx room bindings "$url"
npx room deploy --server "$url"
answer=$(talk points '.*' 5 points)
[ "$answer" = "5 points" ] || fail "the room of docs/plugins.md answered '$answer'"
cd "$work/guide"
maven -DfailIfNoTests=true verify

step "embedding: room, tests"
echo '{"abi":1,"modules":[{"name":"prices","functions":[{"name":"of","kind":"query","parameters":["STRING"],"result":"I32"}]}]}' \
  >"$work/prices.json"
room embedding/room "$work/prices.json"
cd "$work/embedding"
maven -DfailIfNoTests=true verify

step "all passed"
