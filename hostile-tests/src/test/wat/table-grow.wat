;; A table without a maximum, grown by 2^31 (37).
(module (memory (export "memory") 1 1) (table 1 funcref) (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage") (drop (table.grow (ref.null func) (i32.const 0x7fffffff)))))
