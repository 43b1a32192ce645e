/*
 * Guest ABI 1 for C: everything that a room in C needs. docs/abi.md is the specification.
 *
 * Include it where you like; in one file define SANDBOX_ROOM_IMPLEMENTATION first. A room exports the hooks
 * that it wants to be told of, and imports only the host functions that it calls:
 *
 *     #define SANDBOX_ROOM_IMPLEMENTATION
 *     #include "sandbox_room.h"
 *
 *     SANDBOX_HOOK(onJoin) {
 *       sandbox_join join = sandbox_read_join();
 *       sandbox_must(room_broadcast(sandbox_text(SANDBOX_CONCAT(join.connection, SANDBOX_STRING(" joined")))));
 *     }
 *
 * Memory. The event lies where the static data ends, and everything that functions here return lies behind it:
 * other fields, concatenations, answers of the host. All of that is good until the hook returns, so nothing is
 * ever freed. There is no malloc, and no room for one.
 *
 * Errors. Functions that call the host return a sandbox_error; sandbox_must ends the hook if it is one. A hook
 * that ends like that has no effect at all.
 */
#ifndef SANDBOX_ROOM_H
#define SANDBOX_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Values ---- */

/* Bytes of somebody else's. Text is UTF-8 and ends without a zero. */
typedef struct {
  const uint8_t *at;
  uint32_t size;
} sandbox_bytes;

/* A string literal as bytes. */
#define SANDBOX_STRING(literal) ((sandbox_bytes){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* What a message carries, as in a WebSocket frame. */
typedef enum { SANDBOX_TEXT = 0, SANDBOX_BINARY = 1 } sandbox_kind;

typedef struct {
  sandbox_kind kind;
  sandbox_bytes content;
} sandbox_data;

static inline sandbox_data sandbox_text(sandbox_bytes utf8) { return (sandbox_data){SANDBOX_TEXT, utf8}; }
static inline sandbox_data sandbox_binary(sandbox_bytes bytes) { return (sandbox_data){SANDBOX_BINARY, bytes}; }

/* Bytes, or nothing. */
typedef struct {
  bool present;
  sandbox_bytes value;
} sandbox_optional;

/* Why the host did not do what it was asked. From SANDBOX_FIRST_OF_PLUGINS up the codes are the plugins' own. */
typedef enum {
  SANDBOX_OK = 0,
  SANDBOX_BAD_REQUEST = 1,
  SANDBOX_UNAVAILABLE = 2,
  SANDBOX_TIMEOUT = 3,
  SANDBOX_LIMIT = 4,
  SANDBOX_DENIED = 5,
  SANDBOX_GONE = 6,
  SANDBOX_UNKNOWN = 7,
  SANDBOX_INTERNAL = 8,
  SANDBOX_FIRST_OF_PLUGINS = 64
} sandbox_error;

/* Parts, one behind the other: SANDBOX_CONCAT(who, SANDBOX_STRING(": "), text). */
#define SANDBOX_CONCAT(...) \
  sandbox_concat((const sandbox_bytes[]){__VA_ARGS__}, \
                 sizeof((const sandbox_bytes[]){__VA_ARGS__}) / sizeof(sandbox_bytes))
sandbox_bytes sandbox_concat(const sandbox_bytes *parts, size_t count);

/* ---- Hooks: SANDBOX_HOOK(onMessage) { … } ---- */

/* Defines a hook: onStart, onJoin, onMessage, onLeave, onTimer, onRequest or onError. It begins with reading its event. */
#define SANDBOX_HOOK(name) __attribute__((export_name(#name))) void name(void)

/* Says that the room takes texts only, or binary messages only, in one file and outside of functions. The host then
   closes, with 1003, who sends another, and onMessage is not told of it. */
