;; Exports the function that says where places are noted, and it says nothing.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "sandbox_place"))
  (func (export "onMessage")))
