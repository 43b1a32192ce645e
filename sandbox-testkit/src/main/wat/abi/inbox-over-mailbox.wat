;; Its inbox lies over its mailbox.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 40))
    (i32.store (i32.const 68) (i32.const 60000))
    (i32.const 64))
  (func (export "onMessage")))
