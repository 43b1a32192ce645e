;; The mailbox is at -36, near the end of the address space.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const -36))
  (func (export "onMessage")))
