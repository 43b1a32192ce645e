;; Starts with three pages.
(module (memory (export "memory") 3 3))
