;; Guest ABI 1, by hand: answers requests.
;;
;;   onRequest  answers 202 with what the event says: method, path, headers, body, user and info. A method that begins
;;              with 'T' traps after that, and one with 'R' refuses.
;;   onMessage  sends the message to request.answer, and broadcasts what comes of that as four binary bytes.
;;
;; Memory: 64 mailbox, 128 the broadcast, 512 inbox. The answer is built in the inbox, over time and seed.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "request" "answer" (func $answer))
  (memory (export "memory") 1 1)
  (data (i32.const 128) "\01\04\00\00\00\00\00\00\00\00\00\00\00") ;; binary, four bytes, nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 512)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65024)) ;; event_cap
    (i32.const 64))

  (func (export "onRequest")
    (local $start i32) (local $length i32) (local $first i32)
    (local.set $start (call $ownFields))
    (local.set $first (i32.load8_u (i32.add (local.get $start) (i32.const 4))))
    (local.set $length (i32.sub (i32.add (i32.const 512) (i32.load (i32.const 72))) (local.get $start))) ;; event_len
    (i32.store align=1 (i32.sub (local.get $start) (i32.const 12)) (i32.const 202)) ;; status
    (i32.store align=1 (i32.sub (local.get $start) (i32.const 8)) (i32.const 0)) ;; no headers
    (i32.store align=1 (i32.sub (local.get $start) (i32.const 4)) (local.get $length))
    (call $request (i32.sub (local.get $start) (i32.const 12)) (i32.add (local.get $length) (i32.const 12)))
    (call $answer)
    (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) (then (unreachable))) ;; res_len
    (if (i32.eq (local.get $first) (i32.const 84)) (then (unreachable))) ;; T
    (if (i32.eq (local.get $first) (i32.const 82)) (then (i32.store (i32.const 76) (i32.const 1))))) ;; R, status

  (func (export "onMessage")
    (local $data i32)
    (local.set $data (call $behind (call $ownFields))) ;; kind, length, content
    (call $request
      (i32.add (local.get $data) (i32.const 5))
      (i32.load align=1 (i32.add (local.get $data) (i32.const 1))))
    (call $answer)
    (i32.store align=1 (i32.const 133) (i32.load (i32.const 96)))
    (call $request (i32.const 128) (i32.const 13))
    (call $broadcast))

  (func $request (param $at i32) (param $length i32)
    (i32.store (i32.const 80) (local.get $at))
    (i32.store (i32.const 84) (local.get $length)))

  ;; Behind service, room, time and seed.
  (func $ownFields (result i32)
    (i32.add (call $behind (call $behind (i32.const 512))) (i32.const 16)))

  ;; The address behind the str at $str.
  (func $behind (param $str i32) (result i32)
    (i32.add (i32.add (local.get $str) (i32.const 4)) (i32.load align=1 (local.get $str)))))
