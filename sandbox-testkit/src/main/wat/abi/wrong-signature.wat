;; A hook with an argument.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage") (param i32)))
