//! Guest ABI 1 for Rust: everything that a room in Rust needs. `docs/abi.md` is the specification.
//!
//! Copy this file next to your own and write
//!
//! ```ignore
//! #![no_std]
//! mod sandbox_room;
//! use sandbox_room::{hook, Data, Join, Room};
//!
//! hook!(onJoin = join);
//!
//! fn join(room: &Room, join: Join) {
//!     let _ = room.broadcast(Data::Text(room.concat(&[join.connection, " joined"])), &[]);
//! }
//! ```
//!
//! A room exports the hooks that it wants to be told of, and imports only the host functions that it calls.
//!
//! **Memory.** The event lies where the static data ends, and everything that a [`Room`] returns lies behind it:
//! concatenations, formatted text, answers of the host. It lives as long as the `Room`, which is until the hook
//! returns, so nothing is ever freed and there is no allocator. One could not be added: this file takes all memory.
//!
//! **Errors.** A call of the host returns a `Result`; [`Error::abort`] ends the hook with the host's message, and a
//! panic ends it with its own. A hook that ends like that has no effect at all.
#![allow(dead_code)] // a room uses what it needs

use core::cell::UnsafeCell;
use core::fmt::{self, Write};
use core::marker::PhantomData;
use core::ptr::addr_of;
use core::{slice, str};

use core::arch::wasm32::{memory_grow, memory_size, unreachable};

// ---- Values ----

/// What a message carries, as in a WebSocket frame.
#[derive(Clone, Copy)]
pub enum Data<'a> {
    /// A text. One from the host that is no UTF-8, which a WebSocket server lets nobody send, comes as binary.
    Text(&'a str),
    Binary(&'a [u8]),
}

/// Why the host did not do what it was asked.
pub struct Error<'a> {
    /// One of the constants, or from [`Error::FIRST_OF_PLUGINS`] up a plugin's own.
    pub code: i32,
    /// In the host's words.
    pub message: &'a str,
}

impl Error<'_> {
    pub const BAD_REQUEST: i32 = 1;
    pub const UNAVAILABLE: i32 = 2;
    pub const TIMEOUT: i32 = 3;
    pub const LIMIT: i32 = 4;
    pub const DENIED: i32 = 5;
    pub const GONE: i32 = 6;
    pub const UNKNOWN: i32 = 7;
    pub const INTERNAL: i32 = 8;
    pub const FIRST_OF_PLUGINS: i32 = 64;

    /// Ends the hook as failed, with the host's message and the caller's place in the program.
    #[track_caller]
    pub fn abort(&self) -> ! {
        let place = core::panic::Location::caller();
        abort(self.message, place.file(), place.line(), place.column())
    }
}

/// How much a line of the log matters.
#[derive(Clone, Copy)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warn = 2,
    Error = 3,
}

// ---- Hooks ----

/// `hook!(onMessage = message);` exports the function `message` as a hook: `onStart`, `onJoin`, `onMessage`,
/// `onLeave`, `onTimer`, `onRequest` or `onError`.
///
/// The function takes a `&Room` and one of [`Start`], [`Join`], [`Message`], [`Leave`], [`Timer`],
/// [`Asked`] and [`Failure`]. If it returns
/// `bool`, `false` refuses what the hook was asked, and the hook then has no effect.
macro_rules! hook {
    ($export:ident = $function:path) => {
        #[allow(non_snake_case)]
        #[no_mangle]
        pub extern "C" fn $export() {
            // SAFETY: the host is here, with a new event, and nothing of an earlier hook is left.
            let room = unsafe { $crate::sandbox_room::Room::enter() };
            let event = $crate::sandbox_room::Event::read(&mut room.event());
            $crate::sandbox_room::Answer::give($function(&room, event));
        }
    };
}
pub(crate) use hook;

/// `text_only!();` says that the room takes texts only. The host then closes, with 1003, who sends something binary, and
/// `onMessage` is not told of it.
#[allow(unused_macros)]
macro_rules! text_only {
    () => {
        #[no_mangle]
        pub extern "C" fn sandbox_text_only() {}
    };
}
#[allow(unused_imports)]
pub(crate) use text_only;

/// `binary_only!();` says that the room takes binary messages only, as [`text_only!`] does of texts.
#[allow(unused_macros)]
macro_rules! binary_only {
    () => {
        #[no_mangle]
        pub extern "C" fn sandbox_binary_only() {}
    };
}
#[allow(unused_imports)]
pub(crate) use binary_only;

