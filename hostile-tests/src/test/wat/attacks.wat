;; Guest ABI 1, by hand: attacks on demand. The first byte of a message says how; the numbers are lines of the
;; table in docs/security.md.
;;
;;   L  loops without end (32)                        U  broadcasts text that is not UTF-8 (58)
;;   R  recurses without end (33)                     9  broadcasts a lone surrogate (59)
;;   T  calls a tree of 2^40 calls (34)               A  broadcasts 5,000 times (73)
;;   F  fills all memory, 60,000 times in a row (35)   B  broadcasts 6 times 900 KB (73)
;;   G  grows until it cannot (36)                    o  wants the response over its own request (52)
;;   H  calls the host a million times (42)           e  has the host dispatch into this room (54)
;;   l  logs a million lines (43)                     s  wants the response in a page it has just got (55)
;;   S  sends 2 MiB (44)                              p  grows by one page and goes on (65c)
;;   w  asks a host function that takes too long (47)
;;
;; Whatever it does, and whatever else it is told, it broadcasts two digits at its end: how many hooks this memory
;; and these globals have seen before. On an instance in its first state both are 0. Behind them: the number of
;; pages, and a number that the attack has to tell, as one byte each.
;;
;; Memory: 64 mailbox, 128 responses, 700 requests, 1024 inbox, 16,384 nothing.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "room" "users" (func $users))
  (import "sandbox" "log" (func $log))
  (import "test" "wait" (func $wait))
  (import "test" "enter" (func $enter))
  (memory (export "memory") 1 256)
  (global $seen (mut i32) (i32.const 0))
  (global $told (mut i32) (i32.const 0))
  (data (i32.const 700) "\00\04\00\00\00....\00\00\00\00") ;; the answer: a text of four bytes, except nobody
  (data (i32.const 720) "\00\04\00\00\00\c3\28\ff\fe\00\00\00\00") ;; text that is not UTF-8
  (data (i32.const 740) "\00\03\00\00\00\ed\a0\80\00\00\00\00") ;; the surrogate U+D800
  (data (i32.const 760) "\01\04\00\00\00spam") ;; a line of a log

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 15000)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 512)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (call $attack (i32.load8_u (i32.add (local.get $data) (i32.const 5))))
    (i32.store8 (i32.const 705) (i32.add (i32.const 48) (i32.load (i32.const 16384))))
    (i32.store8 (i32.const 706) (i32.add (i32.const 48) (global.get $seen)))
    (i32.store8 (i32.const 707) (i32.add (i32.const 48) (memory.size)))
    (i32.store8 (i32.const 708) (i32.add (i32.const 48) (global.get $told)))
    (i32.store (i32.const 16384) (i32.add (i32.load (i32.const 16384)) (i32.const 1)))
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (call $send (i32.const 700) (i32.const 13)))

  (func $attack (param $order i32)
    (local $i i32)
    (if (i32.eq (local.get $order) (i32.const 76)) ;; L
      (then (call $taint) (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $order) (i32.const 82)) ;; R
      (then (call $taint) (drop (call $recurse (i32.const 0)))))
    (if (i32.eq (local.get $order) (i32.const 84)) ;; T
      (then (call $taint) (call $tree (i32.const 40))))
    (if (i32.eq (local.get $order) (i32.const 70)) ;; F
      (then (call $taint) (call $fills)))
    (if (i32.eq (local.get $order) (i32.const 71)) ;; G
      (then
        (loop $more (br_if $more (i32.ne (memory.grow (i32.const 51)) (i32.const -1))))
        (global.set $told (i32.eq (memory.size) (i32.const 256)))))
    (if (i32.eq (local.get $order) (i32.const 72)) ;; H
      (then
        (call $taint)
        (loop $again
          (call $users)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 1000000))))))
    (if (i32.eq (local.get $order) (i32.const 108)) ;; l
      (then
        (i32.store (i32.const 80) (i32.const 760))
        (i32.store (i32.const 84) (i32.const 9))
        (loop $again
          (call $log)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 9000))))))
    (if (i32.eq (local.get $order) (i32.const 83)) ;; S
      (then
        (call $taint)
        (drop (memory.grow (i32.const 64)))
        (call $send (i32.const 16384) (i32.const 2097152))))
    (if (i32.eq (local.get $order) (i32.const 119)) ;; w
      (then
        (call $taint) (call $ask) (call $wait)
        (global.set $told (i32.sub (i32.const 0) (i32.load (i32.const 96)))))) ;; res_len
    (if (i32.eq (local.get $order) (i32.const 85)) ;; U
      (then (call $send (i32.const 720) (i32.const 13))))
    (if (i32.eq (local.get $order) (i32.const 57)) ;; 9
      (then (call $send (i32.const 740) (i32.const 12))))
    (if (i32.eq (local.get $order) (i32.const 65)) ;; A
      (then
        (loop $again
          (call $send (i32.const 740) (i32.const 12))
          (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) ;; res_len
            (then (global.set $told (i32.sub (i32.const 0) (i32.load (i32.const 96))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 5000))))))
    (if (i32.eq (local.get $order) (i32.const 66)) ;; B
      (then
        (drop (memory.grow (i32.const 64)))
        (i32.store (i32.const 20001) (i32.const 900000)) ;; a text of zeros, except nobody
        (loop $again
          (call $send (i32.const 20000) (i32.const 900009))
          (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0))
            (then (global.set $told (i32.sub (i32.const 0) (i32.load (i32.const 96))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 6))))))
    (if (i32.eq (local.get $order) (i32.const 111)) ;; o
      (then
        (i32.store (i32.const 88) (i32.const 740)) ;; res_ptr
        (i32.store (i32.const 92) (i32.const 12)) ;; res_cap
        (call $send (i32.const 740) (i32.const 12))
        (call $ask)
        (call $users)
        (global.set $told (i32.load (i32.const 740))))) ;; a list of nobody
    (if (i32.eq (local.get $order) (i32.const 101)) ;; e
      (then (call $ask) (call $enter)))
    (if (i32.eq (local.get $order) (i32.const 115)) ;; s
      (then
        (i32.store (i32.const 88) (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
        (i32.store (i32.load (i32.const 88)) (i32.const -1))
        (call $ask)
        (call $users)
        (global.set $told (i32.load (i32.load (i32.const 88)))))) ;; a list of nobody
    (if (i32.eq (local.get $order) (i32.const 112)) ;; p
      (then (drop (memory.grow (i32.const 1))))))

  ;; Leaves a mark, which must not be seen by anybody who comes later.
  (func $taint
    (i32.store (i32.const 16384) (i32.const 9))
    (global.set $seen (i32.const 9)))

  (func $ask
    (i32.store (i32.const 80) (i32.const 0))
    (i32.store (i32.const 84) (i32.const 0)))

  (func $send (param $from i32) (param $length i32)
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) (local.get $length)) ;; req_len
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  (func $recurse (param $depth i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $depth) (i32.const 1))) (i32.const 1)))

  (func $tree (param $height i32)
    (if (local.get $height)
      (then
        (call $tree (i32.sub (local.get $height) (i32.const 1)))
        (call $tree (i32.sub (local.get $height) (i32.const 1))))))

  (func $fills ;; a fast machine fills it 3,000 times within the budget
    (; repeat 20 ;) (call $fill)
  )

  (func $fill
    (drop (memory.grow (i32.const 255)))
    (; repeat 3000 ;) (memory.fill (i32.const 0) (i32.const 0) (i32.const 16777216))
  ))
