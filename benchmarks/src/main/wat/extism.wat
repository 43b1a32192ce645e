;; The chat as a plug-in of Extism: given u32 length, id, text, it answers "<id>: <text>". The text that came and
;; the one that goes lie in a memory of Extism's kernel, which a plug-in reads and writes by calls, eight bytes at a time.
(module
  (import "extism:host/env" "input_length" (func $inputLength (result i64)))
  (import "extism:host/env" "input_load_u8" (func $inputByte (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $inputEight (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $storeByte (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $storeEight (param i64 i64)))
  (import "extism:host/env" "output_set" (func $outputSet (param i64 i64)))
  (memory (export "memory") 1)

  (func (export "onMessage") (result i32)
    (local $length i32) (local $idLength i32) (local $end i32)
    (local.set $length (i32.wrap_i64 (call $inputLength)))
    (call $readInput (i32.const 128) (local.get $length))
    (local.set $idLength (i32.load (i32.const 128)))
    ;; The id moves down by two bytes, which makes place for ": " between it and the text.
    (memory.copy (i32.const 130) (i32.const 132) (local.get $idLength))
    (local.set $end (i32.add (i32.const 130) (local.get $idLength)))
    (i32.store16 align=1 (local.get $end) (i32.const 0x203a)) ;; ": "
    (call $writeOutput (i32.const 130) (i32.sub (local.get $length) (i32.const 2)))
    (i32.const 0))

  (func $readInput (param $to i32) (param $length i32)
    (local $done i32)
    (loop $eights
      (if (i32.le_u (i32.add (local.get $done) (i32.const 8)) (local.get $length))
        (then
          (i64.store align=1
            (i32.add (local.get $to) (local.get $done))
            (call $inputEight (i64.extend_i32_u (local.get $done))))
          (local.set $done (i32.add (local.get $done) (i32.const 8)))
          (br $eights))))
    (loop $bytes
      (if (i32.lt_u (local.get $done) (local.get $length))
        (then
          (i32.store8
            (i32.add (local.get $to) (local.get $done))
            (call $inputByte (i64.extend_i32_u (local.get $done))))
          (local.set $done (i32.add (local.get $done) (i32.const 1)))
          (br $bytes)))))

  (func $writeOutput (param $from i32) (param $length i32)
    (local $done i32) (local $block i64)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
    (loop $eights
      (if (i32.le_u (i32.add (local.get $done) (i32.const 8)) (local.get $length))
        (then
          (call $storeEight
            (i64.add (local.get $block) (i64.extend_i32_u (local.get $done)))
            (i64.load align=1 (i32.add (local.get $from) (local.get $done))))
          (local.set $done (i32.add (local.get $done) (i32.const 8)))
          (br $eights))))
    (loop $bytes
      (if (i32.lt_u (local.get $done) (local.get $length))
        (then
          (call $storeByte
            (i64.add (local.get $block) (i64.extend_i32_u (local.get $done)))
            (i32.load8_u (i32.add (local.get $from) (local.get $done))))
          (local.set $done (i32.add (local.get $done) (i32.const 1)))
          (br $bytes))))
    (call $outputSet (local.get $block) (i64.extend_i32_u (local.get $length)))))