/// What a hook may be told.
pub trait Event<'a> {
    /// Reads the fields that only this event has.
    fn read(fields: &mut Reader<'a>) -> Self;
}

/// The room's memory was made.
pub struct Start {
    /// The room is not new: it has lost the memory it had, while somebody was in it.
    pub woke: bool,
}

/// Who a connection is, as far as the host says so.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The same for all connections of somebody; empty if it is not known.
    pub user: &'a str,
    /// What else is said of them, as JSON; may be empty.
    pub info: &'a str,
}

/// Somebody wants to join.
pub struct Join<'a> {
    pub connection: &'a str,
    pub identity: Identity<'a>,
}

/// Somebody has sent a message.
pub struct Message<'a> {
    pub from: &'a str,
    pub data: Data<'a>,
    pub identity: Identity<'a>,
}

/// Somebody has left.
pub struct Leave<'a> {
    pub connection: &'a str,
    /// Of the WebSocket close frame; 1006 if there was none.
    pub code: i32,
    pub reason: &'a str,
    pub identity: Identity<'a>,
}

/// A timer is due.
pub struct Timer<'a> {
    pub name: &'a str,
    /// Milliseconds since 1970 UTC.
    pub due: i64,
    /// How often it has failed before.
    pub attempt: i32,
}

/// Somebody asks the room by HTTP, without being in it.
pub struct Asked<'a> {
    /// `GET` and the like.
    pub method: &'a str,
    /// What comes behind the room, with the slash and the query.
    pub path: &'a str,
    headers: Reader<'a>,
    pub body: &'a [u8],
    pub identity: Identity<'a>,
}

impl<'a> Asked<'a> {
    /// The first header of that name, which is to be in small letters, as servers give them.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut fields = Reader { left: self.headers.left };
        for _ in 0..fields.i32() {
            fields.i32(); // two: a name and a value
            let (known, value) = (fields.string(), fields.string());
            if known == name {
                return Some(value);
            }
        }
        None
    }
}

/// A hook has failed, and had no effect.
pub struct Failure<'a> {
    /// 1 trapped, 2 deadline, 3 memory, 4 quota, 5 ABI, 6 the KV store, 8 the host.
    pub code: i32,
    pub message: &'a str,
    pub hook: &'a str,
    pub connection: &'a str,
}

impl<'a> Event<'a> for Start {
    fn read(fields: &mut Reader<'a>) -> Self {
        Start {
            woke: fields.u8() != 0,
        }
    }
}

impl<'a> Event<'a> for Join<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        Join {
            connection: fields.string(),
            identity: fields.identity(),
        }
    }
}

impl<'a> Event<'a> for Message<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        Message {
            from: fields.string(),
            data: fields.data(),
            identity: fields.identity(),
        }
    }
}

impl<'a> Event<'a> for Leave<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        Leave {
            connection: fields.string(),
            code: fields.i32(),
            reason: fields.string(),
            identity: fields.identity(),
        }
    }
}

impl<'a> Event<'a> for Timer<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        Timer {
            name: fields.string(),
            due: fields.i64(),
            attempt: fields.i32(),
        }
    }
}

impl<'a> Event<'a> for Asked<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        let (method, path) = (fields.string(), fields.string());
        let headers = Reader { left: fields.left };
        for _ in 0..fields.i32() {
            for _ in 0..fields.i32() {
                fields.string();
            }
        }
        Asked {
            method,
            path,
            headers,
            body: fields.bytes(),
            identity: fields.identity(),
        }
    }
}

impl<'a> Event<'a> for Failure<'a> {
    fn read(fields: &mut Reader<'a>) -> Self {
        Failure {
            code: fields.i32(),
            message: fields.string(),
            hook: fields.string(),
            connection: fields.string(),
        }
    }
}

/// What a hook may return.
pub trait Answer {
    fn give(self);
}

impl Answer for () {
    fn give(self) {}
}

impl Answer for bool {
    fn give(self) {
        if !self {
            MAILBOX.set(STATUS, REFUSED);
        }
    }
}

// ---- The room, and what the host does for it ----

/// The room that the running hook is about.
///
/// There is one while a hook runs. What its functions return it owns, and does not give to anybody else.
pub struct Room {
    _made_by_enter: (),
}

