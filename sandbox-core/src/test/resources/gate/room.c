/* A guest in C without a library: a switch, a table of functions, bulk memory, 64-bit and floating-point numbers. */
#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(module, name) __attribute__((import_module(#module), import_name(#name)))

typedef unsigned int u32;
typedef unsigned long long u64;

IMPORT(room, broadcast) void broadcast(void);
IMPORT(room, users) void users(void);
IMPORT(sandbox, log) void log_line(void);

static u32 mailbox[9];
static char inbox[512];
static u64 seed = 88172645463325252ull;
static double mean;

static int twice(int x) { return 2 * x; }
static int square(int x) { return x * x; }
static int negate(int x) { return -x; }
static int (*const operations[])(int) = {twice, square, negate};

EXPORT(sandbox_abi_1) int sandbox_abi_1(void) {
  mailbox[0] = (u32)inbox;
  mailbox[1] = sizeof inbox;
  return (int)mailbox;
}

EXPORT(onJoin) void on_join(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  broadcast();
}

EXPORT(onMessage) void on_message(void) {
  volatile char buffer[300];
  __builtin_memset((void *)buffer, inbox[2], sizeof buffer);
  __builtin_memcpy(inbox + 8, (void *)buffer, 200);
  int value = (signed char)inbox[1];
  switch (inbox[0]) {
    case 0: value++; users(); break;
    case 1: value -= 3; log_line(); break;
    case 2: value *= 5; broadcast(); break;
    case 3: value /= 7; seed++; break;
    case 4: value ^= 11; mean++; break;
    case 5: value = (int)mean; break;
    default: broadcast(); users();
  }
  mean = mean * 0.9 + operations[(u32)value % 3](value);
  mailbox[3] = (u32)value;
}
