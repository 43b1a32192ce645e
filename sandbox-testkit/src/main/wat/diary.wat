;; Guest ABI 1, by hand: keeps memory and mutable globals for its room, for recordings and their replay. onStart sets a
;; number to 100. Each message adds one to it and to the key "n", mixes its seed into a sum, writes the sum into a table,
;; and broadcasts 32 bytes: the number, the pages of memory, the sum, a mean as a float, and the key's value. The first
;; byte of a message may make it do something more: "g" takes another page, "r" refuses, "x" traps, "l" never ends.
(module
  (import "kv" "increment" (func $increment))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 8)
  (global (export "sandbox_room_memory") i32 (i32.const 1))
  (global $number (mut i32) (i32.const 0))
  (global $sum (mut i64) (i64.const 1))
  (global $mean (mut f64) (f64.const 0))
  (global $ratio (mut f32) (f32.const 0.5))
  ;; At address 0, where a host that reads the globals puts them for a moment: key, by, ttl.
  (data (i32.const 0) "\01\00\00\00n\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 299) "\01\20\00\00\00") ;; binary, 32 bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 16384)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 49152)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 328)) ;; res_ptr, the last 8 of the 32 bytes
    (i32.store (i32.const 92) (i32.const 8)) ;; res_cap
    (i32.const 64))

  (func (export "onStart")
    (global.set $number (i32.const 100)))

  (func (export "onJoin")
    (global.set $ratio (f32.mul (global.get $ratio) (f32.const 0.75))))

  (func (export "onMessage")
    (local $own i32) (local $what i32)
    (local.set $own (call $skip (call $skip (i32.const 16384))))
    (local.set $what (i32.load8_u (i32.add (call $skip (i32.add (local.get $own) (i32.const 16))) (i32.const 5))))
    (global.set $number (i32.add (global.get $number) (i32.const 1)))
    (global.set $sum
      (i64.add
        (i64.mul (global.get $sum) (i64.const 6364136223846793005))
        (i64.load align=1 (i32.add (local.get $own) (i32.const 8))))) ;; seed
    (global.set $mean
      (f64.add
        (f64.mul (global.get $mean) (f64.promote_f32 (global.get $ratio)))
        (f64.convert_i32_s (global.get $number))))
    (i64.store
      (i32.add (i32.const 4096) (i32.shl (i32.and (global.get $number) (i32.const 1023)) (i32.const 3)))
      (global.get $sum))
    (if (i32.eq (local.get $what) (i32.const 103)) ;; g
      (then (drop (memory.grow (i32.const 1)))))
    (i32.store (i32.const 80) (i32.const 0)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 21)) ;; req_len
    (call $increment)
    (if (i32.eq (local.get $what) (i32.const 120)) ;; x
      (then (unreachable)))
    (if (i32.eq (local.get $what) (i32.const 108)) ;; l
      (then (loop $again (br $again))))
    (i32.store (i32.const 304) (global.get $number))
    (i32.store (i32.const 308) (memory.size))
    (i64.store (i32.const 312) (global.get $sum))
    (f64.store (i32.const 320) (global.get $mean))
    (i32.store (i32.const 80) (i32.const 299)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 41)) ;; req_len, with except nobody
    (call $broadcast)
    (if (i32.eq (local.get $what) (i32.const 114)) ;; r
      (then (i32.store (i32.const 76) (i32.const 1))))) ;; status

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
