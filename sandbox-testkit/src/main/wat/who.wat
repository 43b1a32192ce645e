;; Guest ABI 1, by hand: broadcasts who is in the room, whenever somebody comes, goes or says something: the
;; list that room.users answers, as binary.
;; Memory: 64 mailbox, 4096 the broadcast, with the response inside from 4101 on, 65536 inbox.
(module
  (import "room" "users" (func $users))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 2 2)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 65536)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65536)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 4101)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 32768)) ;; res_cap
    (i32.const 64))

  (func (export "onJoin") (call $tell))
  (func (export "onMessage") (call $tell))
  (func (export "onLeave") (call $tell))

  (func $tell
    (local $length i32)
    (i32.store (i32.const 84) (i32.const 0)) ;; req_len
    (call $users)
    (local.set $length (i32.load (i32.const 96))) ;; res_len
    (i32.store8 (i32.const 4096) (i32.const 1)) ;; binary
    (i32.store align=1 (i32.const 4097) (local.get $length))
    (i32.store align=1 (i32.add (i32.const 4101) (local.get $length)) (i32.const 0)) ;; except nobody
    (i32.store (i32.const 80) (i32.const 4096)) ;; req_ptr
    (i32.store (i32.const 84) (i32.add (local.get $length) (i32.const 9)))
    (call $broadcast)))
