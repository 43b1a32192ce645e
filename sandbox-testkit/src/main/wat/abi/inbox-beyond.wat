;; Its inbox is larger than what is left of its memory.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 65530))
    (i32.store (i32.const 68) (i32.const -1))
    (i32.const 64))
  (func (export "onMessage")))
