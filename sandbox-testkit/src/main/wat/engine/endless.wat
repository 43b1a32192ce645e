;; One function for each way not to come back.
(module
  (import "host" "call" (func $host))
  (type $nothing (func))
  (table 1 1 funcref)
  (elem (i32.const 0) $fork)
  (memory (export "memory") 1 1)

  (func (export "loop") (loop $again (br $again)))
  (func (export "loopIf") (param i32)
    (loop $again (br_if $again (i32.eqz (local.get 0)))))
  (func (export "loopTable") (loop $again (block $out (br_table $again $out (i32.const 0)))))
  (func (export "loopStores") (param i32)
    (loop $again
      (i32.store (i32.const 0) (local.get 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br $again)))
  (func (export "loopHost") (loop $again (call $host) (br $again)))

  ;; Not endless: counts down to 0.
  (func (export "spin") (param i32)
    (loop $again
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))

  ;; 2 to the power of 40 calls, none of them in a loop.
  (func (export "tree") (call $fork40 (i32.const 40)))
  (func $fork40 (param $depth i32)
    (if (local.get $depth)
      (then
        (call $fork40 (i32.sub (local.get $depth) (i32.const 1)))
        (call $fork40 (i32.sub (local.get $depth) (i32.const 1))))))

  ;; The same through a table, with the depth in memory.
  (func (export "treeIndirect")
    (i32.store (i32.const 0) (i32.const 40))
    (call_indirect (type $nothing) (i32.const 0)))
  (func $fork
    (if (i32.load (i32.const 0))
      (then
        (i32.store (i32.const 0) (i32.sub (i32.load (i32.const 0)) (i32.const 1)))
        (call_indirect (type $nothing) (i32.const 0))
        (call_indirect (type $nothing) (i32.const 0))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))))

  (func (export "callHostOnce") (call $host))
  (func (export "callHostThenLoop") (call $host) (loop $again (br $again)))
  (func (export "number") (result i32) (i32.const 42)))
