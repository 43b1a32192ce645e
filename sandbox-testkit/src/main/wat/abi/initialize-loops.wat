;; Never finishes to initialise itself.
(module
  (memory (export "memory") 1 1)
  (func (export "_initialize") (loop $for_ever (br $for_ever)))
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage")))
