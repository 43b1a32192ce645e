;; Guest ABI 1, by hand: sets and cancels timers, and broadcasts when one fires.
;;
;;   onMessage  binary: sets a timer, whose name (str) and delay (i64) are the message; text: cancels the one of that
;;              name. What the host answers to that, if it is an error, is broadcast as four binary bytes.
;;   onTimer    broadcasts as binary what the event says: name, due and attempt. A name that begins with '!' traps after
;;              that, one with '?' refuses, and one with '+' is set again, in a second.
;;
;; Memory: 64 mailbox, 128 an answer to broadcast, 160 the request to set again, 512 inbox.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "timer" "set" (func $set))
  (import "timer" "cancel" (func $cancel))
  (memory (export "memory") 1 1)
  (data (i32.const 128) "\01\04\00\00\00\00\00\00\00\00\00\00\00") ;; binary, four bytes, nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 512)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65008)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data (call $behind (call $ownFields))) ;; kind, length, content
    (if (i32.load8_u (local.get $data))
      (then
        (call $request
          (i32.add (local.get $data) (i32.const 5))
          (i32.load align=1 (i32.add (local.get $data) (i32.const 1))))
        (call $set))
      (else
        (call $request
          (i32.add (local.get $data) (i32.const 1))
          (i32.add (i32.load align=1 (i32.add (local.get $data) (i32.const 1))) (i32.const 4)))
        (call $cancel)))
    (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) ;; res_len
      (then
        (i32.store align=1 (i32.const 133) (i32.load (i32.const 96)))
        (call $request (i32.const 128) (i32.const 13))
        (call $broadcast))))

  (func (export "onTimer")
    (local $start i32) (local $end i32) (local $first i32)
    (local.set $start (call $ownFields))
    (local.set $first (i32.load8_u (i32.add (local.get $start) (i32.const 4))))
    (if (i32.eq (local.get $first) (i32.const 43)) ;; +
      (then
        (memory.copy (i32.const 160) (local.get $start)
          (i32.add (i32.load align=1 (local.get $start)) (i32.const 4)))
        (local.set $end (call $behind (i32.const 160)))
        (i64.store align=1 (local.get $end) (i64.const 1000))
        (call $request (i32.const 160) (i32.sub (i32.add (local.get $end) (i32.const 8)) (i32.const 160)))
        (call $set)))
    (local.set $end (i32.add (i32.const 512) (i32.load (i32.const 72)))) ;; event_len
    (i32.store8 (i32.sub (local.get $start) (i32.const 5)) (i32.const 1)) ;; kind: binary
    (i32.store align=1 (i32.sub (local.get $start) (i32.const 4)) (i32.sub (local.get $end) (local.get $start)))
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except: nobody
    (call $request
      (i32.sub (local.get $start) (i32.const 5))
      (i32.add (i32.sub (local.get $end) (local.get $start)) (i32.const 9)))
    (call $broadcast)
    (if (i32.eq (local.get $first) (i32.const 33)) (then (unreachable))) ;; !
    (if (i32.eq (local.get $first) (i32.const 63)) (then (i32.store (i32.const 76) (i32.const 1))))) ;; ?, status

  (func $request (param $at i32) (param $length i32)
    (i32.store (i32.const 80) (local.get $at))
    (i32.store (i32.const 84) (local.get $length)))

  ;; Behind service, room, time and seed.
  (func $ownFields (result i32)
    (i32.add (call $behind (call $behind (i32.const 512))) (i32.const 16)))

  ;; The address behind the str at $str.
  (func $behind (param $str i32) (result i32)
    (i32.add (i32.add (local.get $str) (i32.const 4)) (i32.load align=1 (local.get $str)))))
