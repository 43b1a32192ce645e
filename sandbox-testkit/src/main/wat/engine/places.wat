;; Failures at known depths. The index of each function is behind it.
(module
  (import "host" "call" (func $host)) ;; 0
  (memory (export "memory") 1 1)
  (func $inner (unreachable)) ;; 1
  (func $middle (call $inner)) ;; 2
  (func (export "trap") (call $middle)) ;; 3
  (func (export "loop") (loop $again (br $again))) ;; 4
  (func $again (call $again)) ;; 5
  (func (export "recurse") (call $again)) ;; 6
  (func $asksHost (call $host)) ;; 7
  (func (export "callHost") (call $asksHost)) ;; 8
  (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0)))) ;; 9
  (func (export "load") (drop (i32.load (i32.const -4))))) ;; 10
