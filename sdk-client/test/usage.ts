import { connect, type Change, type Detail, type Room } from "@cloudramp/client";

const room: Room = connect("wss://example.org/rooms/chat/lobby", {
  token: async () => (await fetch("/join-token")).text(),
  maxQueued: 100,
});

const end: () => void = room.on("message", (data) => {
  const text: string = typeof data === "string" ? data : String(data.length);
  room.send(text);
});
room.on("state", (change: Change, detail: Detail) => {
  if (change === "anew") console.log(detail.lost);
});
room.send(Uint8Array.of(1));
room.close(1000, "done");
end();

// @ts-expect-error numbers are no messages
room.send(5);
// @ts-expect-error there is no such event
room.on("open", () => {});
