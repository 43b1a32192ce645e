;; Reads and writes keys as its message says. Guest ABI 1, by hand, so that nothing but the host's work is measured.
;;
;;   n  nothing               r  gets one key        w  sets one key to 64 bytes
;;   m  gets ten at once      R  gets ten, singly    W  sets ten
;;   s  gets one, sets one, and says 64 bytes to the room
;;
;; Memory: 64 mailbox, 128 request of kv.set, 256 request of kv.getMany, 384 request of room.broadcast,
;; 512 responses, 4096 inbox.
(module
  (import "kv" "get" (func $get))
  (import "kv" "getMany" (func $getMany))
  (import "kv" "set" (func $set))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1)
  ;; str "k0", bytes: 64, i64 ttl: 0 is for ever. A request of kv.get is its first six bytes.
  (data (i32.const 128) "\02\00\00\00k0\40\00\00\00")
  (data (i32.const 256) "\0a\00\00\00"
    "\02\00\00\00k0\02\00\00\00k1\02\00\00\00k2\02\00\00\00k3\02\00\00\00k4"
    "\02\00\00\00k5\02\00\00\00k6\02\00\00\00k7\02\00\00\00k8\02\00\00\00k9")
  (data (i32.const 384) "\01\40\00\00\00") ;; binary, 64 bytes, and behind these: except nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 4096)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 61440)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 512)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 3584)) ;; res_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $what i32)
    ;; Behind service, room, time, seed, connection, kind and length.
    (local.set $what
      (i32.load8_u
        (i32.add (call $skip (i32.add (call $skip (call $skip (i32.const 4096))) (i32.const 16))) (i32.const 5))))
    (if (i32.eq (local.get $what) (i32.const 0x72)) (then (call $read (i32.const 1)))) ;; r
    (if (i32.eq (local.get $what) (i32.const 0x52)) (then (call $read (i32.const 10)))) ;; R
    (if (i32.eq (local.get $what) (i32.const 0x6d)) (then (call $readAtOnce))) ;; m
    (if (i32.eq (local.get $what) (i32.const 0x77)) (then (call $write (i32.const 1)))) ;; w
    (if (i32.eq (local.get $what) (i32.const 0x57)) (then (call $write (i32.const 10)))) ;; W
    (if (i32.eq (local.get $what) (i32.const 0x73)) ;; s
      (then
        (call $read (i32.const 1))
        (call $write (i32.const 1))
        (call $say))))

  (func $say
    (i32.store (i32.const 80) (i32.const 384)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 73)) ;; req_len
    (call $broadcast))

  (func $read (param $keys i32)
    (loop $next
      (local.set $keys (i32.sub (local.get $keys) (i32.const 1)))
      (call $request (local.get $keys) (i32.const 6))
      (call $get)
      (call $check)
      (br_if $next (local.get $keys))))

  (func $write (param $keys i32)
    (loop $next
      (local.set $keys (i32.sub (local.get $keys) (i32.const 1)))
      (call $request (local.get $keys) (i32.const 82))
      (call $set)
      (call $check)
      (br_if $next (local.get $keys))))

  (func $readAtOnce
    (i32.store (i32.const 80) (i32.const 256)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 64)) ;; req_len
    (call $getMany)
    (call $check))

  ;; The next request is the first $length bytes at 128, for the key of that number.
  (func $request (param $key i32) (param $length i32)
    (i32.store8 (i32.const 133) (i32.add (i32.const 0x30) (local.get $key)))
    (i32.store (i32.const 80) (i32.const 128)) ;; req_ptr
    (i32.store (i32.const 84) (local.get $length))) ;; req_len

  ;; A benchmark of errors would be worth nothing.
  (func $check
    (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) (then (unreachable))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
