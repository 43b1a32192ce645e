;; The mailbox is at 0, where a null pointer would be.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 0))
  (func (export "onMessage")))
