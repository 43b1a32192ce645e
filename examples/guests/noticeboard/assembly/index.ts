import { Connection, JsonObject, Request, Response, json, kv, room } from "@cloudramp/room";

const MAX_NOTICES: i32 = 20;
const MAX_TITLE: i32 = 200;

/** What a webhook posts: `{"title":"build 17 has failed","url":"https://…"}`. */
class Notice extends JsonObject {
  title: string = "";
  url: string = "";
  /** When it came, in milliseconds since 1970. */
  at: i64 = 0;
}

/**
 * A board that others write on by HTTP, and that people watch: `POST /rooms/{service}/{room}/notices` shows a notice to everybody in
 * the room, also when nobody is there yet; `GET` of the same gives the last twenty, as does joining.
 */
export function onRequest(request: Request): Response {
  if (request.path != "/notices") return new Response("there is /notices only", 404);
  if (request.method == "GET" || request.method == "HEAD") return Response.json(kept()).header("cache-control", "no-cache");
  if (request.method != "POST") return new Response("GET or POST", 405).header("allow", "GET, HEAD, POST");
  const read = json.tryParse<Notice>(request.text);
  const error = read.error;
  if (error !== null) return new Response(error.message, 400);
  const notice = read.value;
  if (notice.title == "" || notice.title.length > MAX_TITLE) return new Response(`a title has 1 to ${MAX_TITLE} characters`, 422);
  notice.at = room.now;
  show(notice);
  return Response.json(json.stringify(notice), 201);
}

export function onJoin(who: Connection): void {
  who.send(kept());
}

function show(notice: Notice): void {
  const notices = json.tryParse<Notice[]>(kept()).value;
  notices.push(notice);
  if (notices.length > MAX_NOTICES) notices.shift();
  kv.set("notices", json.stringify(notices));
  room.broadcast(json.stringify([notice]));
}

function kept(): string {
  const notices = kv.get("notices");
  return notices === null ? "[]" : notices;
}
