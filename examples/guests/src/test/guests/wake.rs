//! Keeps memory for its room, and broadcasts whether it began or woke up; wake.c says the same.
#![no_std]

#[path = "../../../rust/sandbox_room.rs"]
mod sandbox_room;

use sandbox_room::{hook, Data, Message, Room, Start};

hook!(onStart = start);
hook!(onMessage = message);

#[no_mangle]
pub extern "C" fn sandbox_room_memory() {}

fn start(room: &Room, start: Start) {
    let what = if start.woke { " woke" } else { " is new" };
    if let Err(error) = room.broadcast(Data::Text(room.concat(&[room.id(), what])), &[]) {
        error.abort();
    }
}

fn message(_: &Room, _: Message) {}
