;; Guest ABI 1, by hand: counts in a mutable global, in the first page of its memory and in the last, and traps if
;; they differ. onStart begins with 100, and broadcasts 0. Numbers are broadcast as four binary bytes.
;;
;;   onMessage  by the first letter of the message:
;;                x  adds one, and traps
;;                s  adds one, and says nothing
;;                r  adds one, and refuses
;;                g  adds one, and a page to the memory of which each granule has something
;;                z  adds one, and makes zeros of all granules of the last page but its count
;;                others: adds one
;;              and broadcasts the number; on n it broadcasts the negated number, and adds nothing
;;   onRequest  answers with the number as four bytes, and changes nothing
;;
;; Memory: 64 mailbox, 256 an answer, 304 the broadcast, 512 the count, 1024 inbox; the count of the last page at its
;; end, less 8.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "request" "answer" (func $answer))
  (memory (export "memory") 2 64)
  (global (export "sandbox_room_memory") i32 (i32.const 1))
  (global $count (mut i32) (i32.const 0))
  (global $large (mut i64) (i64.const 0)) ;; the same, in the upper half
  (data (i32.const 256) "\c8\00\00\00\00\00\00\00\04\00\00\00") ;; 200, no headers, four bytes
  (data (i32.const 304) "\01\04\00\00\00") ;; binary, four bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 3072)) ;; event_cap
    (i32.const 64))

  (func (export "onStart")
    (call $set (i32.const 100))
    (call $say (i32.const 0)))

  (func (export "onMessage")
    (local $letter i32)
    (local $at i32)
    (local.set $letter
      (i32.load8_u
        (i32.add
          (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))
          (i32.const 5))))
    (if (i32.eq (local.get $letter) (i32.const 110)) ;; n
      (then
        (call $say (i32.sub (i32.const 0) (call $get)))
        (return)))
    (call $set (i32.add (call $get) (i32.const 1)))
    (if (i32.eq (local.get $letter) (i32.const 120)) ;; x
      (then (unreachable)))
    (if (i32.eq (local.get $letter) (i32.const 115)) ;; s
      (then (return)))
    (if (i32.eq (local.get $letter) (i32.const 114)) ;; r
      (then (i32.store (i32.const 76) (i32.const 1)))) ;; status
    (if (i32.eq (local.get $letter) (i32.const 103)) ;; g
      (then
        (local.set $at (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
        (call $fill (local.get $at) (i32.const 7))
        (call $set (global.get $count))))
    (if (i32.eq (local.get $letter) (i32.const 122)) ;; z
      (then
        (call $fill (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)) (i32.const 0))))
    (call $say (call $get)))

  (func (export "onRequest")
    (i32.store (i32.const 268) (call $get))
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 16)) ;; req_len
    (call $answer)
    (i32.store (i32.const 268) (i32.const 0))
    (i32.store (i32.const 80) (i32.const 304)) ;; as a message leaves it
    (i32.store (i32.const 84) (i32.const 13)))

  ;; Puts a byte into each granule of a page.
  (func $fill (param $page i32) (param $byte i32)
    (local $to i32)
    (local.set $to (i32.add (local.get $page) (i32.const 65536)))
    (loop $granules
      (i32.store8 (i32.add (local.get $page) (i32.const 100)) (local.get $byte))
      (local.set $page (i32.add (local.get $page) (i32.const 4096)))
      (br_if $granules (i32.lt_u (local.get $page) (local.get $to)))))

  (func $set (param $number i32)
    (global.set $count (local.get $number))
    (global.set $large (i64.shl (i64.extend_i32_u (local.get $number)) (i64.const 32)))
    (i32.store (i32.const 512) (local.get $number))
    (i32.store (call $last) (local.get $number)))

  (func $get (result i32)
    (if (i32.ne (global.get $count) (i32.load (i32.const 512))) (then (unreachable)))
    (if (i32.ne (global.get $count) (i32.load (call $last))) (then (unreachable)))
    (if (i64.ne (global.get $large) (i64.shl (i64.extend_i32_u (global.get $count)) (i64.const 32)))
      (then (unreachable)))
    (global.get $count))

  (func $last (result i32)
    (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))

  (func $say (param $number i32)
    (i32.store align=1 (i32.const 309) (local.get $number))
    (i32.store (i32.const 80) (i32.const 304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 13)) ;; req_len, with except nobody
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
