;; Guest ABI 1, by hand: answers each message with how many it has seen, by a word in memory and by a
;; global. A host that puts its state back before each hook always hears "1" and "1". A message that
;; begins with "g" also grows the memory by a page.
;; The answer is one binary broadcast: the word, the global, the number of pages; 32 bits each.
(module
  (import "room" "broadcast" (func $broadcast))
  (memory (export "memory") 1 16)
  (global $seen (mut i32) (i32.const 0))
  (data (i32.const 304) "\01\0c\00\00\00") ;; binary, twelve bytes

  (func (export "sandbox_abi_1") (result i32)
    (i32.store (i32.const 64) (i32.const 1024)) ;; event_ptr
    (i32.store (i32.const 68) (i32.const 64512)) ;; event_cap
    (i32.const 64))

  (func (export "onMessage")
    (local $data i32)
    (local.set $data
      (call $skip (i32.add (call $skip (call $skip (i32.const 1024))) (i32.const 16))))
    (i32.store (i32.const 512) (i32.add (i32.load (i32.const 512)) (i32.const 1)))
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (i32.store align=1 (i32.const 309) (i32.load (i32.const 512)))
    (i32.store align=1 (i32.const 313) (global.get $seen))
    (i32.store align=1 (i32.const 317) (memory.size))
    (i32.store (i32.const 80) (i32.const 304)) ;; req_ptr
    (i32.store (i32.const 84) (i32.const 21)) ;; req_len, with except nobody
    (call $broadcast)
    (if (i32.eq (i32.load8_u (i32.add (local.get $data) (i32.const 5))) (i32.const 103)) ;; g
      (then (drop (memory.grow (i32.const 1))))))

  (func $skip (param $text i32) (result i32)
    (i32.add (i32.add (local.get $text) (i32.const 4)) (i32.load align=1 (local.get $text)))))