impl Room {
    /// For [`hook!`].
    ///
    /// # Safety
    ///
    /// Once in a hook, at its beginning: everything but the static data and the event is forgotten.
    pub unsafe fn enter() -> Room {
        SCRATCH.forget_until(MAILBOX.get(EVENT_PTR) as usize + MAILBOX.get(EVENT_LEN) as usize);
        Room { _made_by_enter: () }
    }

    /// For [`hook!`]: the fields behind those that all events have.
    pub fn event(&self) -> Reader<'_> {
        let mut fields = self.common_fields();
        fields.string();
        fields.string();
        fields.i64();
        fields.i64();
        fields
    }

    fn common_fields(&self) -> Reader<'_> {
        let (start, size) = (MAILBOX.get(EVENT_PTR) as usize, MAILBOX.get(EVENT_LEN) as usize);
        // SAFETY: the host has put the event there, and nobody writes there before the next hook.
        Reader {
            left: unsafe { slice::from_raw_parts(start as *const u8, size) },
        }
    }

    /// Whose program this is.
    pub fn service(&self) -> &str {
        self.common_fields().string()
    }

    /// The room's name, unique within the service.
    pub fn id(&self) -> &str {
        let mut fields = self.common_fields();
        fields.string();
        fields.string()
    }

    /// Milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        let mut fields = self.common_fields();
        fields.string();
        fields.string();
        fields.i64()
    }

    /// Random, and the same when the host repeats the hook.
    pub fn seed(&self) -> u64 {
        let mut fields = self.common_fields();
        fields.string();
        fields.string();
        fields.i64();
        fields.i64() as u64
    }

    /// Parts, one behind the other.
    pub fn concat(&self, parts: &[&str]) -> &str {
        let mut text = self.text();
        for part in parts {
            text.push(part);
        }
        text.finish()
    }

    /// A text to be written with `write!`, which is larger than [`Room::concat`] but knows numbers.
    pub fn text(&self) -> Text<'_> {
        Text {
            written: Area::begin(),
            _room: PhantomData,
        }
    }

    /// To everybody in the room but some, once the hook has succeeded.
    pub fn broadcast(&self, data: Data, except: &[&str]) -> Result<(), Error<'_>> {
        self.request()
            .data(data)
            .strings(except)
            .send(import::room_broadcast)
            .map(drop)
    }

    /// To each of some connections that is in the room, once the hook has succeeded. However many, that is one effect.
    pub fn send_to(&self, connections: &[&str], data: Data) -> Result<(), Error<'_>> {
        self.request()
            .strings(connections)
            .data(data)
            .send(import::room_send_to)
            .map(drop)
    }

    /// Who is in the room, in the order in which they joined.
    pub fn users(&self) -> Result<Strings<'_>, Error<'_>> {
        self.request()
            .send(import::room_users)
            .map(|mut answer| answer.strings())
    }

    /// Who is in the room and who they are, in the order in which they joined.
    pub fn members(&self) -> Result<Members<'_>, Error<'_>> {
        self.request().send(import::room_members).map(|mut answer| Members {
            count: answer.i32() as u32,
            items: answer,
        })
    }

    /// To one connection of the room, once the hook has succeeded. [`Error::GONE`] if it is not in the room.
    pub fn send(&self, connection: &str, data: Data) -> Result<(), Error<'_>> {
        self.request()
            .string(connection)
            .data(data)
            .send(import::conn_send)
            .map(drop)
    }

    /// Closes a connection of the room, once the hook has succeeded: 1000, or 3000 to 4999, and up to 123 bytes.
    pub fn close(&self, connection: &str, code: i32, reason: &str) -> Result<(), Error<'_>> {
        self.request()
            .string(connection)
            .i32(code)
            .string(reason)
            .send(import::conn_close)
            .map(drop)
    }

    /// What the room remembers of a connection: up to 2 KiB, empty until it is set. It is kept while the connection is in the
    /// room, and `onLeave` can still read it. [`Error::GONE`] if it is not in the room.
    pub fn state(&self, connection: &str) -> Result<&str, Error<'_>> {
        self.request()
            .string(connection)
            .send(import::conn_state)
            .map(|mut answer| answer.string())
    }

    /// Sets it, if the hook succeeds; this hook sees it at once. [`Error::GONE`] if the connection is not in the room.
    pub fn set_state(&self, connection: &str, state: &str) -> Result<(), Error<'_>> {
        self.request()
            .string(connection)
            .string(state)
            .send(import::conn_set_state)
            .map(drop)
    }

    /// Refuses a join, in `onJoin` only, with what the client is told: 1000, or 3000 to 4999, and what fits into 123
    /// bytes. The hook then has no effect, whatever it returns and whatever comes of the call.
    pub fn refuse(&self, code: i32, reason: &str) -> Result<(), Error<'_>> {
        false.give();
        self.request()
            .i32(code)
            .string(reason)
            .send(import::sandbox_refuse)
            .map(drop)
    }

    /// What a key of this room holds.
    pub fn kv_get(&self, key: &str) -> Result<Option<&[u8]>, Error<'_>> {
        self.request()
            .string(key)
            .send(import::kv_get)
            .map(|mut answer| answer.optional())
    }

    /// What several keys hold, in the order in which they are asked for.
    pub fn kv_get_many(&self, keys: &[&str]) -> Result<Optionals<'_>, Error<'_>> {
        self.request()
            .strings(keys)
            .send(import::kv_get_many)
            .map(|mut answer| answer.optionals())
    }

    /// Sets a key, if the hook succeeds. A time to live of 0 means for ever.
    pub fn kv_set(&self, key: &str, value: &[u8], time_to_live_ms: i64) -> Result<(), Error<'_>> {
        self.request()
            .string(key)
            .bytes(value)
            .i64(time_to_live_ms)
            .send(import::kv_set)
            .map(drop)
    }

    /// Removes a key, if the hook succeeds.
    pub fn kv_delete(&self, key: &str) -> Result<(), Error<'_>> {
        self.request().string(key).send(import::kv_delete).map(drop)
    }

    /// Adds to the number that a key holds, and returns the sum.
    pub fn kv_increment(&self, key: &str, by: i64, time_to_live_ms: i64) -> Result<i64, Error<'_>> {
        let request = self.request().string(key).i64(by).i64(time_to_live_ms);
        request.send(import::kv_increment).map(|mut answer| answer.i64())
    }

    /// The same, but the time to live begins with the call that makes the key, and is not set anew by later ones.
    pub fn kv_increment_within(&self, key: &str, by: i64, time_to_live_ms: i64) -> Result<i64, Error<'_>> {
        let request = self.request().string(key).i64(by).i64(time_to_live_ms);
        request.send(import::kv_increment_within).map(|mut answer| answer.i64())
    }

    /// Answers a request, in `onRequest` only and if the hook succeeds, with a status of 200 to 599. An empty type is none.
    pub fn answer(&self, status: i32, content_type: &str, body: &[u8]) -> Result<(), Error<'_>> {
        let request = self.request().i32(status);
        let request = if content_type.is_empty() {
            request.i32(0)
        } else {
            request.i32(1).strings(&["content-type", content_type])
        };
        request.bytes(body).send(import::request_answer).map(drop)
    }

    /// Has `onTimer` called in so many milliseconds, at least 50, if the hook succeeds; also when nobody is in the room
    /// then. A room may have 32 timers; one that is set again has a new time. A name has 1 to 128 bytes.
    pub fn timer_set(&self, name: &str, delay_ms: i64) -> Result<(), Error<'_>> {
        self.request()
            .string(name)
            .i64(delay_ms)
            .send(import::timer_set)
            .map(drop)
    }

    /// Cancels a timer, if the hook succeeds and there is one of that name.
    pub fn timer_cancel(&self, name: &str) -> Result<(), Error<'_>> {
        self.request().string(name).send(import::timer_cancel).map(drop)
    }

    /// A line in the service's log, whatever becomes of the hook.
    pub fn log(&self, level: Level, line: &str) -> Result<(), Error<'_>> {
        self.request()
            .u8(level as u8)
            .string(line)
            .send(import::sandbox_log)
            .map(drop)
    }

    /// A call of another host function, such as a plugin's:
    ///
    /// ```ignore
    /// #[link(wasm_import_module = "leaderboard")]
    /// extern "C" {
    ///     fn add();
    /// }
    /// room.request().string(player).i32(points).send(add)?;
    /// ```
    pub fn request(&self) -> Request<'_> {
        Request {
            written: Area::begin(),
            _room: PhantomData,
        }
    }
}

