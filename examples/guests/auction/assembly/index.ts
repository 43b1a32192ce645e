import { Connection, JsonObject, json, kv, room, timer } from "@cloudramp/room";

const MAX_PRICE: f64 = 1_000_000_000;
const MAX_ITEM: i32 = 200;
const MAX_SECONDS: i32 = 7 * 24 * 60 * 60;
/** Whoever joins late is told of so many bids. */
const MAX_HISTORY: i32 = 50;
/** A bid in the last moments leaves the others so long to answer it, in milliseconds. */
const LAST_CALL: i64 = 10_000;

/** What a client may say: `{"type":"open","item":"a vase","price":100,"seconds":3600}`, or `{"type":"bid","price":120}`. */
class Request extends JsonObject {
  type: string = "";
  item: string = "";
  price: f64 = 0;
  seconds: i32 = 0;
}

class Bid extends JsonObject {
  bidder: string = "";
  price: f64 = 0;
}

/** All there is to know of an auction: what is kept, what who joins is told, and, when it closes, who has won. */
class Auction extends JsonObject {
  type: string = "auction";
  item: string = "";
  seller: string = "";
  /** What the next bid has to exceed. */
  price: f64 = 0;
  /** Milliseconds since 1970. */
  closes: i64 = 0;
  closed: bool = false;
  winner: string | null = null;
  /** The last ones, the oldest first. */
  bids: Bid[] = [];
}

class Refusal extends JsonObject {
  type: string = "error";
  constructor(public reason: string = "") {
    super();
  }
}

/**
 * A room that sells one thing after another. Who opens an auction says how long it is open; then it closes itself, also when
 * nobody is here any more, or the server was not. While one is open there is no other, and nobody can close it.
 */
export function onJoin(who: Connection): void {
  const auction = current();
  if (auction !== null) who.send(json.stringify(auction));
}

export function onMessage(from: Connection, text: string): void {
  const read = json.tryParse<Request>(text);
  const error = read.error;
  if (error !== null) {
    refuse(from, error.message);
    return;
  }
  if (read.value.type == "open") open(from, read.value);
  else if (read.value.type == "bid") bid(from, read.value.price);
  else refuse(from, "say 'open' or 'bid'");
}

export function onTimer(name: string): void {
  const auction = current();
  if (auction === null || auction.closed) return;
  auction.closed = true;
  if (auction.bids.length > 0) auction.winner = auction.bids[auction.bids.length - 1].bidder;
  tell(auction);
}

function open(from: Connection, wanted: Request): void {
  const before = current();
  if (before !== null && !before.closed) return refuse(from, "an auction is open already");
  if (before !== null && before.seller != nameOf(from)) return refuse(from, "this room is another seller's");
  if (wanted.item == "" || wanted.item.length > MAX_ITEM) return refuse(from, `an item has 1 to ${MAX_ITEM} characters`);
  if (!(wanted.price >= 0 && wanted.price <= MAX_PRICE)) return refuse(from, "the price is out of range");
  if (wanted.seconds < 1 || wanted.seconds > MAX_SECONDS) return refuse(from, `it may be open 1 to ${MAX_SECONDS} seconds`);
  const auction = new Auction();
  auction.item = wanted.item;
  auction.seller = nameOf(from);
  auction.price = wanted.price;
  closeIn(auction, <i64>wanted.seconds * 1_000);
  tell(auction);
}

function bid(from: Connection, price: f64): void {
  const auction = current();
  if (auction === null || auction.closed) return refuse(from, "no auction is open");
  if (auction.seller == nameOf(from)) return refuse(from, "this is your own auction");
  if (!(price > auction.price && price <= MAX_PRICE)) return refuse(from, `bid more than ${auction.price}`);
  const bid = new Bid();
  bid.bidder = nameOf(from);
  bid.price = price;
  auction.price = price;
  auction.bids.push(bid);
  if (auction.bids.length > MAX_HISTORY) auction.bids.shift();
  if (auction.closes - room.now < LAST_CALL) closeIn(auction, LAST_CALL);
  tell(auction);
}

function closeIn(auction: Auction, delay: i64): void {
  auction.closes = room.now + delay;
  timer.set("close", delay);
}

function current(): Auction | null {
  const kept = kv.get("auction");
  return kept === null ? null : json.tryParse<Auction>(kept).value;
}

function tell(auction: Auction): void {
  const text = json.stringify(auction);
  kv.set("auction", text);
  room.broadcast(text);
}

function refuse(who: Connection, reason: string): void {
  who.send(json.stringify(new Refusal(reason)));
}

/** Who somebody is, as the host knows; where it knows nobody, each connection is somebody else. */
function nameOf(who: Connection): string {
  return who.user != "" ? who.user : who.id;
}
