;; Guest ABI 1, by hand: says in onJoin why it lets a connection in or not; takes text only.
;;
;;   onJoin     by the first letter of the connection's id:
;;                c  refuses with code 4010 and the reason "the room is full, é", and returns as if nothing had happened
;;                t  the same twice, the second time with code 4011
;;                n  refuses with code 1001, which is not a guest's to use; goes on, and lets it in
;;                l  refuses with code 4012 and the id itself, over and over, as a reason of 200 bytes
;;                f  refuses with code 4010, and then fails
;;              everybody else is let in
;;   onMessage  tries to refuse as in onJoin, and broadcasts the negated error of that as a text of one digit
;;
;; Memory: 64 mailbox, 128 responses, 256 requests, 512 the broadcast, 1024 inbox.
(module
  (import "sandbox" "refuse" (func $refuse))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)
  (global (export "sandbox_text_only") i32 (i32.const 1))
  (data (i32.const 256) "\aa\0f\00\00\14\00\00\00the room is full, \c3\a9!") ;; 4010; the "!" is no part of it
  (data (i32.const 512) "\00\01\00\00\000\00\00\00\00") ;; text "0", except nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 128)) ;; res_cap
    (i32.const 64))

  (func (export "onJoin")
    (local $id i32)
    (local $letter i32)
    (local $at i32)
    (local.set $id (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))
    (local.set $letter (i32.load8_u (i32.add (local.get $id) (i32.const 4))))
    (if (i32.eq (local.get $letter) (i32.const 99)) ;; c
      (then (call $turnAway (i32.const 28))))
    (if (i32.eq (local.get $letter) (i32.const 116)) ;; t
      (then
        (call $turnAway (i32.const 28))
        (i32.store (i32.const 256) (i32.const 4011))
        (call $turnAway (i32.const 28))))
    (if (i32.eq (local.get $letter) (i32.const 110)) ;; n
      (then
        (i32.store (i32.const 256) (i32.const 1001))
        (call $turnAway (i32.const 28))))
    (if (i32.eq (local.get $letter) (i32.const 108)) ;; l
      (then
        (i32.store (i32.const 256) (i32.const 4012))
        (i32.store (i32.const 260) (i32.const 200))
        (loop $fill
          (i32.store8 (i32.add (i32.const 264) (local.get $at)) (local.get $letter))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $fill (i32.lt_u (local.get $at) (i32.const 200))))
        (call $turnAway (i32.const 208))))
    (if (i32.eq (local.get $letter) (i32.const 102)) ;; f
      (then
        (call $turnAway (i32.const 28))
        (unreachable))))

  (func (export "onMessage")
    (call $turnAway (i32.const 28))
    (i32.store8 (i32.const 517) (i32.sub (i32.const 48) (i32.load (i32.const 96)))) ;; "0" and -res_len
    (i32.store (i32.const 80) (i32.const 512))
    (i32.store (i32.const 84) (i32.const 10))
    (call $broadcast))

  (func $turnAway (param $length i32)
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (i32.store (i32.const 84) (local.get $length)) ;; req_len
    (call $refuse))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