/// A request that is being written. Until it is sent, the room may not be asked for anything else: that ends
/// the hook.
pub struct Request<'a> {
    written: Area,
    _room: PhantomData<&'a Room>,
}

impl<'a> Request<'a> {
    pub fn u8(self, value: u8) -> Self {
        self.raw(&[value])
    }

    pub fn i32(self, value: i32) -> Self {
        self.raw(&value.to_le_bytes())
    }

    pub fn i64(self, value: i64) -> Self {
        self.raw(&value.to_le_bytes())
    }

    pub fn f64(self, value: f64) -> Self {
        self.raw(&value.to_le_bytes())
    }

    pub fn string(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    pub fn bytes(self, value: &[u8]) -> Self {
        self.i32(value.len() as i32).raw(value)
    }

    pub fn data(self, value: Data) -> Self {
        match value {
            Data::Text(text) => self.u8(TEXT).string(text),
            Data::Binary(bytes) => self.u8(BINARY).bytes(bytes),
        }
    }

    pub fn strings(self, values: &[&str]) -> Self {
        values
            .iter()
            .fold(self.i32(values.len() as i32), |request, value| request.string(value))
    }

    /// Calls the host, and returns its answer.
    #[inline(always)] // so that the call is direct
    pub fn send(self, host_function: unsafe extern "C" fn()) -> Result<Reader<'a>, Error<'a>> {
        self.announce();
        // SAFETY: every host function takes its arguments from the mailbox, and writes where the mailbox says.
        unsafe { host_function() };
        self.receive()
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.written.push(bytes);
        self
    }

    fn announce(&self) {
        self.written.require_last();
        MAILBOX.set(REQ_PTR, self.written.start as u32);
        MAILBOX.set(REQ_LEN, (self.written.end - self.written.start) as u32);
        SCRATCH.forget_until(self.written.start); // the host has read all of the request before it writes
        offer_space();
    }

    fn receive(self) -> Result<Reader<'a>, Error<'a>> {
        let length = MAILBOX.get(RES_LEN) as i32;
        if length < 0 {
            offer_space();
            // SAFETY: as for every host function.
            unsafe { import::sandbox_result() };
            // SAFETY: the host writes well-formed UTF-8 wherever it writes text of its own.
            let message = unsafe { str::from_utf8_unchecked(take_response()) };
            return Err(Error { code: -length, message });
        }
        Ok(Reader { left: take_response() })
    }
}

/// Reads what the host wrote. What is missing reads as zero or empty.
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn u8(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.array())
    }

    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }

    pub fn string(&mut self) -> &'a str {
        // SAFETY: the host writes well-formed UTF-8 into every field that is a str.
        unsafe { str::from_utf8_unchecked(self.bytes()) }
    }

    pub fn bytes(&mut self) -> &'a [u8] {
        let claimed = self.i32() as u32 as usize;
        self.take(claimed.min(self.left.len()))
    }

    pub fn data(&mut self) -> Data<'a> {
        let kind = self.u8();
        let bytes = self.bytes();
        match (kind, str::from_utf8(bytes)) {
            (TEXT, Ok(text)) => Data::Text(text),
            _ => Data::Binary(bytes),
        }
    }

    pub fn optional(&mut self) -> Option<&'a [u8]> {
        if self.u8() == 0 {
            return None;
        }
        Some(self.bytes())
    }

    pub fn strings(&mut self) -> Strings<'a> {
        let count = self.i32() as u32;
        Strings {
            count,
            items: Reader { left: self.left },
        }
    }

    /// The two last fields of an event of a connection.
    fn identity(&mut self) -> Identity<'a> {
        Identity {
            user: self.string(),
            info: self.string(),
        }
    }

    pub fn optionals(&mut self) -> Optionals<'a> {
        let count = self.i32() as u32;
        Optionals {
            count,
            items: Reader { left: self.left },
        }
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        if self.left.len() < N {
            self.left = &[];
        } else {
            array.copy_from_slice(self.take(N));
        }
        array
    }

    /// The next `size` bytes, of which there are that many.
    fn take(&mut self, size: usize) -> &'a [u8] {
        let (taken, left) = self.left.split_at(size);
        self.left = left;
        taken
    }
}

