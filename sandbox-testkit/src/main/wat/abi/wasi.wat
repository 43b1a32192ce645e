;; Wants an operating system.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage")))
