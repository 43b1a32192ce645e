;; Breaks the ABI in the middle of a hook. The first byte of a message says how:
;;
;;   p  sends a request that begins behind the memory
;;   o  sends a request whose end overflows 32 bits
;;   h  sends a request of 2 GiB
;;   l  sends a request with a string longer than the request
;;   c  sends a request with a list of 2^31 items
;;   k  sends data that is neither text nor binary
;;   m  wants the response over the mailbox
;;   b  wants the response behind the memory
;;   s  returns with status 7
;;
;; Anything else it broadcasts.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "room" "users" (func $users))
  (memory (export "memory") 1 1)
  (data (i32.const 256) "\00\ff\ff\ff\7f!") ;; a text of 2^31-1 bytes
  (data (i32.const 272) "\00\01\00\00\00!\00\00\00\80") ;; a text, and a list of 2^31 items
  (data (i32.const 288) "\09\01\00\00\00!\00\00\00\00") ;; data of kind 9

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 60000)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 128)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local $order i32)
    (local.set $data
      (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (local.set $order (i32.load8_u (i32.add (local.get $data) (i32.const 5))))
    (if (i32.eq (local.get $order) (i32.const 112)) ;; p
      (then (call $send (i32.const 70000) (i32.const 16)) (return)))
    (if (i32.eq (local.get $order) (i32.const 111)) ;; o
      (then (call $send (i32.const -8) (i32.const 16)) (return)))
    (if (i32.eq (local.get $order) (i32.const 104)) ;; h
      (then (call $send (i32.const 256) (i32.const 0x80000000)) (return)))
    (if (i32.eq (local.get $order) (i32.const 108)) ;; l
      (then (call $send (i32.const 256) (i32.const 6)) (return)))
    (if (i32.eq (local.get $order) (i32.const 99)) ;; c
      (then (call $send (i32.const 272) (i32.const 10)) (return)))
    (if (i32.eq (local.get $order) (i32.const 107)) ;; k
      (then (call $send (i32.const 288) (i32.const 10)) (return)))
    (if (i32.eq (local.get $order) (i32.const 109)) ;; m
      (then (i32.store (i32.const 88) (i32.const 90)) (call $ask) (return)))
    (if (i32.eq (local.get $order) (i32.const 98)) ;; b
      (then (i32.store (i32.const 88) (i32.const -2)) (call $ask) (return)))
    (if (i32.eq (local.get $order) (i32.const 115)) ;; s
      (then (i32.store (i32.const 76) (i32.const 7)) (return)))
    (i32.store align=1
      (i32.add (i32.add (local.get $data) (i32.const 5))
        (i32.load align=1 (i32.add (local.get $data) (i32.const 1))))
      (i32.const 0)) ;; except nobody
    (call $send (local.get $data)
      (i32.add (i32.load align=1 (i32.add (local.get $data) (i32.const 1))) (i32.const 9))))

  (func $ask
    (i32.store (i32.const 80) (i32.const 0))
    (i32.store (i32.const 84) (i32.const 0))
    (call $users))

  (func $send (param $from i32) (param $length i32)
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) (local.get $length)) ;; req_len
    (call $broadcast))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
