/**
 * The mailbox: nine 32-bit words at a fixed address, through which host and guest pass every argument
 * (guest ABI 1). Hooks and host functions themselves take and return nothing.
 */

const EVENT_PTR: usize = 0;
const EVENT_CAP: usize = 4;
const EVENT_LEN: usize = 8;
const STATUS: usize = 12;
const REQ_PTR: usize = 16;
const REQ_LEN: usize = 20;
const RES_PTR: usize = 24;
const RES_CAP: usize = 28;
const RES_LEN: usize = 32;

const STATUS_REFUSED: u32 = 1;

const MAILBOX_BYTES: i32 = 36;
const INBOX_BYTES: i32 = 4096;

// Static memory, so that a module needs no start-up code for it; zeros take no room in the binary.
const mailbox: usize = memory.data(MAILBOX_BYTES);
const inbox: usize = memory.data(INBOX_BYTES, 8);

/** The address of the mailbox, as the export `sandbox_abi_1`. The host calls it once, when it loads the module. */
export function openMailbox(): i32 {
  store<u32>(mailbox, <u32>inbox, EVENT_PTR);
  store<u32>(mailbox, INBOX_BYTES, EVENT_CAP);
  return <i32>mailbox;
}

/**
 * Makes the inbox hold the event whose length the host has written, as the export `sandbox_reserve`.
 * What was in the inbox is lost: it belonged to an earlier hook.
 */
export function reserveInbox(): void {
  const needed = load<u32>(mailbox, EVENT_LEN);
  if (needed <= load<u32>(mailbox, EVENT_CAP)) return;
  const outgrown = <usize>load<u32>(mailbox, EVENT_PTR);
  if (outgrown != inbox) heap.free(outgrown);
  store<u32>(mailbox, <u32>heap.alloc(needed), EVENT_PTR);
  store<u32>(mailbox, needed, EVENT_CAP);
}

/** Where the event of the running hook begins. It stays there, unchanged, until the hook returns. */
export function eventAddress(): usize {
  return <usize>load<u32>(mailbox, EVENT_PTR);
}

/** The length of the running hook's event in bytes. */
export function eventLength(): u32 {
  return load<u32>(mailbox, EVENT_LEN);
}

/** Tells the host that this hook refuses what it was asked: a join, or a message of the wrong kind. */
export function refuse(): void {
  store<u32>(mailbox, STATUS_REFUSED, STATUS);
}

/** Announces the request for the next host call. */
export function announceRequest(address: usize, length: u32): void {
  store<u32>(mailbox, <u32>address, REQ_PTR);
  store<u32>(mailbox, length, REQ_LEN);
}

/** Offers `capacity` bytes for the response to the next host call. */
export function offerResponseSpace(address: usize, capacity: u32): void {
  store<u32>(mailbox, <u32>address, RES_PTR);
  store<u32>(mailbox, capacity, RES_CAP);
}

/** What the last host call left: the response's length in bytes, or a negated error code. */
export function responseLength(): i32 {
  return load<i32>(mailbox, RES_LEN);
}
