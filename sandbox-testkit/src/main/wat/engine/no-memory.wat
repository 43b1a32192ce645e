;; Has a memory, but exports none.
(module
  (import "host" "call" (func $host))
  (memory 1 1)
  (func (export "callHost") (call $host)))
