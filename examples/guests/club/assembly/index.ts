import { Connection, JsonObject, json, kv, refuse, room } from "@cloudramp/room";

/** So many connections fit in. Joins come one after the other, so that there are never more. */
const MAX_CONNECTIONS: i32 = 100;
const OUT: string = "/out ";
/** How long somebody stays out, in milliseconds. */
const OUT_FOR: i64 = 60 * 60 * 1_000;

/** What a token of this club says of somebody besides who they are, in its claim `info`. */
class Profile extends JsonObject {
  name: string = "";
}

/**
 * A club for people whom the host knows. Who they are, `user`, is what their token says: it is the same in each of their
 * tabs, and when they come back. Who comes first owns the club, also tomorrow.
 *
 * The owner shows somebody out by saying `/out ` and the user: all of their connections are closed, and they stay out for an
 * hour, whichever connection they come with.
 */
export function onJoin(who: Connection): bool {
  if (who.user == "") return refuse(4011, "this club is for users whom the host knows: bring a token");
  if (kv.get(`out/${who.user}`) !== null) return refuse(4012, "the owner has shown you out");
  if (room.connections().length > MAX_CONNECTIONS) return refuse(4010, "the club is full"); // who joins is among them
  if (kv.get("owner") === null) kv.set("owner", who.user);
  room.broadcast(`${nameOf(who)} is here`);
  return true;
}

export function onMessage(from: Connection, text: string): void {
  if (text.startsWith(OUT)) showOut(from, text.slice(OUT.length));
  else room.broadcast(`${nameOf(from)}: ${text}`);
}

export function onLeave(who: Connection): void {
  room.broadcast(`${nameOf(who)} has gone`);
}

function showOut(owner: Connection, user: string): void {
  if (owner.user != kv.get("owner") || user == owner.user) {
    owner.send("only the owner shows somebody out, and somebody else");
    return;
  }
  kv.set(`out/${user}`, "1", OUT_FOR);
  const members = room.members();
  for (let i = 0; i < members.length; i++) {
    if (members[i].user == user) members[i].close(4012, "the owner has shown you out");
  }
}

/** How somebody wants to be called, or else who it is. */
function nameOf(who: Connection): string {
  const profile = json.tryParse<Profile>(who.info);
  return profile.ok && profile.value.name != "" ? profile.value.name : who.user;
}
