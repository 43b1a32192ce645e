;; Has an inbox of eight bytes, and no way to make it larger.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024))
    (i32.store (i32.const 68) (i32.const 8))
    (i32.const 64))
  (func (export "onMessage")))
