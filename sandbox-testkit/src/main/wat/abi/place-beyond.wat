;; Where it notes places begins within the memory and ends behind it.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "sandbox_place") (result i32) (i32.const 65532))
  (func (export "onMessage")))
