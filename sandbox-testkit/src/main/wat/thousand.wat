;; Guest ABI 1, by hand: a room for a thousand, who joins included; further ones are refused.
;; Memory: 64 mailbox, 4096 response, 131072 inbox.
(module
  (import "room" "users" (func $users))
  (memory (export "memory") 3 3)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 131072)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65536)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 4096)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 126976)) ;; res_cap
    (i32.const 64))

  (func (export "onJoin")
    (i32.store (i32.const 84) (i32.const 0)) ;; req_len
    (call $users)
    (if (i32.or
          (i32.gt_u (i32.load (i32.const 96)) (i32.const 126976)) ;; res_len: an error, or it did not fit
          (i32.gt_u (i32.load (i32.const 4096)) (i32.const 1000)))
      (then (i32.store (i32.const 76) (i32.const 1)))))) ;; status
