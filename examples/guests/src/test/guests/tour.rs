//! Calls every function of sandbox_room.rs, and broadcasts what came of it; tour.c says the same.
#![no_std]

#[path = "../../../rust/sandbox_room.rs"]
mod sandbox_room;

use core::fmt::{Display, Write};
use sandbox_room::{
    hook, Asked, Data, Error, Failure, Identity, Join, Leave, Level, Member, Message, Room, Timer,
};

hook!(onJoin = join);
hook!(onMessage = message);
hook!(onLeave = leave);
hook!(onTimer = timer);
hook!(onRequest = request);
hook!(onError = failure);

fn join(room: &Room, join: Join) {
    if join.connection.starts_with('m') {
        must(room.refuse(4010, room.concat(&["not you, ", join.connection])));
    }
    if join.identity.user.starts_with('-') {
        must(room.refuse(4011, join.identity.user));
    }
    if join.connection.starts_with('n') {
        let _ = room.refuse(1006, "a code that is not a guest's to use");
    }
}

fn message(room: &Room, message: Message) {
    if !matches!(message.data, Data::Text("")) {
        panic!("as you wish");
    }
    report(room, "service", room.service());
    report(room, "room", room.id());
    report(room, "time", room.now() / 1000);
    must(keys(room));
    must(people(room, message.from, message.identity));
    must(room.timer_set("bell", 1500));
    must(room.timer_set("never", 1000));
    must(room.timer_cancel("never"));
    must(room.log(Level::Debug, "the tour is over"));
}

fn leave(room: &Room, leave: Leave) {
    report(room, leave.connection, format_args!("{} {}", leave.code, leave.reason));
    report(room, "who left", leave.identity.user);
}

fn timer(room: &Room, timer: Timer) {
    report(room, timer.name, format_args!("{} {}", timer.due / 1000, timer.attempt));
    if timer.attempt == 0 {
        panic!("once more");
    }
}

fn request(room: &Room, asked: Asked) {
    let mut text = room.text();
    let _ = write!(
        text,
        "{} {} {}{}{} {}",
        asked.method,
        asked.path,
        asked.header("user-agent").unwrap_or(""),
        asked.header("x-none").map_or(" ", |_| "!"),
        core::str::from_utf8(asked.body).unwrap_or("?"),
        asked.identity.user
    );
    must(room.answer(201, "text/plain", text.finish().as_bytes()));
}

fn failure(room: &Room, failure: Failure) {
    report(
        room,
        failure.hook,
        format_args!("{} {}", failure.code, failure.connection),
    );
}

fn keys(room: &Room) -> Result<(), Error<'_>> {
    room.kv_set("k", b"v", 0)?;
    report_optional(room, "set", room.kv_get("k")?);
    room.kv_delete("k")?;
    report_optional(room, "deleted", room.kv_get("k")?);

    room.kv_increment("n", 43, 0)?;
    report(room, "sum", room.kv_increment("n", -1, 60000)?);
    room.kv_increment_within("window", 5, 60000)?;
    report(room, "within", room.kv_increment_within("window", 2, 60000)?);
    room.kv_set("text", b"no number", 1000)?;
    report_error(room, "increment", room.kv_increment("text", 1, 0).map(drop));

    // So much that the answer fits no memory that there is when it is asked for.
    static ZEROS: [u8; 60000] = [0; 60000];
    room.kv_set("large", &ZEROS, 0)?;
    let mut values = room.kv_get_many(&["large", "none", "large", "large", "large", "n"])?;
    let (_, none) = (values.next(), values.next().flatten());
    let (_, _, large, last) = (
        values.next(),
        values.next(),
        values.next().flatten(),
        values.next().flatten(),
    );
    report(room, "large", large.map_or(0, <[u8]>::len));
    report_optional(room, "none", none);
    report_optional(room, "last", last);
    Ok(())
}

fn people<'a>(room: &'a Room, me: &str, who: Identity) -> Result<(), Error<'a>> {
    report(room, "you", format_args!("{} {}", who.user, who.info));
    report(room, "last of the users", room.users()?.last().unwrap_or(""));
    if let Some(Member { connection, identity }) = room.members()?.last() {
        report(
            room,
            "last of the members",
            format_args!("{} {} {}", connection, identity.user, identity.info),
        );
    }
    room.send(me, Data::Binary(b"\x00\xff\x80"))?;
    room.send_to(&["nobody", me, "ben", me], Data::Text("to some"))?;
    report_error(room, "send", room.send("nobody", Data::Text("?")));
    report_error(room, "close with 1", room.close(me, 1, ""));
    room.set_state(me, "knows the way é")?;
    report(room, "state", room.state(me)?);
    report_error(room, "state of nobody", room.set_state("nobody", "?"));
    room.close(me, 4000, "bye")?;
    room.broadcast(Data::Text("to the others"), &[me])
}

fn report(room: &Room, what: &str, detail: impl Display) {
    let mut text = room.text();
    let _ = write!(text, "{}: {}", what, detail);
    must(room.broadcast(Data::Text(text.finish()), &[]));
}

fn report_error(room: &Room, what: &str, result: Result<(), Error>) {
    match result {
        Ok(()) => report(room, what, "0 none"),
        Err(error) => report(room, what, format_args!("{} {}", error.code, error.message)),
    }
}

fn report_optional(room: &Room, what: &str, value: Option<&[u8]>) {
    report(
        room,
        what,
        value.map_or("(absent)", |bytes| core::str::from_utf8(bytes).unwrap_or("?")),
    );
}

fn must(result: Result<(), Error>) {
    if let Err(error) = result {
        error.abort();
    }
}
