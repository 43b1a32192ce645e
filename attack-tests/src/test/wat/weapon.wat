;; Guest ABI 1, by hand: does what it is told, to wear the server out. A binary message is an order: a byte that
;; says what, and three numbers a, b, c of 32 bits; what follows is not read. The first byte of the room's name is an order for onJoin and for onRequest,
;; with numbers of its own. Whoever joins is then told a dot.
;;
;;   k  sets a keys to b bytes; each key has c bytes and has never been there before
;;   o  sets the key "o" to a bytes                                     O  the same with one byte, on joining or when it is asked
;;   s  broadcasts a text of a bytes, b times
;;   a  aborts with a message of a bytes and a file of b bytes          A  the same with 1 MB, on joining
;;   l  logs a lines of b bytes
;;                                                                      M  answers with 1 MB, when it is asked
;;   g  asks for a keys without a name, b times (kv.getMany)
;;   x  broadcasts to all but a connections without a name, b times
;;   r  asks a times for a result where none waits
;;   q  asks a times for a result that never fits
;;   c  sends to a connection whose id has a bytes
;;   f  gets a key of a bytes
;;   w  counts to a
;;   t  executes "unreachable"                                          T  the same, on joining
;;   v  loops for ever                                                  V  the same, on joining
;;   z  refuses                                                         Z  the same, on joining
;;
;; Memory: 64 mailbox, 128 responses, 1,024 inbox, 98,304 requests of up to 160 KB, 262,144 larger ones.
(module
  (import "room" "broadcast" (func $broadcast))
  (import "conn" "send" (func $send))
  (import "kv" "get" (func $get))
  (import "kv" "getMany" (func $getMany))
  (import "kv" "set" (func $set))
  (import "sandbox" "log" (func $log))
  (import "sandbox" "abort" (func $abort))
  (import "sandbox" "result" (func $result))
  (import "request" "answer" (func $answer))
  (memory (export "memory") 4 256)
  (data (i32.const 512) "\00\01\00\00\00.\00\00\00\00") ;; a text of a dot, except nobody

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 97280)) ;; event_cap
    (i32.store (i32.const 88) (i32.const 128)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 256)) ;; res_cap
    (i32.const 64))

  (func (export "onJoin")
    (local $what i32)
    (local.set $what (i32.load8_u (i32.add (call $skip (i32.const 1024)) (i32.const 4))))
    (if (i32.eq (local.get $what) (i32.const 65)) ;; A
      (then (call $act (i32.const 97) (i32.const 1000000) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $what) (i32.const 79)) ;; O
      (then (call $act (i32.const 111) (i32.const 1) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $what) (i32.const 84)) ;; T
      (then (unreachable)))
    (if (i32.eq (local.get $what) (i32.const 86)) ;; V
      (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $what) (i32.const 90)) ;; Z
      (then (i32.store (i32.const 76) (i32.const 1))))
    (call $request (i32.const 512) (i32.const 10))
    (call $broadcast))

  (func (export "onRequest")
    (local $what i32) (local $at i32)
    (local.set $what (i32.load8_u (i32.add (call $skip (i32.const 1024)) (i32.const 4))))
    (if (i32.eq (local.get $what) (i32.const 79)) ;; O
      (then (call $act (i32.const 111) (i32.const 1) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $what) (i32.const 77)) ;; M
      (then
        ;; i32 status, list of no headers, bytes body
        (local.set $at (call $space (i32.const 1000012)))
        (i32.store (local.get $at) (i32.const 200))
        (i32.store (i32.add (local.get $at) (i32.const 8)) (i32.const 1000000))
        (call $request (local.get $at) (i32.const 1000012))
        (call $answer))))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data (call $skip (call $body)))
    ;; Not an order: kind 0 is text, and orders have at least thirteen bytes.
    (if (i32.eqz (i32.load8_u (local.get $data))) (then (return)))
    (if (i32.lt_u (i32.load align=1 (i32.add (local.get $data) (i32.const 1))) (i32.const 13)) (then (return)))
    (call $act
      (i32.load8_u (i32.add (local.get $data) (i32.const 5)))
      (i32.load align=1 (i32.add (local.get $data) (i32.const 6)))
      (i32.load align=1 (i32.add (local.get $data) (i32.const 10)))
      (i32.load align=1 (i32.add (local.get $data) (i32.const 14)))))

  (func $act (param $what i32) (param $a i32) (param $b i32) (param $c i32)
    (local $i i32) (local $at i32)
    (if (i32.eq (local.get $what) (i32.const 107)) ;; k
      (then
        ;; str key, bytes value, i64 ttl
        (local.set $at (call $space (i32.add (i32.add (local.get $b) (local.get $c)) (i32.const 16))))
        (i32.store (local.get $at) (local.get $c))
        (memory.fill (i32.add (local.get $at) (i32.const 4)) (i32.const 120) (local.get $c))
        (i32.store (i32.add (i32.add (local.get $at) (i32.const 4)) (local.get $c)) (local.get $b))
        (loop $next
          (call $name (i32.add (local.get $at) (i32.const 4)) (local.get $i))
          (call $request (local.get $at) (i32.add (i32.add (local.get $b) (local.get $c)) (i32.const 16)))
          (call $set)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $a))))))
    (if (i32.eq (local.get $what) (i32.const 111)) ;; o
      (then
        ;; str key, bytes value, i64 ttl
        (local.set $at (call $space (i32.add (local.get $a) (i32.const 17))))
        (i32.store (local.get $at) (i32.const 1))
        (i32.store8 (i32.add (local.get $at) (i32.const 4)) (i32.const 111))
        (i32.store align=1 (i32.add (local.get $at) (i32.const 5)) (local.get $a))
        (i64.store align=1 (i32.add (i32.add (local.get $at) (i32.const 9)) (local.get $a)) (i64.const 0))
        (call $request (local.get $at) (i32.add (local.get $a) (i32.const 17)))
        (call $set)))
    (if (i32.eq (local.get $what) (i32.const 115)) ;; s
      (then
        ;; data, list of nobody
        (local.set $at (call $space (i32.add (local.get $a) (i32.const 9))))
        (i32.store align=1 (i32.add (local.get $at) (i32.const 1)) (local.get $a))
        (memory.fill (i32.add (local.get $at) (i32.const 5)) (i32.const 120) (local.get $a))
        (loop $next
          (call $request (local.get $at) (i32.add (local.get $a) (i32.const 9)))
          (call $broadcast)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $b))))))
    (if (i32.eq (local.get $what) (i32.const 97)) ;; a
      (then
        ;; str message, str file, i32 line, i32 column
        (local.set $at (call $space (i32.add (i32.add (local.get $a) (local.get $b)) (i32.const 16))))
        (i32.store (local.get $at) (local.get $a))
        (memory.fill (i32.add (local.get $at) (i32.const 4)) (i32.const 120) (local.get $a))
        (i32.store (i32.add (i32.add (local.get $at) (i32.const 4)) (local.get $a)) (local.get $b))
        (memory.fill (i32.add (i32.add (local.get $at) (i32.const 8)) (local.get $a)) (i32.const 121) (local.get $b))
        (call $request (local.get $at) (i32.add (i32.add (local.get $a) (local.get $b)) (i32.const 16)))
        (call $abort)))
    (if (i32.eq (local.get $what) (i32.const 108)) ;; l
      (then
        ;; u8 level, str line
        (local.set $at (call $space (i32.add (local.get $b) (i32.const 5))))
        (i32.store8 (local.get $at) (i32.const 1))
        (i32.store align=1 (i32.add (local.get $at) (i32.const 1)) (local.get $b))
        (memory.fill (i32.add (local.get $at) (i32.const 5)) (i32.const 120) (local.get $b))
        (loop $next
          (call $request (local.get $at) (i32.add (local.get $b) (i32.const 5)))
          (call $log)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $a))))))
    (if (i32.eq (local.get $what) (i32.const 103)) ;; g
      (then
        ;; list of keys: as many lengths of 0
        (local.set $at (call $space (i32.add (i32.mul (local.get $a) (i32.const 4)) (i32.const 4))))
        (i32.store (local.get $at) (local.get $a))
        (loop $next
          (call $request (local.get $at) (i32.add (i32.mul (local.get $a) (i32.const 4)) (i32.const 4)))
          (call $getMany)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $b))))))
    (if (i32.eq (local.get $what) (i32.const 120)) ;; x
      (then
        ;; data of nothing, list of connections
        (local.set $at (call $space (i32.add (i32.mul (local.get $a) (i32.const 4)) (i32.const 9))))
        (i32.store align=1 (i32.add (local.get $at) (i32.const 5)) (local.get $a))
        (loop $next
          (call $request (local.get $at) (i32.add (i32.mul (local.get $a) (i32.const 4)) (i32.const 9)))
          (call $broadcast)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $b))))))
    (if (i32.eq (local.get $what) (i32.const 114)) ;; r
      (then
        (loop $next
          (call $result)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $a))))))
    (if (i32.eq (local.get $what) (i32.const 113)) ;; q
      (then
        (i32.store (i32.const 92) (i32.const 0)) ;; res_cap
        (i32.store (i32.const 98304) (i32.const 1)) ;; a key of one byte
        (i32.store8 (i32.const 98308) (i32.const 120))
        (call $request (i32.const 98304) (i32.const 5))
        (call $get)
        (loop $next
          (call $result)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $a))))))
    (if (i32.eq (local.get $what) (i32.const 99)) ;; c
      (then
        ;; str connection, data of nothing
        (local.set $at (call $space (i32.add (local.get $a) (i32.const 9))))
        (i32.store (local.get $at) (local.get $a))
        (memory.fill (i32.add (local.get $at) (i32.const 4)) (i32.const 120) (local.get $a))
        (call $request (local.get $at) (i32.add (local.get $a) (i32.const 9)))
        (call $send)))
    (if (i32.eq (local.get $what) (i32.const 102)) ;; f
      (then
        (local.set $at (call $space (i32.add (local.get $a) (i32.const 4))))
        (i32.store (local.get $at) (local.get $a))
        (memory.fill (i32.add (local.get $at) (i32.const 4)) (i32.const 120) (local.get $a))
        (call $request (local.get $at) (i32.add (local.get $a) (i32.const 4)))
        (call $get)))
    (if (i32.eq (local.get $what) (i32.const 119)) ;; w
      (then
        (loop $next
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (local.get $a))))))
    (if (i32.eq (local.get $what) (i32.const 116)) ;; t
      (then (unreachable)))
    (if (i32.eq (local.get $what) (i32.const 118)) ;; v
      (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $what) (i32.const 122)) ;; z
      (then (i32.store (i32.const 76) (i32.const 1)))))

  ;; Where a request of so many bytes can be; memory grows if it has to. What is there are zeros.
  (func $space (param $bytes i32) (result i32)
    (if (i32.gt_u (local.get $bytes) (i32.const 163840))
      (then
        (drop (memory.grow (i32.add (i32.shr_u (local.get $bytes) (i32.const 16)) (i32.const 1))))
        (return (i32.const 262144))))
    (i32.const 98304))

  ;; Writes 24 letters to $at: the seed of the event, which is new in each hook, and the number.
  (func $name (param $at i32) (param $number i32)
    (local $seed i32)
    (local.set $seed (i32.sub (call $body) (i32.const 8)))
    (call $letters (local.get $at) (i32.load align=1 (local.get $seed)))
    (call $letters (i32.add (local.get $at) (i32.const 8))
      (i32.load align=1 (i32.add (local.get $seed) (i32.const 4))))
    (call $letters (i32.add (local.get $at) (i32.const 16)) (local.get $number)))

  ;; Writes eight letters, one for each four bits.
  (func $letters (param $at i32) (param $bits i32)
    (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $at) (local.get $i))
        (i32.add (i32.const 97) (i32.and (local.get $bits) (i32.const 15))))
      (local.set $bits (i32.shr_u (local.get $bits) (i32.const 4)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 8)))))

  (func $request (param $from i32) (param $length i32)
    (i32.store (i32.const 80) (local.get $from)) ;; req_ptr
    (i32.store (i32.const 84) (local.get $length))) ;; req_len

  ;; The address behind the string at $text.
  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text))))

  ;; The address of what follows service, room, time and seed.
  (func $body (result i32)
    (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
