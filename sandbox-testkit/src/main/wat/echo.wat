;; Guest ABI 1, by hand: says back what is said, and announces who comes and goes.
;;
;;   onMessage  broadcasts the message's data as it came
;;   onJoin     broadcasts the text "+" and the connection's id
;;   onLeave    broadcasts the text "-" and the connection's id
;;
;; Memory: 64 mailbox, 128 responses, 1024 inbox up to the end. Requests are built in the inbox, around the
;; bytes that they repeat; the last four bytes of memory are no part of the inbox, so that a list of nobody
;; always fits behind an event.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 256)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (call $measureInbox)
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 512)) ;; res_cap
    (i32.const 64))

  ;; Grows until event_len bytes fit. If that cannot be, event_cap stays, and the host sees it.
  (func (export "sandbox_reserve")
    (local $missing i32)
    (local.set $missing
      (i32.sub (i32.load (i32.const 72)) (i32.load (i32.const 68))))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (drop (memory.grow (i32.shr_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 16))))
        (call $measureInbox))))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data (call $skip (call $body)))
    (call $send
      (local.get $data)
      (i32.add (i32.add (local.get $data) (i32.const 5))
        (i32.load align=1 (i32.add (local.get $data) (i32.const 1))))))

  (func (export "onJoin")
    (call $announce (i32.const 43) (call $body))) ;; +

  (func (export "onLeave")
    (call $announce (i32.const 45) (call $body))) ;; -

  ;; Sets event_cap to what memory holds now.
  (func $measureInbox
    (i32.store (i32.const 68)
      (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1028))))

  ;; The address behind the string at $text.
  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  ;; The address of what follows service, room, time and seed.
  (func $body (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))

  ;; Broadcasts $sign and the string at $text. Overwrites the six bytes in front of the string's characters.
  (func $announce (param $sign i32) (param $text i32)
    (local $length i32)
    (local.set $length (i32.load align=1 (local.get $text)))
    (i32.store8 (i32.sub (local.get $text) (i32.const 2)) (i32.const 0)) ;; text
    (i32.store align=1 (i32.sub (local.get $text) (i32.const 1))
      (i32.add (local.get $length) (i32.const 1)))
    (i32.store8 (i32.add (local.get $text) (i32.const 3)) (local.get $sign))
    (call $send
      (i32.sub (local.get $text) (i32.const 2))
      (i32.add (i32.add (local.get $text) (i32.const 4)) (local.get $length))))

  ;; Broadcasts the data from $from up to $end, to everybody. Overwrites the four bytes from $end on.
  (func $send (param $from i32) (param $end i32)
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except nobody
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) ;; req_len
      (i32.add (i32.sub (local.get $end) (local.get $from)) (i32.const 4)))
    (call $broadcast)))
