;; Guest ABI 1, by hand: passes each message on to a plugin, and broadcasts what the plugin answers.
;;
;;   onMessage  calls plugin.tell with the message's text if it begins with "t", and plugin.ask otherwise;
;;              broadcasts as binary the 32-bit length of the response, or the negated error code, and then
;;              the response
;;
;; Memory: 64 mailbox, 300 the broadcast, built around the response at 309, 1024 inbox.
(module
  (import "plugin" "ask" (func $ask))
  (import "plugin" "tell" (func $tell))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 309)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 512)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local $size i32)
    (local.set $data
      (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (i32.store (i32.const 80) (i32.add (local.get $data) (i32.const 1))) ;; req_ptr
    (i32.store (i32.const 84) ;; req_len
      (i32.add (i32.load align=1 (i32.add (local.get $data) (i32.const 1))) (i32.const 4)))
    (if (i32.eq (i32.load8_u (i32.add (local.get $data) (i32.const 5))) (i32.const 116)) ;; t
      (then (call $tell))
      (else (call $ask)))
    (i32.store8 (i32.const 300) (i32.const 1)) ;; binary
    (i32.store align=1 (i32.const 305) (i32.load (i32.const 96))) ;; res_len
    (if (i32.gt_s (i32.load (i32.const 96)) (i32.const 0))
      (then (local.set $size (i32.load (i32.const 96)))))
    (i32.store align=1 (i32.const 301) (i32.add (local.get $size) (i32.const 4)))
    (i32.store align=1 (i32.add (local.get $size) (i32.const 309)) (i32.const 0)) ;; except nobody
    (i32.store (i32.const 80) (i32.const 300))
    (i32.store (i32.const 84) (i32.add (local.get $size) (i32.const 13)))
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
