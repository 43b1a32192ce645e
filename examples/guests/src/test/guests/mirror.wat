;; Sends every event back as it came, so that a test can look at its bytes.
(module
  (import "test" "event" (func $event))
  (memory (export "memory") 1)
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 16) (i32.const 128)) ;; event_ptr
    (i32.store (i32.const 20) (i32.const 65408)) ;; event_cap
    (i32.const 16))
  (func $mirror
    (i32.store (i32.const 32) (i32.const 128)) ;; req_ptr
    (i32.store (i32.const 36) (i32.load (i32.const 24))) ;; req_len
    (call $event))
  (export "onJoin" (func $mirror))
  (export "onMessage" (func $mirror))
  (export "onLeave" (func $mirror)))
