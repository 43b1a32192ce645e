;; Guest ABI 1, by hand: keeps memory for its room. Every hook broadcasts the seed that it is told.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 4)
  (global (export "sandbox_room_memory") i32 (i32.const 1))
  (data (i32.const 304) "\01\08\00\00\00") ;; binary, eight bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onStart") (call $show))

  (func (export "onMessage") (call $show))

  (func $show
    (i64.store align=1 (i32.const 309) (i64.load offset=8 align=1 (call $skip (call $skip (i32.const 1024))))) ;; behind the time
    (i32.store (i32.const 80) (i32.const 304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 17)) ;; req_len, with except nobody
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
