;; Guest ABI 1, by hand: answers every request with a million bytes.
;;
;; Memory: 64 mailbox, 1,024 inbox, 98,304 the answer.
(module
  (import "request" "answer" (func $answer))
  (memory (export "memory") 17 17)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 97280)) ;; event_cap
    (i32.const 64))

  (func (export "onRequest")
    ;; i32 status, list of no headers, bytes body
    (i32.store (i32.const 98304) (i32.const 200))
    (i32.store (i32.const 98312) (i32.const 1000000))
    (i32.store (i32.const 80) (i32.const 98304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 1000012)) ;; req_len
    (call $answer)))
