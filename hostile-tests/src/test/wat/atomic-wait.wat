;; Waits for a change of memory that nobody will make (45).
(module (memory (export "memory") 1 1) (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))
