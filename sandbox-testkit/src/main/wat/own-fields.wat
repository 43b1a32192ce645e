;; Guest ABI 1, by hand: broadcasts as binary what an event has behind the connection's id.
;;
;; Memory: 64 mailbox, 256 inbox. The broadcast is built in the inbox: its kind and length go where the id ends, and
;; the list of nobody goes behind the event, for which the last 16 bytes of memory are kept free.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 1)

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 256)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65264)) ;; event_cap
    (i32.const 64))

  (func (export "onJoin") (call $tell))
  (func (export "onMessage") (call $tell))
  (func (export "onLeave") (call $tell))

  (func $tell
    (local $start i32) (local $end i32)
    (local.set $start
      (call $behind (i32.add (call $behind (call $behind (i32.const 256))) (i32.const 16)))) ;; time and seed
    (local.set $end (i32.add (i32.const 256) (i32.load (i32.const 72)))) ;; event_len
    (i32.store8 (i32.sub (local.get $start) (i32.const 5)) (i32.const 1)) ;; kind: binary
    (i32.store align=1 (i32.sub (local.get $start) (i32.const 4)) (i32.sub (local.get $end) (local.get $start)))
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except: nobody
    (i32.store (i32.const 80) (i32.sub (local.get $start) (i32.const 5))) ;; req_ptr
    (i32.store (i32.const 84) (i32.add (i32.sub (local.get $end) (local.get $start)) (i32.const 9))) ;; req_len
    (call $broadcast)
    (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) (then (unreachable)))) ;; res_len

  ;; The address behind the str at $str.
  (func $behind (param $str i32) (result i32)
    (i32.add (i32.add (local.get $str) (i32.const 4)) (i32.load align=1 (local.get $str)))))
