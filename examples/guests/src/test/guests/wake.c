// Keeps memory for its room, and broadcasts whether it began or woke up; wake.rs says the same.

#define SANDBOX_ROOM_IMPLEMENTATION
#include "sandbox_room.h"

__attribute__((export_name("sandbox_room_memory"))) void sandbox_room_memory(void) {}

SANDBOX_HOOK(onStart) {
  sandbox_start start = sandbox_read_start();
  sandbox_bytes what = start.woke ? SANDBOX_STRING(" woke") : SANDBOX_STRING(" is new");
  sandbox_must(room_broadcast(sandbox_text(SANDBOX_CONCAT(start.event.room, what))));
}

SANDBOX_HOOK(onMessage) { sandbox_read_message(); }
