// A guest as a programmer would write it without any SDK: strings, a class, an array that is sorted.
@external("room", "broadcast") declare function broadcast(): void;

class Player { constructor(public name: string, public points: i32) {} }

const mailbox = new StaticArray<i32>(9);
let players = new Array<Player>();
let elapsed: f64 = 0.5;
let seed: u64 = 0x9e3779b97f4a7c15;

export function sandbox_abi_1(): i32 {
  return <i32>changetype<usize>(mailbox);
}

export function onJoin(): void {
  players.push(new Player("player-" + players.length.toString(), 0));
  broadcast();
}

export function onMessage(): void {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  elapsed += Math.sqrt(<f64>players.length);
  for (let i = 0; i < players.length; i++) players[i].points += <i32>(seed & 7);
  players.sort((a, b) => b.points - a.points);
  if (players.length > 0) mailbox[2] = players[0].name.length;
  broadcast();
}

export function onLeave(): void {
  players = new Array<Player>();
}
