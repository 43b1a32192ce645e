;; Guest ABI 1, by hand: keeps memory for its room. onStart broadcasts the byte that says whether the room woke up.
;; A message that begins with "x" traps.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 4)
  (global (export "sandbox_room_memory") i32 (i32.const 1))
  (data (i32.const 304) "\01\01\00\00\00") ;; binary, one byte

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onStart")
    (i32.store8 (i32.const 309) (i32.load8_u (call $ownFields)))
    (i32.store (i32.const 80) (i32.const 304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 10)) ;; req_len, with except nobody
    (call $broadcast))

  (func (export "onJoin"))

  (func (export "onMessage")
    (if (i32.eq (i32.load8_u (i32.add (call $skip (call $ownFields)) (i32.const 5))) (i32.const 120)) ;; x
      (then (unreachable))))

  (func (export "onLeave"))

  (func $ownFields (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
