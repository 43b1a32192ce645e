;; Guest ABI 1, by hand: says "never seen" to the log for each message, and then loops without end.
(module
  (import "sandbox" "log" (func $log))
  (memory (export "memory") 1 1)
  (data (i32.const 304) "\01\0a\00\00\00never seen") ;; level info, a text
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (i32.store (i32.const 80) (i32.const 304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 15)) ;; req_len
    (call $log)
    (loop $endless (br $endless))))
