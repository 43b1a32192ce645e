//! A chat room: everybody reads who joins, what is said, and who leaves.
#![no_std]

mod sandbox_room;

use sandbox_room::{hook, Data, Join, Leave, Message, Room};

hook!(onJoin = join);
hook!(onMessage = message);
hook!(onLeave = leave);

fn join(room: &Room, join: Join) {
    say(room, &[join.connection, " joined"]);
}

/// Takes text only.
fn message(room: &Room, message: Message) -> bool {
    match message.data {
        Data::Text(text) => {
            say(room, &[message.from, ": ", text]);
            true
        }
        Data::Binary(_) => false,
    }
}

fn leave(room: &Room, leave: Leave) {
    say(room, &[leave.connection, " left"]);
}

fn say(room: &Room, parts: &[&str]) {
    if let Err(error) = room.broadcast(Data::Text(room.concat(parts)), &[]) {
        error.abort();
    }
}
