;; A memory that threads could share (63).
(module (memory (export "memory") 1 1 shared) (func (export "sandbox_abi_1") (result i32) (i32.const 64)) (func (export "onMessage")))
