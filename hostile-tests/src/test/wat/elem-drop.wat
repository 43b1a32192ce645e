;; Drops elements for all who come later (65b).
(module (memory (export "memory") 1 1) (table 1 funcref) (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func $hook (export "onMessage") (elem.drop 0)) (elem func $hook))
