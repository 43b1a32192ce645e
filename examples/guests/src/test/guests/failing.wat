;; Fails as the last character of a message says, and broadcasts what onError is told, as it came.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "kv" "set" (func $set))
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00k\00\00\00\00") ;; key "k", no bytes, for ever
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 16) (i32.const 128)) ;; event_ptr
    (i32.store (i32.const 20) (i32.const 65408)) ;; event_cap
    (i32.const 16))
  (func (export "onMessage")
    (local $order i32)
    ;; The text ends before two empty ones: user and info.
    (local.set $order (i32.load8_u (i32.add (i32.const 119) (i32.load (i32.const 24)))))
    (if (i32.eq (local.get $order) (i32.const 49 (; 1 ;))) (then (unreachable)))
    (if (i32.eq (local.get $order) (i32.const 50 (; 2 ;))) (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $order) (i32.const 52 (; 4 ;)))
      (then (loop $more (call $broadcast) (br $more))))
    (if (i32.eq (local.get $order) (i32.const 53 (; 5 ;))) (then (i32.store (i32.const 28) (i32.const 9)))) ;; status
    (if (i32.eq (local.get $order) (i32.const 54 (; 6 ;)))
      (then
        (i32.store (i32.const 32) (i32.const 64)) ;; req_ptr
        (i32.store (i32.const 36) (i32.const 9)) ;; req_len
        (call $set))))
  ;; Kind and length, so that the event becomes a binary message, go before it.
  (func (export "onError")
    (i32.store8 (i32.const 123) (i32.const 1))
    (i32.store (i32.const 124) (i32.load (i32.const 24)))
    (i32.store (i32.const 32) (i32.const 123)) ;; req_ptr
    (i32.store (i32.const 36) (i32.add (i32.load (i32.const 24)) (i32.const 5))) ;; req_len
    (call $broadcast)))
