;; Calls the host before there is a mailbox to answer into.
(module
  (import "room" "users" (func $users))
  (memory (export "memory") 1 1)
  (func (export "_initialize") (call $users))
  (func (export "sandbox_abi_1") (result i32) (i32.const 64))
  (func (export "onMessage")))
