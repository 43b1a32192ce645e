;; A memory of 64-bit addresses (64).
(module (memory (export "memory") i64 1 1) (func (export "sandbox_abi_1") (result i32) (i32.const 64)) (func (export "onMessage")))
