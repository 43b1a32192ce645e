;; Guest ABI 1, by hand: notes a place in its source, and fails. The first byte of a message says how:
;;
;;   u  notes line 12, column 5 of "room.ts", and executes "unreachable"
;;   l  notes the same, and loops without end
;;   s  executes the same before it notes anything; in its memory there is a place from before the hook
;;   n  notes nothing
;;   b  notes a file whose name is beyond the memory
;;   e  one whose name ends beyond the memory
;;   h  one whose name has four gigabytes
;;   c  one whose name clears screens and forges lines
;;
;; Memory: 64 mailbox, 256 place, 512 names, 1024 inbox.
(module
  (memory (export "memory") 1 1)
  (data (i32.const 256) "\00\02\00\00\05\30\00\00") ;; the place
  (data (i32.const 512) "\07\00\00\00room.ts")
  (data (i32.const 544) "\ff\ff\ff\ffroom.ts")
  (data (i32.const 576) "\09\00\00\00\1b[2Jro\nom")
  (data (i32.const 65530) "\07\00\00\00ro")

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 60000)) ;; event_cap
    (i32.const 64))

  (func (export "sandbox_place") (result i32)
    (i32.const 256))

  (func (export "onMessage")
    (local $order i32)
    (local.set $order
      (i32.load8_u (i32.add (call $skip (call $body)) (i32.const 5)))) ;; behind connection, kind, length
    (if (i32.eq (local.get $order) (i32.const 115)) ;; s
      (then (unreachable)))
    (i32.store (i32.const 260) (i32.const 12293)) ;; 12 * 1024 + 5
    (i32.store (i32.const 256) (i32.const 512))
    (if (i32.eq (local.get $order) (i32.const 110)) ;; n
      (then (i32.store (i32.const 256) (i32.const 0))))
    (if (i32.eq (local.get $order) (i32.const 98)) ;; b
      (then (i32.store (i32.const 256) (i32.const -8))))
    (if (i32.eq (local.get $order) (i32.const 101)) ;; e
      (then (i32.store (i32.const 256) (i32.const 65530))))
    (if (i32.eq (local.get $order) (i32.const 104)) ;; h
      (then (i32.store (i32.const 256) (i32.const 544))))
    (if (i32.eq (local.get $order) (i32.const 99)) ;; c
      (then (i32.store (i32.const 256) (i32.const 576))))
    (if (i32.eq (local.get $order) (i32.const 108)) ;; l
      (then (loop $for_ever (br $for_ever))))
    (unreachable))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  (func $body (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
