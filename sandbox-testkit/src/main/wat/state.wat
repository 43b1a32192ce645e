;; Guest ABI 1, by hand: remembers what connections say, and broadcasts it as text.
;;
;;   onJoin     remembers "new" of whoever joins, and says it
;;   onMessage  "?": says what it remembers of the sender; "+ann": appends an "x" to what it remembers of ann, and
;;              says it; else remembers the text, says it, and traps if it begins with "!"
;;   onLeave    says what it remembers of whoever leaves
;;
;; What cannot be set traps. Memory: 64 mailbox, 128 words, 4096 requests, 16384 responses, 32768 a name, 65536 inbox.
(module
  (import "conn" "state" (func $state))
  (import "conn" "setState" (func $setState))
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 2 2)
  (data (i32.const 128) "\03\00\00\00new")

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 65536)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 65536)) ;; event_cap
    (i32.store (i32.const 80) (i32.const 4096)) ;; req_ptr
    (i32.store (i32.const 88) (i32.const 16384)) ;; res_ptr
    (i32.store (i32.const 92) (i32.const 16384)) ;; res_cap
    (i32.const 64))

  (func (export "onJoin")
    (call $remember (call $who) (i32.const 128))
    (call $tell (call $who)))

  (func (export "onMessage")
    (local $text i32) (local $first i32)
    (local.set $text (i32.add (call $behind (call $who)) (i32.const 1)))
    (local.set $first (i32.load8_u (i32.add (local.get $text) (i32.const 4))))
    (if (i32.eq (local.get $first) (i32.const 63)) ;; ?
      (then (call $tell (call $who)))
      (else
        (if (i32.eq (local.get $first) (i32.const 43)) ;; +
          (then (call $append (local.get $text)))
          (else
            (call $remember (call $who) (local.get $text))
            (call $tell (call $who))
            (if (i32.eq (local.get $first) (i32.const 33)) (then (unreachable)))))))) ;; !

  (func (export "onLeave") (call $tell (call $who)))

  ;; The str with the id of the event's connection.
  (func $who (result i32)
    (i32.add (call $behind (call $behind (i32.const 65536))) (i32.const 16)))

  ;; The address behind the str at $str.
  (func $behind (param $str i32) (result i32)
    (i32.add (i32.add (local.get $str) (i32.const 4)) (i32.load align=1 (local.get $str))))

  ;; Copies a str; gives the address behind the copy.
  (func $copy (param $from i32) (param $to i32) (result i32)
    (memory.copy (local.get $to) (local.get $from) (i32.sub (call $behind (local.get $from)) (local.get $from)))
    (call $behind (local.get $to)))

  (func $requestEndsAt (param $end i32)
    (i32.store (i32.const 84) (i32.sub (local.get $end) (i32.const 4096)))) ;; req_len

  (func $remember (param $of i32) (param $text i32)
    (call $requestEndsAt (call $copy (local.get $text) (call $copy (local.get $of) (i32.const 4096))))
    (call $setState)
    (if (i32.lt_s (i32.load (i32.const 96)) (i32.const 0)) (then (unreachable))))

  ;; Fetches what is remembered to 16384; false if there is nobody of that name.
  (func $fetch (param $of i32) (result i32)
    (call $requestEndsAt (call $copy (local.get $of) (i32.const 4096)))
    (call $state)
    (i32.ge_s (i32.load (i32.const 96)) (i32.const 0)))

  (func $tell (param $of i32)
    (local $end i32)
    (if (i32.eqz (call $fetch (local.get $of))) (then (unreachable)))
    (i32.store8 (i32.const 4096) (i32.const 0)) ;; text
    (local.set $end (call $copy (i32.const 16384) (i32.const 4097)))
    (i32.store align=1 (local.get $end) (i32.const 0)) ;; except nobody
    (call $requestEndsAt (i32.add (local.get $end) (i32.const 4)))
    (call $broadcast))

  ;; To what is remembered of the connection that the text names behind its first character.
  (func $append (param $text i32)
    (local $length i32)
    (local.set $length (i32.sub (i32.load align=1 (local.get $text)) (i32.const 1)))
    (i32.store (i32.const 32768) (local.get $length))
    (memory.copy (i32.const 32772) (i32.add (local.get $text) (i32.const 5)) (local.get $length))
    (if (i32.eqz (call $fetch (i32.const 32768))) (then (unreachable)))
    (i32.store8 (call $behind (i32.const 16384)) (i32.const 120)) ;; x
    (i32.store (i32.const 16384) (i32.add (i32.load (i32.const 16384)) (i32.const 1)))
    (call $remember (i32.const 32768) (i32.const 16384))
    (call $tell (i32.const 32768))))
