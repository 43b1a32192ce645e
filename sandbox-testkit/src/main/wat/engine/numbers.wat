;; One function for each thing that a number can do on its way in and out.
(module
  (func (export "nothing"))
  (func (export "addI32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "addI64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "addF32") (param f32 f32) (result f32) (f32.add (local.get 0) (local.get 1)))
  (func (export "addF64") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
  (func (export "unsignedI32") (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
  (func (export "bitsOfF32") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func (export "bitsOfF64") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
  (func (export "sameF32") (param f32) (result f32) (local.get 0))
  (func (export "sameF64") (param f64) (result f64) (local.get 0))
  (func (export "all") (param i32 i64 f32 f64) (result f64)
    (f64.add
      (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
      (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
  (global (export "notAFunction") i32 (i32.const 7)))