/// Some texts, one after the other.
pub struct Strings<'a> {
    count: u32,
    items: Reader<'a>,
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.count = self.count.checked_sub(1)?;
        Some(self.items.string())
    }
}

/// Somebody in the room.
pub struct Member<'a> {
    pub connection: &'a str,
    pub identity: Identity<'a>,
}

/// Some who are in the room, one after the other.
pub struct Members<'a> {
    count: u32,
    items: Reader<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        self.count = self.count.checked_sub(1)?;
        let mut fields = self.items.strings();
        let mut next = || fields.next().unwrap_or_default();
        let member = Member {
            connection: next(),
            identity: Identity {
                user: next(),
                info: next(),
            },
        };
        fields.by_ref().for_each(drop); // of a newer host
        self.items = fields.items;
        Some(member)
    }
}

/// For each of several questions, bytes or nothing.
pub struct Optionals<'a> {
    count: u32,
    items: Reader<'a>,
}

impl<'a> Iterator for Optionals<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        self.count = self.count.checked_sub(1)?;
        Some(self.items.optional())
    }
}

/// A text that is being written. Until it is finished, the room may not be asked for anything else: that ends
/// the hook.
pub struct Text<'a> {
    written: Area,
    _room: PhantomData<&'a Room>,
}

impl<'a> Text<'a> {
    pub fn push(&mut self, part: &str) {
        self.written.push(part.as_bytes());
    }

