;; Guest ABI 1, by hand: goes wrong on demand. The first byte of a message says how:
;;
;;   u  executes "unreachable"
;;   l  loops without end
;;   r  recurses without end
;;   m  reads out of bounds
;;   b  broadcasts the data, then executes "unreachable"
;;   g  grows memory until it cannot, then broadcasts the number of pages as text
;;
;; Anything else it says back. onError broadcasts "!" and the name of the hook that failed.
;; Memory as in echo.wat.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 256)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (call $measureInbox)
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 512)) ;; res_cap
    (i32.const 64))

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
    (local $order i32)
    (local.set $data (call $skip (call $body)))
    (if (i32.load align=1 (i32.add (local.get $data) (i32.const 1)))
      (then (local.set $order (i32.load8_u (i32.add (local.get $data) (i32.const 5))))))
    (if (i32.eq (local.get $order) (i32.const 117)) ;; u
      (then (unreachable)))
    (if (i32.eq (local.get $order) (i32.const 108)) ;; l
      (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $order) (i32.const 114)) ;; r
      (then (drop (call $recurse (i32.const 0)))))
    (if (i32.eq (local.get $order) (i32.const 109)) ;; m
      (then (drop (i32.load (i32.const -4)))))
    (if (i32.eq (local.get $order) (i32.const 103)) ;; g
      (then
        (loop $more
          (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (call $sendNumber (memory.size))
        (return)))
    (call $send
      (local.get $data)
      (i32.add (i32.add (local.get $data) (i32.const 5))
        (i32.load align=1 (i32.add (local.get $data) (i32.const 1)))))
    (if (i32.eq (local.get $order) (i32.const 98)) ;; b
      (then (unreachable))))

  (func (export "onError")
    ;; code, message, hook
    (call $announce (i32.const 33) (call $skip (i32.add (call $body) (i32.const 4))))) ;; !

  (func $recurse (param $depth i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $depth) (i32.const 1))) (i32.const 1)))

  ;; Broadcasts $number as decimal text, written backwards from 960 on.
  (func $sendNumber (param $number i32)
    (local $digit i32)
    (local.set $digit (i32.const 960))
    (loop $next
      (local.set $digit (i32.sub (local.get $digit) (i32.const 1)))
      (i32.store8 (local.get $digit)
        (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
      (br_if $next (local.get $number)))
    (i32.store align=1 (i32.sub (local.get $digit) (i32.const 4))
      (i32.sub (i32.const 960) (local.get $digit)))
    (i32.store8 (i32.sub (local.get $digit) (i32.const 5)) (i32.const 0)) ;; text
    (call $send (i32.sub (local.get $digit) (i32.const 5)) (i32.const 960)))

  (func $measureInbox
    (i32.store (i32.const 68)
      (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1028))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  (func $body (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))

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

  (func $send (param $from i32) (param $end i32)
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except nobody
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) ;; req_len
      (i32.add (i32.sub (local.get $end) (local.get $from)) (i32.const 4)))
    (call $broadcast)))
