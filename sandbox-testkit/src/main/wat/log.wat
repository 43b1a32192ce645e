;; Guest ABI 1, by hand: says to the log, at level info, what it is told, and then says it back. What begins
;; with "*" it logs a hundred times. Memory as in echo.wat.
(module
  (import "sandbox" "log" (func $log))
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

  ;; A message's data and a line are laid out alike: a byte (its kind, its level), a length, characters.
  (func (export "onMessage")
    (local $data i32)
    (local $length i32)
    (local $lines i32)
    (local.set $data (call $skip (call $body)))
    (local.set $length (i32.load align=1 (i32.add (local.get $data) (i32.const 1))))
    (local.set $lines (i32.const 1))
    (if (local.get $length)
      (then
        (if (i32.eq (i32.load8_u (i32.add (local.get $data) (i32.const 5))) (i32.const 42)) ;; *
          (then (local.set $lines (i32.const 100))))))
    (i32.store8 (local.get $data) (i32.const 1)) ;; info
    (loop $again
      (i32.store (i32.const 80) (local.get $data)) ;; req_ptr
      (i32.store (i32.const 84) (i32.add (local.get $length) (i32.const 5))) ;; req_len
      (call $log)
      (local.set $lines (i32.sub (local.get $lines) (i32.const 1)))
      (br_if $again (local.get $lines)))
    (i32.store8 (local.get $data) (i32.const 0)) ;; text
    (call $send
      (local.get $data)
      (i32.add (i32.add (local.get $data) (i32.const 5)) (local.get $length))))

  (func $measureInbox
    (i32.store (i32.const 68)
      (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1028))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  (func $body (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))

  (func $send (param $from i32) (param $end i32)
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except nobody
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) ;; req_len
      (i32.add (i32.sub (local.get $end) (local.get $from)) (i32.const 4)))
    (call $broadcast)))
