;; Does not say where its mailbox is: an ordinary module.
(module
  (memory (export "memory") 1 1)
  (func (export "onMessage")))
