;; Valid, but its data lies behind the end of its memory.
(module
  (memory (export "memory") 1 1)
  (data (i32.const 65533) "wasm"))
