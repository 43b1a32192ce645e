;; Guest ABI 1, by hand: keeps memory for its room, and writes a key in every hook. Each message adds one to
;; a number in memory and to the key "n", and broadcasts the number in memory as four binary bytes.
(module
  (import "kv" "increment" (func $increment))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 4)
  (global (export "sandbox_room_memory") i32 (i32.const 1))
  (data (i32.const 256) "\01\00\00\00n\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00") ;; key, by, ttl
  (data (i32.const 304) "\01\04\00\00\00") ;; binary, four bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 128)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 21)) ;; req_len
    (call $increment)
    (i32.store (i32.const 512) (i32.add (i32.load (i32.const 512)) (i32.const 1)))
    (i32.store align=1 (i32.const 309) (i32.load (i32.const 512)))
    (i32.store (i32.const 80) (i32.const 304))
    (i32.store (i32.const 84) (i32.const 13)) ;; with except nobody
    (call $broadcast)))