    pub fn finish(self) -> &'a str {
        // SAFETY: whole strs were pushed and nothing else, and nobody writes there before the next hook.
        unsafe { str::from_utf8_unchecked(self.written.as_slice()) }
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push(part);
        Ok(())
    }
}

// ---- Memory ----

const PAGE_BYTES: usize = 65_536;

extern "C" {
    /// The linker's name for the end of the static data.
    static __heap_base: u8;
}

fn heap_base() -> usize {
    #[allow(unused_unsafe)] // needed until Rust 1.82
    // SAFETY: only its address is taken.
    unsafe {
        addr_of!(__heap_base) as usize
    }
}

fn memory_end() -> usize {
    memory_size::<0>() * PAGE_BYTES
}

/// Grows memory until `size` bytes fit from there on, or ends the hook.
fn make_fit(from: usize, size: usize) {
    let free = memory_end() - from;
    if size > free && memory_grow::<0>((size - free) / PAGE_BYTES + 1) == usize::MAX {
        unreachable(); // there is no room to say why
    }
}

/// All memory behind the event. It is given away from its start on, and not taken back before the hook returns.
struct Scratch {
    free: UnsafeCell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Scratch {}

static SCRATCH: Scratch = Scratch {
    free: UnsafeCell::new(0),
};

impl Scratch {
    /// From here on memory is nobody's.
    fn free(&self) -> usize {
        // SAFETY: no reference to what is in the cell is ever made.
        unsafe { *self.free.get() }
    }

    fn forget_until(&self, start: usize) {
        // SAFETY: as above.
        unsafe { *self.free.get() = start }
    }

