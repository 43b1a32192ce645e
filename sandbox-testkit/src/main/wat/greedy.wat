;; Guest ABI 1, by hand: answers each message with two broadcasts, one of 2,000 bytes and then one of four,
;; and does not mind if the host refuses one.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)
  (data (i32.const 304) "\01\04\00\00\00") ;; binary, four bytes
  (data (i32.const 4096) "\01\d0\07\00\00") ;; binary, 2,000 bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 8192)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 57344)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (i32.store (i32.const 80) (i32.const 4096)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 2009)) ;; req_len, with except nobody
    (call $broadcast)
    (i32.store (i32.const 80) (i32.const 304))
    (i32.store (i32.const 84) (i32.const 13))
    (call $broadcast)))
