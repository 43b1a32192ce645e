;; Speaks the ABI and has nothing to say.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64)))
