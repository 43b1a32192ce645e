;; Has a memory, and does not export it.
(module
  (memory 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage")))
