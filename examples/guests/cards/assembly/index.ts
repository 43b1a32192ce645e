import { Connection, JsonObject, json, kv, refuse, room, timer } from "@cloudramp/room";

const SUITS: string = "SHDC";
const RANKS: string = "A23456789TJQK";
const SEATS: i32 = 4;
const HAND: i32 = 5;
const MAX_CONNECTIONS: i32 = 100;
/** Who does not play within it draws a card, in milliseconds: nobody holds up a game by going away. */
const TURN: i64 = 30_000;

/** What a client may say: `{"type":"sit"}`, `"deal"`, `"draw"`, or `{"type":"play","card":"7H"}`. */
class Request extends JsonObject {
  type: string = "";
  card: string = "";
}

class Seat extends JsonObject {
  cards: i32 = 0;
  hand: string[] = [];
  constructor(public user: string = "") {
    super();
  }
}

/** All there is to know, which is kept; clients are sent it without the deck and the hands of others. */
class Game extends JsonObject {
  seats: Seat[] = [];
  deck: string[] = [];
  /** The card to match. */
  top: string = "";
  /** Whose turn it is; empty while no game is on. */
  turn: string = "";
  winner: string = "";
}

/**
 * Cards for two to four: in turn each plays a card of the suit or rank of the one on the table, or draws one; an empty hand has
 * won. Seats belong to users, not to connections: whoever comes back, on whatever device, holds the same hand. All others watch.
 */
export function onJoin(who: Connection): bool {
  if (room.connections().length > MAX_CONNECTIONS) return refuse(4010, "there is no place left"); // who joins is among them
  return who.send(viewOf(current(), nameOf(who)));
}

export function onMessage(from: Connection, text: string): void {
  const read = json.tryParse<Request>(text);
  const game = current();
  const refusal = read.ok ? act(game, nameOf(from), read.value) : "say it in JSON";
  if (refusal == "") show(game);
  else from.send(`{"error":"${refusal}"}`);
}

export function onTimer(name: string): void {
  const game = current();
  draw(game, seatOf(game, game.turn)); // a game is on as long as the timer is set
  show(game);
}

/** Does what somebody wants, or says why not. */
function act(game: Game, user: string, wanted: Request): string {
  const seat = seatOf(game, user);
  if (wanted.type == "sit") {
    if (seat >= 0 || game.turn != "" || game.seats.length == SEATS) return "there is no seat for you now";
    game.seats.push(new Seat(user));
    return "";
  }
  if (seat < 0) return "you are watching";
  if (wanted.type == "deal") return deal(game);
  if (game.turn != user) return "it is not your turn";
  return wanted.type == "draw" ? draw(game, seat) : play(game, seat, wanted.card);
}

function deal(game: Game): string {
  if (game.turn != "" || game.seats.length < 2) return "it takes two, and no game that is on";
  game.deck = [];
  for (let i = 0; i < 52; i++) game.deck.push(RANKS.charAt(i % 13) + SUITS.charAt(i / 13));
  for (let i = 0; i < game.seats.length; i++) {
    game.seats[i].hand = [];
    for (let card = 0; card < HAND; card++) game.seats[i].hand.push(take(game));
  }
  game.top = take(game);
  game.winner = "";
  pass(game, -1);
  return "";
}

function play(game: Game, seat: i32, card: string): string {
  const hand = game.seats[seat].hand;
  if (!hand.includes(card)) return "you do not hold that card";
  if (card.charAt(0) != game.top.charAt(0) && card.charAt(1) != game.top.charAt(1)) return "it does not match";
  hand.splice(hand.indexOf(card), 1);
  game.deck.push(game.top);
  game.top = card;
  pass(game, seat);
  if (hand.length > 0) return "";
  game.winner = game.seats[seat].user;
  game.turn = "";
  timer.cancel("turn");
  return "";
}

function draw(game: Game, seat: i32): string {
  if (game.deck.length > 0) game.seats[seat].hand.push(take(game));
  pass(game, seat);
  return "";
}

/** A card that chance chooses. */
function take(game: Game): string {
  return game.deck.splice(<i32>(Math.random() * game.deck.length), 1)[0];
}

function pass(game: Game, seat: i32): void {
  game.turn = game.seats[(seat + 1) % game.seats.length].user;
  timer.set("turn", TURN);
}

function current(): Game {
  const kept = kv.get("game");
  return kept === null ? new Game() : json.tryParse<Game>(kept).value;
}

/** Keeps the game, and tells each what they may know. */
function show(game: Game): void {
  kv.set("game", json.stringify(game));
  const members = room.members();
  for (let i = 0; i < members.length; i++) members[i].send(viewOf(game, nameOf(members[i])));
}

function viewOf(game: Game, user: string): string {
  const view = json.tryParse<Game>(json.stringify(game)).value;
  view.deck = [];
  for (let i = 0; i < view.seats.length; i++) {
    view.seats[i].cards = view.seats[i].hand.length;
    if (view.seats[i].user != user) view.seats[i].hand = [];
  }
  return json.stringify(view);
}

/** Where somebody sits; -1 for those who watch. */
function seatOf(game: Game, user: string): i32 {
  for (let i = 0; i < game.seats.length; i++) if (game.seats[i].user == user) return i;
  return -1;
}

/** Who somebody is, as the host knows; where it knows nobody, each connection is somebody else. */
function nameOf(who: Connection): string {
  return who.user != "" ? who.user : who.id;
}
