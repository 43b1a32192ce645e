//! A chat room: everybody reads who joins, what is said, and who leaves.
#![no_std]

mod sandbox_room;

use sandbox_room::{hook, text_only, Data, Join, Leave, Message, Room};

text_only!();

hook!(onJoin = join);
hook!(onMessage = message);
hook!(onLeave = leave);

fn join(room: &Room, join: Join) {
    say(room, &[join.connection, " joined"]);
}

fn message(room: &Room, message: Message) {
    if let Data::Text(text) = message.data {
        say(room, &[message.from, ": ", text]);
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
