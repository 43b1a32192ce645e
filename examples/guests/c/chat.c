// A chat room: everybody reads who joins, what is said, and who leaves.

#define SANDBOX_ROOM_IMPLEMENTATION
#include "sandbox_room.h"

static void say(sandbox_bytes text) {
  sandbox_must(room_broadcast(sandbox_text(text)));
}

SANDBOX_TEXT_ONLY;

SANDBOX_HOOK(onJoin) {
  sandbox_join join = sandbox_read_join();
  say(SANDBOX_CONCAT(join.connection, SANDBOX_STRING(" joined")));
}

SANDBOX_HOOK(onMessage) {
  sandbox_message message = sandbox_read_message();
  say(SANDBOX_CONCAT(message.from, SANDBOX_STRING(": "), message.data.content));
}

SANDBOX_HOOK(onLeave) {
  sandbox_leave leave = sandbox_read_leave();
  say(SANDBOX_CONCAT(leave.connection, SANDBOX_STRING(" left")));
}
