;; Exports both kinds of "nothing but": what is left is no message at all.
(module
  (memory (export "memory") 1)
  (global (export "sandbox_text_only") i32 (i32.const 1))
  (global (export "sandbox_binary_only") i32 (i32.const 1))
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))
  (func (export "onMessage")))
