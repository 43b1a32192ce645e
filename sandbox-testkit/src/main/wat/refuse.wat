;; Guest ABI 1, by hand: refuses to let in a connection whose id begins with "x".
;; Memory: 64 mailbox, 1024 inbox up to the end of its only page.
(module
  (memory (export "memory") 1 1)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onJoin")
    (local $connection i32)
    (local.set $connection
      (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16)))
    (if (i32.load align=1 (local.get $connection))
      (then
        (if (i32.eq (i32.load8_u (i32.add (local.get $connection) (i32.const 4))) (i32.const 120)) ;; x
          (then (i32.store (i32.const 76) (i32.const 1))))))) ;; status: refused

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
