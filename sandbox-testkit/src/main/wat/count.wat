;; Guest ABI 1, by hand: counts messages in the key "n" and broadcasts each count as eight binary bytes.
;; A message that begins with "x" is counted and then trapped, so that neither may be seen afterwards.
;; Memory: 64 mailbox, 128 responses, 256 the request to increment, 304 the broadcast, 1024 inbox.
(module
  (import "kv" "increment" (func $increment))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)
  (data (i32.const 256) "\01\00\00\00n\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00") ;; key, by, ttl
  (data (i32.const 304) "\01\08\00\00\00") ;; binary, eight bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 128)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data
      (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 21)) ;; req_len
    (call $increment)
    (if (i32.ne (i32.load (i32.const 96)) (i32.const 8)) (then (unreachable))) ;; res_len
    (i64.store align=1 (i32.const 309) (i64.load align=1 (i32.const 128)))
    (i32.store (i32.const 80) (i32.const 304))
    (i32.store (i32.const 84) (i32.const 17)) ;; except nobody: the four zero bytes that follow
    (call $broadcast)
    (if (i32.eq (i32.load8_u (i32.add (local.get $data) (i32.const 5))) (i32.const 120)) ;; x
      (then (unreachable))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
