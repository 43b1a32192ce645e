// Calls every function of sandbox_room.h, and broadcasts what came of it; tour.rs says the same.

#define SANDBOX_ROOM_IMPLEMENTATION
#include "sandbox_room.h"

#define STR SANDBOX_STRING

static const char DIGITS[] = "0123456789";

static sandbox_bytes digits(uint32_t number) {
  static uint8_t text[10];
  uint8_t *start = text + sizeof text;
  do {
    *--start = (uint8_t)DIGITS[number % 10];
  } while ((number /= 10) != 0);
  return (sandbox_bytes){start, (uint32_t)(text + sizeof text - start)};
}

static void report(sandbox_bytes what, sandbox_bytes detail) {
  sandbox_must(room_broadcast(sandbox_text(SANDBOX_CONCAT(what, STR(": "), detail))));
}

static void report_error(sandbox_bytes what, sandbox_error error) {
  sandbox_bytes message = error == SANDBOX_OK ? STR("none") : sandbox_error_message();
  report(what, SANDBOX_CONCAT(digits(error), STR(" "), message));
}

static void report_optional(sandbox_bytes what, sandbox_optional value) {
  report(what, value.present ? value.value : STR("(absent)"));
}

static void keys(void) {
  sandbox_optional value;
  sandbox_must(kv_set(STR("k"), STR("v"), 0));
  sandbox_must(kv_get(STR("k"), &value));
  report_optional(STR("set"), value);
  sandbox_must(kv_delete(STR("k")));
  sandbox_must(kv_get(STR("k"), &value));
  report_optional(STR("deleted"), value);

  int64_t sum;
  sandbox_must(kv_increment(STR("n"), 43, 0, &sum));
  sandbox_must(kv_increment(STR("n"), -1, 60000, &sum));
  report(STR("sum"), digits((uint32_t)sum));
  sandbox_must(kv_increment_within(STR("window"), 5, 60000, &sum));
  sandbox_must(kv_increment_within(STR("window"), 2, 60000, &sum));
  report(STR("within"), digits((uint32_t)sum));
  sandbox_must(kv_set(STR("text"), STR("no number"), 1000));
  report_error(STR("increment"), kv_increment(STR("text"), 1, 0, &sum));

  // So much that the answer fits no memory that there is when it is asked for.
  static const uint8_t zeros[60000];
  sandbox_must(kv_set(STR("large"), (sandbox_bytes){zeros, sizeof zeros}, 0));
  sandbox_bytes wanted[] = {STR("large"), STR("none"), STR("large"), STR("large"), STR("large"), STR("n")};
  sandbox_optional values[6];
  sandbox_must(kv_get_many(wanted, 6, values));
  report(STR("large"), digits(values[4].value.size));
  report_optional(STR("none"), values[1]);
  report_optional(STR("last"), values[5]);
}

static void people(sandbox_bytes self, sandbox_identity identity) {
  report(STR("you"), SANDBOX_CONCAT(identity.user, STR(" "), identity.info));
  sandbox_must(room_users());
  for (uint32_t count = sandbox_read_u32(); count > 0; count--) {
    sandbox_bytes user = sandbox_read_bytes();
    // The cursor stays where it is while texts are put together, but a call moves it.
    if (count == 1) report(STR("last of the users"), user);
  }
  sandbox_must(room_members());
  for (uint32_t count = sandbox_read_u32(); count > 0; count--) {
    sandbox_member member = sandbox_read_member();
    if (count == 1) {
      report(STR("last of the members"),
             SANDBOX_CONCAT(member.connection, STR(" "), member.identity.user, STR(" "), member.identity.info));
    }
  }
  sandbox_must(conn_send(self, sandbox_binary(STR("\x00\xff\x80"))));
  sandbox_bytes some[] = {STR("nobody"), self, STR("ben"), self};
  sandbox_must(room_send_to(some, 4, sandbox_text(STR("to some"))));
  report_error(STR("send"), conn_send(STR("nobody"), sandbox_text(STR("?"))));
  report_error(STR("close with 1"), conn_close(self, 1, STR("")));
  sandbox_bytes state;
  sandbox_must(conn_set_state(self, STR("knows the way é")));
  sandbox_must(conn_state(self, &state));
  report(STR("state"), state);
  report_error(STR("state of nobody"), conn_set_state(STR("nobody"), state));
  sandbox_must(conn_close(self, 4000, STR("bye")));
  sandbox_must(room_broadcast_except(sandbox_text(STR("to the others")), &self, 1));
}

SANDBOX_HOOK(onJoin) {
  sandbox_join join = sandbox_read_join();
  sandbox_bytes who = join.connection;
  if (who.at[0] == 'm') sandbox_must(sandbox_refuse_with(4010, SANDBOX_CONCAT(STR("not you, "), who)));
  if (join.identity.user.size > 0 && join.identity.user.at[0] == '-') sandbox_must(sandbox_refuse_with(4011, join.identity.user));
  if (who.at[0] == 'n') sandbox_refuse_with(1006, STR("a code that is not a guest's to use"));
}

SANDBOX_HOOK(onMessage) {
  sandbox_message message = sandbox_read_message();
  if (message.data.content.size > 0) SANDBOX_ABORT(STR("as you wish"));
  report(STR("service"), message.event.service);
  report(STR("room"), message.event.room);
  report(STR("time"), digits((uint32_t)(message.event.time / 1000)));
  keys();
  people(message.from, message.identity);
  sandbox_must(timer_set(STR("bell"), 1500));
  sandbox_must(timer_set(STR("never"), 1000));
  sandbox_must(timer_cancel(STR("never")));
  sandbox_must(sandbox_log(SANDBOX_DEBUG, STR("the tour is over")));
}

SANDBOX_HOOK(onLeave) {
  sandbox_leave leave = sandbox_read_leave();
  report(leave.connection, SANDBOX_CONCAT(digits((uint32_t)leave.code), STR(" "), leave.reason));
  report(STR("who left"), leave.identity.user);
}

SANDBOX_HOOK(onTimer) {
  sandbox_timer timer = sandbox_read_timer();
  report(timer.name, SANDBOX_CONCAT(digits((uint32_t)(timer.due / 1000)), STR(" "), digits((uint32_t)timer.attempt)));
  if (timer.attempt == 0) SANDBOX_ABORT(STR("once more"));
}

SANDBOX_HOOK(onRequest) {
  sandbox_asked request = sandbox_read_request();
  sandbox_optional agent = sandbox_header(&request, STR("user-agent"));
  sandbox_optional none = sandbox_header(&request, STR("x-none"));
  sandbox_must(request_answer(
      201, STR("text/plain"),
      SANDBOX_CONCAT(request.method, STR(" "), request.path, STR(" "), agent.value, none.present ? STR("!") : STR(" "), request.body,
                     STR(" "), request.identity.user)));
}

SANDBOX_HOOK(onError) {
  sandbox_failure failure = sandbox_read_failure();
  report(failure.hook, SANDBOX_CONCAT(digits((uint32_t)failure.code), STR(" "), failure.connection));
}
