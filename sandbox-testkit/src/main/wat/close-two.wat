;; Guest ABI 1, by hand: a message closes the connections "ann" and "bob", and every leave traps.
(module
  (import "conn" "close" (func $close))
  (memory (export "memory") 1)
  (data (i32.const 256) "\03\00\00\00ann\a0\0f\00\00\00\00\00\00") ;; connection, 4000, no reason
  (data (i32.const 288) "\03\00\00\00bob\a1\0f\00\00\00\00\00\00") ;; connection, 4001, no reason

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (i32.store (i32.const 84) (i32.const 15)) ;; req_len
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (call $close)
    (i32.store (i32.const 80) (i32.const 288))
    (call $close))

  (func (export "onLeave")
    (unreachable)))
