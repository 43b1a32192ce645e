;; Guest ABI 1, by hand: shows out with code 4000 and no reason whoever says something, and says so to the others.
;;
;;   onMessage  closes the connection that the message is from
;;   onLeave    broadcasts the text "gone"
;;
;; Memory: 64 mailbox, 128 responses, 256 the broadcast, 1024 inbox. The request is built in the inbox, over the data
;; that follows the connection's id.
(module
  (import "conn" "close" (func $close))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)
  (data (i32.const 256) "\00\04\00\00\00gone\00\00\00\00") ;; text, except nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 128)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $connection i32)
    (local $end i32)
    (local.set $connection
      (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))
    (local.set $end (call $skip (local.get $connection)))
    (i32.store align=1 (local.get $end) (i32.const 4000)) ;; code
    (i32.store align=1 (i32.add (local.get $end) (i32.const 4)) (i32.const 0)) ;; reason
    (i32.store (i32.const 80) (local.get $connection)) ;; req_ptr
    (i32.store (i32.const 84) ;; req_len
      (i32.add (i32.sub (local.get $end) (local.get $connection)) (i32.const 8)))
    (call $close))

  (func (export "onLeave")
    (i32.store (i32.const 80) (i32.const 256))
    (i32.store (i32.const 84) (i32.const 13))
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