#define SANDBOX_TEXT_ONLY SANDBOX_MARK(sandbox_text_only)
#define SANDBOX_BINARY_ONLY SANDBOX_MARK(sandbox_binary_only)
#define SANDBOX_MARK(name) \
  __attribute__((export_name(#name))) void name(void); \
  void name(void) {}                                   \
  _Static_assert(1, "a semicolon goes here")

/* Refuses what the hook was asked: a join, for instance. The hook then has no effect. */
void sandbox_refuse(void);

/* What every event begins with. */
typedef struct {
  sandbox_bytes service;
  sandbox_bytes room;
  int64_t time;  /* milliseconds since 1970 UTC */
  uint64_t seed; /* random; the same when the host repeats the hook */
} sandbox_event;

typedef struct {
  sandbox_event event;
  bool woke; /* the room is not new: it has lost the memory it had, while somebody was in it */
} sandbox_start;

/* Who a connection is, as far as the host says so. */
typedef struct {
  sandbox_bytes user; /* the same for all connections of somebody; empty if it is not known */
  sandbox_bytes info; /* what else is said of them, as JSON; may be empty */
} sandbox_identity;

typedef struct {
  sandbox_event event;
  sandbox_bytes connection;
  sandbox_identity identity;
} sandbox_join;

typedef struct {
  sandbox_event event;
  sandbox_bytes from;
  sandbox_data data;
  sandbox_identity identity;
} sandbox_message;

typedef struct {
  sandbox_event event;
  sandbox_bytes connection;
  int32_t code; /* of the WebSocket close frame; 1006 if there was none */
  sandbox_bytes reason;
  sandbox_identity identity;
} sandbox_leave;

typedef struct {
  sandbox_event event;
  int32_t code; /* 1 trapped, 2 deadline, 3 memory, 4 quota, 5 ABI, 6 the KV store, 8 the host */
  sandbox_bytes message;
  sandbox_bytes hook;
  sandbox_bytes connection;
} sandbox_failure;

typedef struct {
  sandbox_event event;
  sandbox_bytes name;
  int64_t due;     /* milliseconds since 1970 UTC */
  int32_t attempt; /* how often it has failed before */
} sandbox_timer;

typedef struct {
  sandbox_event event;
  sandbox_bytes method;  /* GET and the like */
  sandbox_bytes path;    /* what comes behind the room, with the slash and the query */
  const uint8_t *headers; /* for sandbox_header */
  uint32_t header_count;
  sandbox_bytes body;
  sandbox_identity identity;
} sandbox_asked;

sandbox_start sandbox_read_start(void);
sandbox_join sandbox_read_join(void);
sandbox_message sandbox_read_message(void);
sandbox_leave sandbox_read_leave(void);
sandbox_timer sandbox_read_timer(void);
sandbox_asked sandbox_read_request(void);

/* The first header of that name, which is to be in small letters, as servers give them. To be asked before the next call
   of the host. */
sandbox_optional sandbox_header(const sandbox_asked *request, sandbox_bytes name);

sandbox_failure sandbox_read_failure(void);

/* ---- Host functions ---- */

/* To everybody in the room, once the hook has succeeded. */
sandbox_error room_broadcast(sandbox_data data);

/* To everybody in the room but those. */
sandbox_error room_broadcast_except(sandbox_data data, const sandbox_bytes *except, uint32_t count);

/* To each of those connections that is in the room, once the hook has succeeded. However many, that is one effect. */
sandbox_error room_send_to(const sandbox_bytes *connections, uint32_t count, sandbox_data data);

/* Asks who is in the room, in the order in which they joined. Read the answer with sandbox_read_u32, which is
   how many there are, and sandbox_read_bytes for each. */
sandbox_error room_users(void);

/* Somebody in the room. */
typedef struct {
  sandbox_bytes connection;
  sandbox_identity identity;
} sandbox_member;

/* Asks who is in the room and who they are, in the order in which they joined. Read the answer with sandbox_read_u32, which
   is how many there are, and sandbox_read_member for each. */
sandbox_error room_members(void);

/* To one connection of the room, once the hook has succeeded. SANDBOX_GONE if it is not in the room. */
sandbox_error conn_send(sandbox_bytes connection, sandbox_data data);

/* Closes a connection of the room, once the hook has succeeded: 1000, or 3000 to 4999, and up to 123 bytes. */
sandbox_error conn_close(sandbox_bytes connection, int32_t code, sandbox_bytes reason);

/* What the room remembers of a connection: up to 2 KiB of UTF-8, empty until it is set. It is kept while the connection is in
   the room, and onLeave can still read it. SANDBOX_GONE if it is not in the room. */
sandbox_error conn_state(sandbox_bytes connection, sandbox_bytes *state);

/* Sets it, if the hook succeeds; this hook sees it at once. SANDBOX_GONE if it is not in the room. */
sandbox_error conn_set_state(sandbox_bytes connection, sandbox_bytes state);

/* Refuses a join, in onJoin only, with what the client is told: 1000, or 3000 to 4999, and what fits into 123 bytes. The
   hook then has no effect, whatever comes of the call. */
sandbox_error sandbox_refuse_with(int32_t code, sandbox_bytes reason);

/* The keys of this room. A time to live of 0 means for ever. */
sandbox_error kv_get(sandbox_bytes key, sandbox_optional *value);
sandbox_error kv_get_many(const sandbox_bytes *keys, uint32_t count, sandbox_optional *values);
sandbox_error kv_set(sandbox_bytes key, sandbox_bytes value, int64_t time_to_live_ms);
sandbox_error kv_delete(sandbox_bytes key);
sandbox_error kv_increment(sandbox_bytes key, int64_t by, int64_t time_to_live_ms, int64_t *sum);
/* The same, but the time to live begins with the call that makes the key, and is not set anew by later ones. */
sandbox_error kv_increment_within(sandbox_bytes key, int64_t by, int64_t time_to_live_ms, int64_t *sum);

/* Has onTimer called in so many milliseconds, at least 50, if the hook succeeds; also when nobody is in the room then. A room may
   have 32 timers; one that is set again has a new time. A name has 1 to 128 bytes. */
sandbox_error timer_set(sandbox_bytes name, int64_t delay_ms);
sandbox_error timer_cancel(sandbox_bytes name);

/* Answers a request, in onRequest only and if the hook succeeds, with a status of 200 to 599. No type is none. */
sandbox_error request_answer(int32_t status, sandbox_bytes content_type, sandbox_bytes body);

/* A line in the service's log, whatever becomes of the hook. */
typedef enum { SANDBOX_DEBUG = 0, SANDBOX_INFO = 1, SANDBOX_WARN = 2, SANDBOX_ERROR = 3 } sandbox_level;
sandbox_error sandbox_log(sandbox_level level, sandbox_bytes line);

/* Ends the hook as failed, and says why. */
_Noreturn void sandbox_abort(sandbox_bytes message, sandbox_bytes file, int32_t line);
#define SANDBOX_ABORT(message) sandbox_abort((message), SANDBOX_STRING(__FILE__), __LINE__)

/* What the host says about an error. To be asked right after the call that failed. */
sandbox_bytes sandbox_error_message(void);

/* Ends the hook with the host's message if the call has failed. */
#define sandbox_must(call) ((call) == SANDBOX_OK ? (void)0 : SANDBOX_ABORT(sandbox_error_message()))

/* ---- Functions of plugins ----
 *
 *     SANDBOX_IMPORT(leaderboard_add, "leaderboard", "add");
 *
 *     sandbox_error add(sandbox_bytes player, int32_t points) {
 *       sandbox_begin_request();
 *       sandbox_write_bytes(player);
 *       sandbox_write_u32((uint32_t)points);
 *       return sandbox_send_request(leaderboard_add); // the answer, if there is one, can now be read
 *     }
 */
#define SANDBOX_IMPORT(function, module, name) \
  extern __attribute__((import_module(module), import_name(name))) void function(void)

void sandbox_begin_request(void);
void sandbox_write_u8(uint8_t value);
void sandbox_write_u32(uint32_t value);
void sandbox_write_i64(int64_t value);
void sandbox_write_bytes(sandbox_bytes bytes); /* str and bytes */
void sandbox_write_data(sandbox_data data);
void sandbox_write_list(const sandbox_bytes *items, uint32_t count);
static inline sandbox_error sandbox_send_request(void (*host_function)(void));

/* What is missing reads as zero or empty. */
uint8_t sandbox_read_u8(void);
uint32_t sandbox_read_u32(void);
int64_t sandbox_read_i64(void);
sandbox_bytes sandbox_read_bytes(void); /* str and bytes */
sandbox_data sandbox_read_data(void);
sandbox_optional sandbox_read_optional(void);
sandbox_member sandbox_read_member(void);

/* The two halves of sandbox_send_request, which is inline so that the call between them is direct. */
void sandbox_announce_request(void);
sandbox_error sandbox_receive_response(void);

static inline __attribute__((always_inline)) sandbox_error sandbox_send_request(void (*host_function)(void)) {
  sandbox_announce_request();
  host_function();
  return sandbox_receive_response();
}

#endif

#ifdef SANDBOX_ROOM_IMPLEMENTATION
#undef SANDBOX_ROOM_IMPLEMENTATION

#define SANDBOX_PAGE_BYTES 65536u

/* The words through which host and guest tell each other where things are. */
static struct {
  uint32_t event_ptr;
  uint32_t event_cap;
  uint32_t event_len; /* host */
  uint32_t status;
  uint32_t req_ptr;
  uint32_t req_len;
  uint32_t res_ptr;
  uint32_t res_cap;
  int32_t res_len; /* host */
} sandbox_mailbox;

extern uint8_t __heap_base; /* the linker's name for the end of the static data */

static uint8_t *sandbox_free;          /* from here on memory is nobody's */
static uint8_t *sandbox_request;       /* where the request began that is being written */
static const uint8_t *sandbox_cursor;  /* the next field to read */
static const uint8_t *sandbox_end;     /* of what is being read */

static uint8_t *sandbox_memory_end(void) {
  return (uint8_t *)((uintptr_t)__builtin_wasm_memory_size(0) * SANDBOX_PAGE_BYTES);
}

static bool sandbox_fits(const uint8_t *from, uint32_t size) {
  return size <= (uint32_t)(sandbox_memory_end() - from);
}

/* Grows memory until size bytes, which do not fit now, fit from there on; or ends the hook. */
static __attribute__((noinline, cold)) void sandbox_grow(const uint8_t *from, uint32_t size) {
  uint32_t missing = size - (uint32_t)(sandbox_memory_end() - from);
  if (__builtin_wasm_memory_grow(0, missing / SANDBOX_PAGE_BYTES + 1) == (size_t)-1) {
    __builtin_trap(); /* there is no room to say why */
  }
}

__attribute__((export_name("sandbox_abi_1"))) void *sandbox_open_mailbox(void) {
  sandbox_mailbox.event_ptr = (uint32_t)&__heap_base;
  sandbox_mailbox.event_cap = (uint32_t)(sandbox_memory_end() - &__heap_base);
  return &sandbox_mailbox;
}

__attribute__((export_name("sandbox_reserve"))) void sandbox_reserve(void) {
  if (!sandbox_fits(&__heap_base, sandbox_mailbox.event_len)) sandbox_grow(&__heap_base, sandbox_mailbox.event_len);
  sandbox_mailbox.event_cap = (uint32_t)(sandbox_memory_end() - &__heap_base);
}

void sandbox_refuse(void) { sandbox_mailbox.status = 1; }

/* The next size bytes of free memory. */
static uint8_t *sandbox_take(uint32_t size) {
  if (!sandbox_fits(sandbox_free, size)) sandbox_grow(sandbox_free, size);
  uint8_t *taken = sandbox_free;
  sandbox_free += size;
  return taken;
}

sandbox_bytes sandbox_concat(const sandbox_bytes *parts, size_t count) {
  const uint8_t *start = sandbox_free;
  for (size_t i = 0; i < count; i++) {
    __builtin_memcpy(sandbox_take(parts[i].size), parts[i].at, parts[i].size);
  }
  return (sandbox_bytes){start, (uint32_t)(sandbox_free - start)};
}

/* -- Reading -- */

static void sandbox_read_from(const uint8_t *start, uint32_t size) {
  sandbox_cursor = start;
  sandbox_end = start + size;
}

/* Copies the next field, or zeros if it is not there. */
static void sandbox_read(void *field, uint32_t size) {
  if ((uint32_t)(sandbox_end - sandbox_cursor) < size) {
    sandbox_cursor = sandbox_end;
    __builtin_memset(field, 0, size);
    return;
  }
  __builtin_memcpy(field, sandbox_cursor, size);
  sandbox_cursor += size;
}

uint8_t sandbox_read_u8(void) {
  uint8_t value;
  sandbox_read(&value, sizeof value);
  return value;
}

uint32_t sandbox_read_u32(void) {
  uint32_t value;
  sandbox_read(&value, sizeof value);
  return value;
}

int64_t sandbox_read_i64(void) {
  int64_t value;
  sandbox_read(&value, sizeof value);
  return value;
}

sandbox_bytes sandbox_read_bytes(void) {
  uint32_t claimed = sandbox_read_u32();
  uint32_t left = (uint32_t)(sandbox_end - sandbox_cursor);
  sandbox_bytes bytes = {sandbox_cursor, claimed < left ? claimed : left};
  sandbox_cursor += bytes.size;
  return bytes;
}

sandbox_data sandbox_read_data(void) {
  sandbox_kind kind = sandbox_read_u8() == SANDBOX_TEXT ? SANDBOX_TEXT : SANDBOX_BINARY;
  return (sandbox_data){kind, sandbox_read_bytes()};
}

sandbox_optional sandbox_read_optional(void) {
  bool present = sandbox_read_u8() != 0;
  return (sandbox_optional){present, present ? sandbox_read_bytes() : (sandbox_bytes){0, 0}};
}

static sandbox_identity sandbox_read_identity(void) {
  sandbox_identity identity;
  identity.user = sandbox_read_bytes();
  identity.info = sandbox_read_bytes();
  return identity;
}

sandbox_member sandbox_read_member(void) {
  uint32_t fields = sandbox_read_u32();
  sandbox_member member;
  member.connection = sandbox_read_bytes();
  member.identity = sandbox_read_identity();
  while (fields-- > 3 && sandbox_cursor < sandbox_end) sandbox_read_bytes(); /* of a newer host */
  return member;
}

static sandbox_event sandbox_read_event(void) {
  sandbox_read_from((const uint8_t *)sandbox_mailbox.event_ptr, sandbox_mailbox.event_len);
  sandbox_free = (uint8_t *)sandbox_end;
  sandbox_event event;
  event.service = sandbox_read_bytes();
  event.room = sandbox_read_bytes();
  event.time = sandbox_read_i64();
  event.seed = (uint64_t)sandbox_read_i64();
  return event;
}

sandbox_start sandbox_read_start(void) {
  sandbox_start start;
  start.event = sandbox_read_event();
  start.woke = sandbox_read_u8() != 0;
  return start;
}

sandbox_join sandbox_read_join(void) {
  sandbox_join join;
  join.event = sandbox_read_event();
  join.connection = sandbox_read_bytes();
  join.identity = sandbox_read_identity();
  return join;
}

sandbox_message sandbox_read_message(void) {
  sandbox_message message;
  message.event = sandbox_read_event();
  message.from = sandbox_read_bytes();
  message.data = sandbox_read_data();
  message.identity = sandbox_read_identity();
  return message;
}

sandbox_leave sandbox_read_leave(void) {
  sandbox_leave leave;
  leave.event = sandbox_read_event();
  leave.connection = sandbox_read_bytes();
  leave.code = (int32_t)sandbox_read_u32();
  leave.reason = sandbox_read_bytes();
  leave.identity = sandbox_read_identity();
  return leave;
}

sandbox_timer sandbox_read_timer(void) {
  sandbox_timer timer;
  timer.event = sandbox_read_event();
  timer.name = sandbox_read_bytes();
  timer.due = sandbox_read_i64();
  timer.attempt = (int32_t)sandbox_read_u32();
  return timer;
}

sandbox_asked sandbox_read_request(void) {
  sandbox_asked request;
  request.event = sandbox_read_event();
  request.method = sandbox_read_bytes();
  request.path = sandbox_read_bytes();
  request.header_count = sandbox_read_u32();
  request.headers = sandbox_cursor;
  for (uint32_t i = 0; i < request.header_count; i++) {
    for (uint32_t texts = sandbox_read_u32(); texts > 0; texts--) sandbox_read_bytes();
  }
  request.body = sandbox_read_bytes();
  request.identity = sandbox_read_identity();
  return request;
}

sandbox_optional sandbox_header(const sandbox_asked *request, sandbox_bytes name) {
  sandbox_cursor = request->headers;
  sandbox_end = request->body.at;
  for (uint32_t i = 0; i < request->header_count; i++) {
    sandbox_read_u32(); /* two: a name and a value */
    sandbox_bytes known = sandbox_read_bytes();
    sandbox_bytes value = sandbox_read_bytes();
    bool same = known.size == name.size;
    for (uint32_t at = 0; same && at < name.size; at++) same = known.at[at] == name.at[at];
    if (same) return (sandbox_optional){true, value};
  }
  return (sandbox_optional){false, {0, 0}};
}

sandbox_failure sandbox_read_failure(void) {
  sandbox_failure failure;
  failure.event = sandbox_read_event();
  failure.code = (int32_t)sandbox_read_u32();
  failure.message = sandbox_read_bytes();
  failure.hook = sandbox_read_bytes();
  failure.connection = sandbox_read_bytes();
  return failure;
}

/* -- Writing -- */

void sandbox_begin_request(void) { sandbox_request = sandbox_free; }

void sandbox_write_u8(uint8_t value) { *sandbox_take(1) = value; }

void sandbox_write_u32(uint32_t value) { __builtin_memcpy(sandbox_take(sizeof value), &value, sizeof value); }

void sandbox_write_i64(int64_t value) { __builtin_memcpy(sandbox_take(sizeof value), &value, sizeof value); }

void sandbox_write_bytes(sandbox_bytes bytes) {
  sandbox_write_u32(bytes.size);
  __builtin_memcpy(sandbox_take(bytes.size), bytes.at, bytes.size);
}

void sandbox_write_data(sandbox_data data) {
  sandbox_write_u8((uint8_t)data.kind);
  sandbox_write_bytes(data.content);
}

void sandbox_write_list(const sandbox_bytes *items, uint32_t count) {
  sandbox_write_u32(count);
  for (uint32_t i = 0; i < count; i++) sandbox_write_bytes(items[i]);
}

/* -- Calling -- */

SANDBOX_IMPORT(sandbox_import_result, "sandbox", "result");
SANDBOX_IMPORT(sandbox_import_abort, "sandbox", "abort");
SANDBOX_IMPORT(sandbox_import_log, "sandbox", "log");
SANDBOX_IMPORT(sandbox_import_refuse, "sandbox", "refuse");
SANDBOX_IMPORT(room_import_broadcast, "room", "broadcast");
SANDBOX_IMPORT(room_import_send_to, "room", "sendTo");
SANDBOX_IMPORT(room_import_users, "room", "users");
SANDBOX_IMPORT(room_import_members, "room", "members");
SANDBOX_IMPORT(conn_import_send, "conn", "send");
SANDBOX_IMPORT(conn_import_close, "conn", "close");
SANDBOX_IMPORT(conn_import_state, "conn", "state");
SANDBOX_IMPORT(conn_import_set_state, "conn", "setState");
SANDBOX_IMPORT(kv_import_get, "kv", "get");
SANDBOX_IMPORT(kv_import_get_many, "kv", "getMany");
SANDBOX_IMPORT(kv_import_set, "kv", "set");
SANDBOX_IMPORT(kv_import_delete, "kv", "delete");
SANDBOX_IMPORT(kv_import_increment, "kv", "increment");
SANDBOX_IMPORT(kv_import_increment_within, "kv", "incrementWithin");
SANDBOX_IMPORT(request_import_answer, "request", "answer");
SANDBOX_IMPORT(timer_import_set, "timer", "set");
SANDBOX_IMPORT(timer_import_cancel, "timer", "cancel");

/* Offers all free memory for the response, and takes what the host has written into it. */
static void sandbox_offer_space(void) {
  sandbox_mailbox.res_ptr = (uint32_t)sandbox_free;
  sandbox_mailbox.res_cap = (uint32_t)(sandbox_memory_end() - sandbox_free);
}

static sandbox_bytes sandbox_take_response(void) {
  uint32_t size = (uint32_t)sandbox_mailbox.res_len;
  if (size > sandbox_mailbox.res_cap) {
    sandbox_grow(sandbox_free, size);
    sandbox_offer_space();
    sandbox_import_result();
  }
  return (sandbox_bytes){sandbox_take(size), size};
}

void sandbox_announce_request(void) {
  sandbox_mailbox.req_ptr = (uint32_t)sandbox_request;
  sandbox_mailbox.req_len = (uint32_t)(sandbox_free - sandbox_request);
  sandbox_free = sandbox_request; /* the host has read all of the request before it writes */
  sandbox_offer_space();
}

sandbox_error sandbox_receive_response(void) {
  if (sandbox_mailbox.res_len < 0) return (sandbox_error)-sandbox_mailbox.res_len;
  sandbox_bytes response = sandbox_take_response();
  sandbox_read_from(response.at, response.size);
  return SANDBOX_OK;
}

sandbox_bytes sandbox_error_message(void) {
  sandbox_offer_space();
  sandbox_import_result();
  return sandbox_take_response();
}

/* -- Host functions -- */

sandbox_error room_broadcast(sandbox_data data) { return room_broadcast_except(data, 0, 0); }

sandbox_error room_broadcast_except(sandbox_data data, const sandbox_bytes *except, uint32_t count) {
  sandbox_begin_request();
  sandbox_write_data(data);
  sandbox_write_list(except, count);
  return sandbox_send_request(room_import_broadcast);
}

sandbox_error room_send_to(const sandbox_bytes *connections, uint32_t count, sandbox_data data) {
  sandbox_begin_request();
  sandbox_write_list(connections, count);
  sandbox_write_data(data);
  return sandbox_send_request(room_import_send_to);
}

sandbox_error room_users(void) {
  sandbox_begin_request();
  return sandbox_send_request(room_import_users);
}

sandbox_error room_members(void) {
  sandbox_begin_request();
  return sandbox_send_request(room_import_members);
}

sandbox_error conn_send(sandbox_bytes connection, sandbox_data data) {
  sandbox_begin_request();
  sandbox_write_bytes(connection);
  sandbox_write_data(data);
  return sandbox_send_request(conn_import_send);
}

sandbox_error conn_close(sandbox_bytes connection, int32_t code, sandbox_bytes reason) {
  sandbox_begin_request();
  sandbox_write_bytes(connection);
  sandbox_write_u32((uint32_t)code);
  sandbox_write_bytes(reason);
  return sandbox_send_request(conn_import_close);
}

sandbox_error conn_state(sandbox_bytes connection, sandbox_bytes *state) {
  sandbox_begin_request();
  sandbox_write_bytes(connection);
  sandbox_error error = sandbox_send_request(conn_import_state);
  if (error == SANDBOX_OK) *state = sandbox_read_bytes();
  return error;
}

sandbox_error conn_set_state(sandbox_bytes connection, sandbox_bytes state) {
  sandbox_begin_request();
  sandbox_write_bytes(connection);
  sandbox_write_bytes(state);
  return sandbox_send_request(conn_import_set_state);
}

sandbox_error sandbox_refuse_with(int32_t code, sandbox_bytes reason) {
  sandbox_refuse();
  sandbox_begin_request();
  sandbox_write_u32((uint32_t)code);
  sandbox_write_bytes(reason);
  return sandbox_send_request(sandbox_import_refuse);
}

sandbox_error kv_get(sandbox_bytes key, sandbox_optional *value) {
  sandbox_begin_request();
  sandbox_write_bytes(key);
  sandbox_error error = sandbox_send_request(kv_import_get);
  if (error == SANDBOX_OK) *value = sandbox_read_optional();
  return error;
}

sandbox_error kv_get_many(const sandbox_bytes *keys, uint32_t count, sandbox_optional *values) {
  sandbox_begin_request();
  sandbox_write_list(keys, count);
  sandbox_error error = sandbox_send_request(kv_import_get_many);
  if (error != SANDBOX_OK) return error;
  sandbox_read_u32(); /* as many as were asked for */
  for (uint32_t i = 0; i < count; i++) values[i] = sandbox_read_optional();
  return SANDBOX_OK;
}

sandbox_error kv_set(sandbox_bytes key, sandbox_bytes value, int64_t time_to_live_ms) {
  sandbox_begin_request();
  sandbox_write_bytes(key);
  sandbox_write_bytes(value);
  sandbox_write_i64(time_to_live_ms);
  return sandbox_send_request(kv_import_set);
}

sandbox_error kv_delete(sandbox_bytes key) {
  sandbox_begin_request();
  sandbox_write_bytes(key);
  return sandbox_send_request(kv_import_delete);
}

static sandbox_error sandbox_add(
    sandbox_bytes key, int64_t by, int64_t time_to_live_ms, int64_t *sum, void (*import)(void)) {
  sandbox_begin_request();
  sandbox_write_bytes(key);
  sandbox_write_i64(by);
  sandbox_write_i64(time_to_live_ms);
  sandbox_error error = sandbox_send_request(import);
  if (error == SANDBOX_OK) *sum = sandbox_read_i64();
  return error;
}

sandbox_error kv_increment(sandbox_bytes key, int64_t by, int64_t time_to_live_ms, int64_t *sum) {
  return sandbox_add(key, by, time_to_live_ms, sum, kv_import_increment);
}

sandbox_error kv_increment_within(sandbox_bytes key, int64_t by, int64_t time_to_live_ms, int64_t *sum) {
  return sandbox_add(key, by, time_to_live_ms, sum, kv_import_increment_within);
}

sandbox_error timer_set(sandbox_bytes name, int64_t delay_ms) {
  sandbox_begin_request();
  sandbox_write_bytes(name);
  sandbox_write_i64(delay_ms);
  return sandbox_send_request(timer_import_set);
}

sandbox_error timer_cancel(sandbox_bytes name) {
  sandbox_begin_request();
  sandbox_write_bytes(name);
  return sandbox_send_request(timer_import_cancel);
}

sandbox_error request_answer(int32_t status, sandbox_bytes content_type, sandbox_bytes body) {
  sandbox_begin_request();
  sandbox_write_u32((uint32_t)status);
  sandbox_write_u32(content_type.size > 0 ? 1 : 0);
  if (content_type.size > 0) {
    sandbox_bytes header[] = {SANDBOX_STRING("content-type"), content_type};
    sandbox_write_list(header, 2);
  }
  sandbox_write_bytes(body);
  return sandbox_send_request(request_import_answer);
}

sandbox_error sandbox_log(sandbox_level level, sandbox_bytes line) {
  sandbox_begin_request();
  sandbox_write_u8((uint8_t)level);
  sandbox_write_bytes(line);
  return sandbox_send_request(sandbox_import_log);
}

_Noreturn void sandbox_abort(sandbox_bytes message, sandbox_bytes file, int32_t line) {
  sandbox_begin_request();
  sandbox_write_bytes(message);
  sandbox_write_bytes(file);
  sandbox_write_u32((uint32_t)line);
  sandbox_write_u32(0); /* column */
  sandbox_send_request(sandbox_import_abort);
  __builtin_trap(); /* the host does not return */
}

#endif
