;; Drops data for all who come later (65b).
(module (memory (export "memory") 1 1) (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage") (data.drop 0)) (data "x"))
