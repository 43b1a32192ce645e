;; The least that a room can do: answers every message with the same byte. Guest ABI 1, by hand.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1)
  (data (i32.const 128) "\01\01\00\00\00!") ;; binary, one byte; behind it, except nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (i32.store (i32.const 80) (i32.const 128)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 10)) ;; req_len
    (call $broadcast)))
