;; The chat room, written by hand for guest ABI 1 (docs/abi.md).
;;
;;   onJoin     broadcasts the text "<id> joined"
;;   onMessage  broadcasts the text "<id>: <text>"; the host is told that there are no binary messages for it
;;   onLeave    broadcasts the text "<id> left"
;;
;; Memory: 16 mailbox, 64 the words it says, 128 inbox. Every broadcast is built in the inbox, around the bytes
;; that it repeats, so nothing but the id is ever copied. The last 16 bytes of memory are no part of the inbox:
;; they are where the longest ending, " joined" and a list of nobody, goes when an event fills the inbox.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1)
  (global (export "sandbox_text_only") i32 (i32.const 1))
  (data (i32.const 64) " joined left")

  ;; Tells the host where the mailbox is, and in the mailbox where events go.
  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 16) (i32.const 128)) ;; event_ptr
    (call $measureInbox)
    (i32.const 16))

  ;; Grows memory until event_len bytes fit. If it cannot grow, event_cap stays, and the host sees that.
  (func (export "sandbox_reserve")
    (local $missing i32)
    (local.set $missing (i32.sub (i32.load (i32.const 24)) (i32.load (i32.const 20)))) ;; event_len - event_cap
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (drop (memory.grow (i32.shr_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 16))))
        (call $measureInbox))))

  ;; connection
  (func (export "onJoin")
    (call $announce (call $ownFields) (i32.const 64) (i32.const 7))) ;; " joined"

  ;; connection, code, reason
  (func (export "onLeave")
    (call $announce (call $ownFields) (i32.const 71) (i32.const 5))) ;; " left"

  ;; connection, data; in bytes: length, id, kind, length, text.
  (func (export "onMessage")
    (local $id i32) (local $idLength i32) (local $text i32) (local $textLength i32) (local $start i32)
    (local.set $id (i32.add (call $ownFields) (i32.const 4)))
    (local.set $idLength (i32.load align=1 (call $ownFields)))
    (local.set $text (i32.add (i32.add (local.get $id) (local.get $idLength)) (i32.const 5)))
    (local.set $textLength (i32.load align=1 (i32.sub (local.get $text) (i32.const 4))))
    ;; The kind and the length before the text make place for ": ", and the id moves up by three bytes.
    (i32.store16 align=1 (i32.sub (local.get $text) (i32.const 2)) (i32.const 0x203a)) ;; ": "
    (local.set $start (i32.add (local.get $id) (i32.const 3)))
    (memory.copy (local.get $start) (local.get $id) (local.get $idLength))
    (call $say
      (local.get $start)
      (i32.sub (i32.add (local.get $text) (local.get $textLength)) (local.get $start))))

  ;; Sets event_cap to what memory holds now.
  (func $measureInbox
    (i32.store (i32.const 20) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 144))))

  ;; The address of the fields that are the event's own: behind service, room, time and seed.
  (func $ownFields (result i32)
    (i32.add (call $behind (call $behind (i32.const 128))) (i32.const 16)))

  ;; The address behind the str at $str.
  (func $behind (param $str i32) (result i32)
    (i32.add (i32.add (local.get $str) (i32.const 4)) (i32.load align=1 (local.get $str))))

  ;; Says the str at $str, and then $length bytes at $ending. Overwrites what is behind the str.
  (func $announce (param $str i32) (param $ending i32) (param $length i32)
    (memory.copy (call $behind (local.get $str)) (local.get $ending) (local.get $length))
    (call $say
      (i32.add (local.get $str) (i32.const 4))
      (i32.add (i32.load align=1 (local.get $str)) (local.get $length))))

  ;; Broadcasts the text of $length bytes at $text to everybody. Overwrites five bytes before it and four behind.
  (func $say (param $text i32) (param $length i32)
    (i32.store8 (i32.sub (local.get $text) (i32.const 5)) (i32.const 0)) ;; kind: text
    (i32.store align=1 (i32.sub (local.get $text) (i32.const 4)) (local.get $length))
    (i32.store align=1 (i32.add (local.get $text) (local.get $length)) (i32.const 0)) ;; except: nobody
    (i32.store (i32.const 32) (i32.sub (local.get $text) (i32.const 5))) ;; req_ptr
    (i32.store (i32.const 36) (i32.add (local.get $length) (i32.const 9))) ;; req_len
    (call $broadcast)
    (if (i32.lt_s (i32.load (i32.const 48)) (i32.const 0)) ;; res_len: negative is an error
      (then (unreachable)))))
