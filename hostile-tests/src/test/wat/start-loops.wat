;; Begins to run before anybody asked it to (46).
(module (memory (export "memory") 1 1) (func (export "sandbox_abi_1") (result i32) (i32.const 64)) (func (export "onMessage")) (func $loop (loop $for_ever (br $for_ever))) (start $loop))