    fn take(&self, size: usize) -> usize {
        let start = self.free();
        make_fit(start, size);
        self.forget_until(start + size);
        start
    }
}

/// Something in scratch memory that is still growing, and so must be the last thing there.
struct Area {
    start: usize,
    end: usize,
}

impl Area {
    fn begin() -> Area {
        Area {
            start: SCRATCH.free(),
            end: SCRATCH.free(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.require_last();
        let at = SCRATCH.take(bytes.len());
        // SAFETY: that memory is there, and nobody else has it.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), at as *mut u8, bytes.len()) };
        self.end = SCRATCH.free();
    }

    fn require_last(&self) {
        if self.end != SCRATCH.free() {
            // Not a panic: that would bring the code that formats its message into every room.
            let message = "the room was asked for something else while this was being written";
            abort(message, file!(), line!(), column!());
        }
    }

    fn as_slice<'a>(&self) -> &'a [u8] {
        // SAFETY: all of it was written, and nobody else has it before the next hook.
        unsafe { slice::from_raw_parts(self.start as *const u8, self.end - self.start) }
    }
}

/// Lets the host write its response into all that is free.
fn offer_space() {
    MAILBOX.set(RES_PTR, SCRATCH.free() as u32);
    MAILBOX.set(RES_CAP, (memory_end() - SCRATCH.free()) as u32);
}

/// What the host has written; or, if it was too much, fetches it into memory that is large enough.
fn take_response<'a>() -> &'a [u8] {
    let size = MAILBOX.get(RES_LEN) as usize;
    if size > MAILBOX.get(RES_CAP) as usize {
        make_fit(SCRATCH.free(), size);
        offer_space();
        // SAFETY: as for every host function.
        unsafe { import::sandbox_result() };
    }
    let start = SCRATCH.take(size);
    // SAFETY: the host has written all of it, and nobody else has it before the next hook.
    unsafe { slice::from_raw_parts(start as *const u8, size) }
}

// ---- The mailbox ----

const EVENT_PTR: usize = 0;
const EVENT_CAP: usize = 1;
const EVENT_LEN: usize = 2;
const STATUS: usize = 3;
const REQ_PTR: usize = 4;
const REQ_LEN: usize = 5;
const RES_PTR: usize = 6;
const RES_CAP: usize = 7;
const RES_LEN: usize = 8;

const REFUSED: u32 = 1;
const TEXT: u8 = 0;
const BINARY: u8 = 1;

/// The words through which host and guest tell each other where things are.
#[repr(transparent)]
struct Mailbox(UnsafeCell<[u32; 9]>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Mailbox {}

static MAILBOX: Mailbox = Mailbox(UnsafeCell::new([0; 9]));

impl Mailbox {
    fn get(&self, word: usize) -> u32 {
        // SAFETY: all words are within the array. The host writes some of them, hence volatile.
        unsafe { (self.0.get() as *const u32).add(word).read_volatile() }
    }

    fn set(&self, word: usize, value: u32) {
        // SAFETY: as above.
        unsafe { (self.0.get() as *mut u32).add(word).write_volatile(value) }
    }
}

/// Tells the host where the mailbox is.
#[no_mangle]
pub extern "C" fn sandbox_abi_1() -> *const u8 {
    MAILBOX.set(EVENT_PTR, heap_base() as u32);
    MAILBOX.set(EVENT_CAP, (memory_end() - heap_base()) as u32);
    MAILBOX.0.get() as *const u8
}

/// Makes the inbox hold the event whose length the host has written.
#[no_mangle]
pub extern "C" fn sandbox_reserve() {
    make_fit(heap_base(), MAILBOX.get(EVENT_LEN) as usize);
    MAILBOX.set(EVENT_CAP, (memory_end() - heap_base()) as u32);
}

// ---- Imports and the end ----

mod import {
    #[link(wasm_import_module = "sandbox")]
    extern "C" {
        #[link_name = "result"]
        pub fn sandbox_result();
        #[link_name = "abort"]
        pub fn sandbox_abort();
        #[link_name = "log"]
        pub fn sandbox_log();
        #[link_name = "refuse"]
        pub fn sandbox_refuse();
    }

    #[link(wasm_import_module = "room")]
    extern "C" {
        #[link_name = "broadcast"]
        pub fn room_broadcast();
        #[link_name = "sendTo"]
        pub fn room_send_to();
        #[link_name = "users"]
        pub fn room_users();
        #[link_name = "members"]
        pub fn room_members();
    }

    #[link(wasm_import_module = "conn")]
    extern "C" {
        #[link_name = "send"]
        pub fn conn_send();
        #[link_name = "close"]
        pub fn conn_close();
        #[link_name = "state"]
        pub fn conn_state();
        #[link_name = "setState"]
        pub fn conn_set_state();
    }

    #[link(wasm_import_module = "kv")]
    extern "C" {
        #[link_name = "get"]
        pub fn kv_get();
        #[link_name = "getMany"]
        pub fn kv_get_many();
        #[link_name = "set"]
        pub fn kv_set();
        #[link_name = "delete"]
        pub fn kv_delete();
        #[link_name = "increment"]
        pub fn kv_increment();
        #[link_name = "incrementWithin"]
        pub fn kv_increment_within();
    }
    #[link(wasm_import_module = "request")]
    extern "C" {
        #[link_name = "answer"]
        pub fn request_answer();
    }
    #[link(wasm_import_module = "timer")]
    extern "C" {
        #[link_name = "set"]
        pub fn timer_set();
        #[link_name = "cancel"]
        pub fn timer_cancel();
    }
}

/// Ends the hook as failed, and says why.
fn abort(message: &str, file: &str, line: u32, column: u32) -> ! {
    let report = Request {
        written: Area::begin(),
        _room: PhantomData,
    };
    let report = report.string(message).string(file).i32(line as i32).i32(column as i32);
    let _ = report.send(import::sandbox_abort);
    unreachable() // the host does not return
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let mut text = Text {
        written: Area::begin(),
        _room: PhantomData,
    };
    let _ = write!(text, "{}", info);
    match info.location() {
        Some(place) => abort(text.finish(), place.file(), place.line(), place.column()),
        None => abort(text.finish(), "", 0, 0),
    }
}
