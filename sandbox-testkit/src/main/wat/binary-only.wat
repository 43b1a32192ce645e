;; Guest ABI 1, by hand: takes binary messages and nothing else, and fails on any that is none.
;; Memory: 64 mailbox, 1024 inbox up to the end of its only page.
(module
  (memory (export "memory") 1 1)
  (func (export "sandbox_binary_only")) ;; of whatever kind

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  ;; connection, data
  (func (export "onMessage")
    (local $data i32)
    (local.set $data
      (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (if (i32.eqz (i32.load8_u (local.get $data)))
      (then (unreachable))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
