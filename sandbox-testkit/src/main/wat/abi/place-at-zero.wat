;; Says that it notes places, and not where.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "sandbox_place") (result i32) (i32.const 0))
  (func (export "onMessage")))
